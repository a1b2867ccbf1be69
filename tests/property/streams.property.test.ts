/**
 * Producers of a stream in several processes, while calls fail, answers are lost, and the stream is closed or deleted at some moment: each batch that was
 * acknowledged is there once, in its producer's order, and nothing is acknowledged after the end.
 */

import fc from 'fast-check';
import { expect, test } from 'vitest';
import { PushError } from '../../lib/errors.ts';
import type { EventLog } from '../../lib/log/ports.ts';
import { replacing, unavailable } from '../support/memory/doubles.ts';
import { get, post, produce, put, remove } from '../support/memory/stream-world.ts';
import { memoryProcess, memoryWorld, track } from '../support/memory/world.ts';

const RUNS = 100;
const NAME = 'a';
const BATCHES = 4;

type Fate = 'good' | 'fails' | 'answer lost';

const plan = fc.record({
  seed: fc.integer({ min: 1 }),
  fates: fc.array(fc.constantFrom<Fate>('good', 'good', 'fails', 'answer lost'), { maxLength: 40 }),
  producers: fc.integer({ min: 1, max: 4 }),
  processes: fc.integer({ min: 1, max: 3 }),
  /** Before which batch the end comes. */
  endAt: fc.integer({ min: 0, max: 3 * BATCHES }),
  end: fc.constantFrom('none', 'close', 'delete'),
});

test('every batch that was acknowledged is there once, and in order', async () => {
  await fc.assert(
    fc.asyncProperty(plan, async ({ seed, fates, producers, processes, endAt, end }) => {
      const world = memoryWorld(seed);
      const left = [...fates];
      const append: EventLog['append'] = async (channel, block) => {
        const fate = left.shift() ?? 'good';
        if (fate === 'fails') throw unavailable();
        const outcome = await world.log.append(channel, block);
        if (fate === 'answer lost') throw unavailable();
        return outcome;
      };
      const [first, ...others] = Array.from({ length: processes }, () =>
        memoryProcess(world, { log: replacing(world.log, { append }) }),
      );
      if (!first) throw new Error('there is no process');
      const all = [first, ...others];
      const witness = memoryProcess(world);
      await put(witness, NAME);
      const acknowledged: string[] = [];
      let begun = 0;
      const ending = async () => {
        if (end === 'close') await post(witness, NAME, '', { closes: true });
        if (end === 'delete') await remove(witness, NAME);
      };
      const produceAll = async (i: number) => {
        for (let seq = 0; seq < BATCHES; seq++) {
          const process = all[(i + seq) % all.length] ?? first;
          const id = `p${i}`;
          const ended = begun++ === endAt ? ending() : undefined;
          const outcome = await produce(process, NAME, { id, epoch: 0, seq }).catch((error: unknown) => {
            if (error instanceof PushError) return { kind: error.code };
            throw error;
          });
          await ended;
          if (outcome.kind === 'appended' || outcome.kind === 'duplicate')
            acknowledged.push(`${id}:0:${seq}`);
          else return;
        }
      };

      const run = track(Promise.all(Array.from({ length: producers }, (_, i) => produceAll(i))));
      for (let i = 0; i < 3_000 && !run.done; i++) await world.clock.advance(20);
      await run.promise;

      if (end === 'delete' && begun > endAt) {
        await expect(get(witness, NAME)).rejects.toMatchObject({ code: 'not-found' });
        return;
      }
      const there = JSON.parse((await get(witness, NAME)).body) as string[];
      expect(new Set(there).size).toBe(there.length);
      expect(there).toEqual(expect.arrayContaining(acknowledged));
      for (let i = 0; i < producers; i++) {
        const mine = there.filter((one) => one.startsWith(`p${i}:`));
        expect(mine).toEqual(mine.map((_, seq) => `p${i}:0:${seq}`));
      }
    }),
    { numRuns: RUNS },
  );
});
