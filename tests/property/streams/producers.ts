/**
 * Producers of a stream in several processes, while calls fail, answers are lost, processes die, and the stream is closed or deleted at some moment: each
 * batch that was acknowledged is there once, in its producer's order, is known when it comes again, and nothing is acknowledged after the end.
 */

import fc from 'fast-check';
import { expect } from 'vitest';
import { PushError } from '../../../lib/errors.ts';
import type { EventLog } from '../../../lib/log/ports.ts';
import { replacing, unavailable } from '../../support/memory/doubles.ts';
import { get, post, produce, put, remove } from '../../support/memory/stream-world.ts';
import {
  type MemoryProcess,
  memoryProcess,
  memoryWorld,
  track,
  type World,
} from '../../support/memory/world.ts';
import type { Breakage } from './breakage.ts';

const NAME = 'a';
const BATCHES = 4;
/** After this long without an answer a producer asks another process. */
const TIMEOUT_MS = 5_000;
const TRIES = 4;

type Fate = 'good' | 'fails' | 'answer lost' | 'dies before' | 'dies after';

const plan = fc.record({
  seed: fc.integer({ min: 1 }),
  fates: fc.array(
    fc.constantFrom<Fate>('good', 'good', 'good', 'fails', 'answer lost', 'dies before', 'dies after'),
    { maxLength: 40 },
  ),
  /** More than stand on one block, now and then. */
  producers: fc.oneof(
    { weight: 5, arbitrary: fc.integer({ min: 1, max: 4 }) },
    { weight: 1, arbitrary: fc.constant(20) },
  ),
  processes: fc.integer({ min: 1, max: 3 }),
  /** Before which batch the end comes. */
  endAt: fc.integer({ min: 0, max: 3 * BATCHES }),
  end: fc.constantFrom('none', 'close', 'delete'),
});

const never = () => new Promise<never>(() => undefined);

/** A process whose appends have these fates; once it has died, it does nothing any more. */
function mortal(world: World, ports: ReturnType<Breakage>, fates: Fate[]): MemoryProcess {
  let isDead = false;
  const append: EventLog['append'] = async (name, block) => {
    if (isDead) return never();
    const fate = fates.shift() ?? 'good';
    if (fate === 'fails') throw unavailable();
    if (fate === 'dies before') isDead = true;
    if (isDead) return never();
    const outcome = await ports.log.append(name, block);
    if (fate === 'answer lost') throw unavailable();
    if (fate === 'dies after') isDead = true;
    return isDead ? never() : outcome;
  };
  return memoryProcess(world, { log: replacing(ports.log, { append }), streams: ports.streams });
}

export function producersHold(breakage: Breakage) {
  return fc.asyncProperty(plan, async ({ seed, fates, producers, processes, endAt, end }) => {
    const world = memoryWorld(seed);
    const ports = breakage(world, { log: world.log, streams: world.log.streams });
    const left = [...fates];
    const all = Array.from({ length: processes }, () => mortal(world, ports, left));
    const fresh = () => memoryProcess(world, ports);
    const witness = fresh();
    await put(witness, NAME);
    const acknowledged: Array<{ readonly id: string; readonly seq: number }> = [];
    let begun = 0;
    let ended = false;
    const ending = async () => {
      if (end === 'close') await post(witness, NAME, '', { closes: true });
      if (end === 'delete') await remove(witness, NAME);
      ended = end !== 'none';
    };
    /** Asks one process after the other; the last one does not die. */
    const asked = async (first: number, batch: { readonly id: string; readonly seq: number }) => {
      for (let i = 0; i < TRIES; i++) {
        const process = (i + 1 < TRIES && all[(first + i) % all.length]) || fresh();
        const wasEnded = ended;
        const answer = produce(process, NAME, { ...batch, epoch: 0 }).catch((error: unknown) => {
          if (error instanceof PushError) return { kind: error.code };
          throw error;
        });
        const outcome = await Promise.race([answer, world.clock.sleep(TIMEOUT_MS)]);
        if (!outcome || outcome.kind === 'unavailable') continue;
        if (wasEnded) expect(outcome.kind).not.toBe('appended');
        return outcome.kind;
      }
      return 'unavailable';
    };
    const produceAll = async (i: number) => {
      for (let seq = 0; seq < BATCHES; seq++) {
        const batch = { id: `p${i}`, seq };
        const endingNow = begun++ === endAt ? ending() : undefined;
        const kind = await asked(i + seq, batch);
        await endingNow;
        if (kind !== 'appended' && kind !== 'duplicate') return;
        acknowledged.push(batch);
      }
    };

    const run = track(Promise.all(Array.from({ length: producers }, (_, i) => produceAll(i))));
    for (let i = 0; i < 3_000 && !run.done; i++) await world.clock.advance(20);
    if (!run.done) throw new Error('there is no end');
    await run.promise;

    if (end === 'delete' && ended) {
      await expect(get(witness, NAME)).rejects.toMatchObject({ code: 'not-found' });
      return;
    }
    if (end === 'close' && ended) expect(await get(witness, NAME)).toMatchObject({ isClosed: true });
    const there = JSON.parse((await get(witness, NAME)).body) as string[];
    expect(new Set(there).size).toBe(there.length);
    expect(there).toEqual(expect.arrayContaining(acknowledged.map(({ id, seq }) => `${id}:0:${seq}`)));
    for (let i = 0; i < producers; i++) {
      const mine = there.filter((one) => one.startsWith(`p${i}:`));
      expect(mine).toEqual(mine.map((_, seq) => `p${i}:0:${seq}`));
    }
    if (ended) return;
    for (const batch of acknowledged)
      expect((await produce(fresh(), NAME, { ...batch, epoch: 0 })).kind).toBe('duplicate');
  });
}
