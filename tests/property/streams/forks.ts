/**
 * Streams that are forked, appended to and deleted by several processes at once, in any order, while what nobody needs is removed: what a stream was said
 * to hold is there as long as the stream is, and nothing is left when all are deleted.
 */

import fc from 'fast-check';
import { expect } from 'vitest';
import { PushError } from '../../../lib/errors.ts';
import { purge } from '../../../lib/streams/purge.ts';
import { replacing } from '../../support/memory/doubles.ts';
import { get, post, put, remove } from '../../support/memory/stream-world.ts';
import { memoryProcess, memoryWorld, track, type World } from '../../support/memory/world.ts';
import type { Breakage, Ports } from './breakage.ts';

const NAMES = ['a', 'b', 'c'] as const;
const HOUR_MS = 3_600_000;

type Name = (typeof NAMES)[number];

const name = fc.constantFrom(...NAMES);
const step = fc.oneof(
  fc.record({ kind: fc.constant('make' as const), name }),
  fc.record({ kind: fc.constant('fork' as const), name, from: name, less: fc.nat(2) }),
  fc.record({ kind: fc.constant('fork' as const), name, from: name, less: fc.constant(0) }),
  fc.record({ kind: fc.constant('append' as const), name }),
  fc.record({ kind: fc.constant('delete' as const), name }),
  fc.record({ kind: fc.constant('delete' as const), name }),
  fc.record({ kind: fc.constant('purge' as const), afterMs: fc.constantFrom(0, 400_000, 2 * HOUR_MS) }),
);
type Step = typeof step extends fc.Arbitrary<infer S> ? S : never;

/** Steps of one turn are taken at once; each call of theirs is held for so many turns of the promises. */
const plan = fc.record({
  seed: fc.integer({ min: 1 }),
  turns: fc.array(fc.array(step, { minLength: 1, maxLength: 3 }), { minLength: 3, maxLength: 10 }),
  holds: fc.array(fc.nat(12), { maxLength: 60 }),
});

/** Each call of the ports is held for a while: another process may be first. */
function held({ log, streams }: Ports, holds: number[]): Ports {
  const slow = <P extends object>(port: P): P =>
    new Proxy(port, {
      get(target, key) {
        const value: unknown = Reflect.get(target, key);
        if (typeof value !== 'function') return value;
        return async (...args: unknown[]) => {
          for (let i = holds.shift() ?? 0; i > 0; i--) await Promise.resolve();
          return Reflect.apply(value, target, args);
        };
      },
    });
  return { log: replacing(slow(log), { blocks: (of: string) => log.blocks(of) }), streams: slow(streams) };
}

/** What a stream was said to hold: what its readers saw before, and everything that was acknowledged. */
interface Known {
  readonly life: number;
  readonly messages: string[];
}

export function forksHold(breakage: Breakage) {
  return fc.asyncProperty(plan, async ({ seed, turns, holds }) => {
    const world = memoryWorld(seed);
    const ports = breakage(world, { log: world.log, streams: world.log.streams });
    const left = [...holds];
    const process = () => memoryProcess(world, held(ports, left));
    const reader = memoryProcess(world, ports);
    let made = 0;
    const logs = new Set<string>();
    const read = async (one: Name) => {
      const { stream, body } = await get(reader, one);
      logs.add(stream.log);
      return JSON.parse(body) as string[];
    };
    const known = new Map<Name, Known>();
    const forkOf = ({ from, less }: Extract<Step, { readonly kind: 'fork' }>) => {
      const subOffset = Math.max(0, (known.get(from)?.messages.length ?? 0) - less);
      return { from, offset: '-1', subOffset };
    };
    /** Resolves with what a stream was made with, where it is new. */
    const take = async (each: Step): Promise<string | undefined> => {
      if (each.kind === 'purge') {
        world.clock.jump(each.afterMs);
        await purge(process().streaming, Number.POSITIVE_INFINITY);
        return undefined;
      }
      const text = `m${++made}`;
      if (each.kind === 'append') await post(process(), each.name, JSON.stringify(text));
      if (each.kind === 'delete') await remove(process(), each.name);
      if (each.kind === 'append' || each.kind === 'delete') return undefined;
      const body = JSON.stringify([text]);
      const asked = each.kind === 'fork' ? { body, fork: forkOf(each) } : { body };
      const { isNew } = await put(process(), each.name, asked);
      return isNew ? text : undefined;
    };

    for (const steps of turns) {
      const before = new Map(known);
      const run = track(Promise.allSettled(steps.map(take)));
      for (let i = 0; i < 2_000 && !run.done; i++) await world.clock.advance(20);
      if (!run.done) throw new Error('there is no end');
      const outcomes = await run.promise;
      for (const outcome of outcomes)
        if (outcome.status === 'rejected' && !(outcome.reason instanceof PushError)) throw outcome.reason;
      await look(steps, outcomes, before);
    }
    await endAll();

    /** Compares what is there with what was said before the turn and in it. */
    async function look(
      steps: readonly Step[],
      outcomes: ReadonlyArray<PromiseSettledResult<string | undefined>>,
      before: ReadonlyMap<Name, Known>,
    ) {
      for (const one of NAMES) {
        const mine = steps.flatMap((each, i) =>
          'name' in each && each.name === one
            ? [{ each, good: outcomes[i]?.status === 'fulfilled', text: resultOf(outcomes[i]) }]
            : [],
        );
        const wasDeleted = mine.some(({ each, good }) => each.kind === 'delete' && good);
        const wasMade = mine.filter(
          ({ each, good }) => (each.kind === 'make' || each.kind === 'fork') && good,
        );
        const old = before.get(one);
        const messages = await read(one).catch((error: unknown) => {
          if (error instanceof PushError && (error.code === 'not-found' || error.code === 'gone'))
            return undefined;
          throw error;
        });
        // Nobody has deleted it: it is there, and holds what it held, and what its makers and writers were told.
        if (old && !wasDeleted) expect(messages?.slice(0, old.messages.length)).toEqual(old.messages);
        if (!old && wasMade.length > 0 && !wasDeleted) expect(messages).toBeDefined();
        const texts = wasMade.flatMap(({ text }) => text ?? []);
        if (!wasDeleted) expect(texts.filter((text) => !messages?.includes(text))).toEqual([]);
        if (!old && wasMade.length === 0) expect(messages).toBeUndefined();
        if (wasDeleted && wasMade.length === 0) expect(messages).toBeUndefined();
        if (messages) known.set(one, { life: made, messages });
        else known.delete(one);
      }
    }

    /** When all are deleted, nothing is left of them. */
    async function endAll() {
      for (const one of NAMES) if (known.has(one)) await remove(reader, one);
      for (let i = 0; i < 4; i++) {
        await world.clock.advance(2 * HOUR_MS);
        const purging = track(purge(reader.streaming, Number.POSITIVE_INFINITY));
        while (!purging.done) await world.clock.advance(20);
        await purging.promise;
      }
      expect([...logs].filter((log) => world.log.blocks(log).length > 0)).toEqual([]);
      expect(await edges(world, logs)).toEqual([]);
    }
  });
}

function resultOf<T>(outcome: PromiseSettledResult<T> | undefined): T | undefined {
  return outcome?.status === 'fulfilled' ? outcome.value : undefined;
}

async function edges(world: World, logs: ReadonlySet<string>) {
  const all = await Promise.all([...logs].map((log) => world.log.streams.forks(log)));
  return all.flat();
}
