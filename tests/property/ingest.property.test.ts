/** The ingest queue delivers at least once; whatever fails half-way and comes again, the log holds each event once, in order. */

import fc from 'fast-check';
import { expect, test } from 'vitest';
import { type IngestPorts, ingest, type Message } from '../../lib/publish/ingest.ts';
import { MemoryDeadLetters } from '../../packages/testing/src/memory/stores.ts';
import { replacing, unavailable } from '../support/memory/doubles.ts';
import { eventsIn, memoryProcess, memoryWorld, type World } from '../support/memory/world.ts';

const CHANNELS = ['doors', 'alerts'];

const messages = fc.array(
  fc.record({ channel: fc.constantFrom(...CHANNELS), events: fc.integer({ min: 1, max: 130 }) }),
  { minLength: 1, maxLength: 6 },
);

/** One delivery of what is left: how many puts succeed before the log fails, and whether the process dies before it can report. */
const deliveries = fc.array(
  fc.record({
    goodPuts: fc.integer({ min: 0, max: 4 }),
    answerLost: fc.boolean(),
    dies: fc.boolean(),
    fresh: fc.boolean(),
    /** A process of a version that knows of no marks takes it. */
    older: fc.boolean(),
  }),
  { maxLength: 5 },
);

function toMessages(batch: ReadonlyArray<{ channel: string; events: number }>, sentAt: number): Message[] {
  return batch.map(({ channel, events }, i) => ({
    id: `m${i}`,
    group: channel,
    place: { queue: 'ingest', sequence: String(i + 1), sentAt },
    body: JSON.stringify({ channel, events: Array.from({ length: events }, (_, data) => ({ data })) }),
  }));
}

test('a batch that is delivered again and again is in the log once, each group in order', async () => {
  await fc.assert(
    fc.asyncProperty(messages, deliveries, async (batch, faults) => {
      const world = memoryWorld();
      let puts = 0;
      let answerLost = false;
      let older = false;
      const log = replacing(world.log, {
        append: async (channel, block) => {
          puts--;
          if (puts < 0 && !answerLost) throw unavailable();
          const { queueMark: _, ...unmarked } = block;
          const outcome = await world.log.append(channel, older ? unmarked : block);
          if (puts < 0) throw unavailable();
          return outcome;
        },
      });
      const deadLetters = new MemoryDeadLetters();
      const process = (): IngestPorts => {
        const { publish, meter, logger } = memoryProcess(world, { log });
        return { ...publish, clock: world.clock, meter, logger, deadLetters };
      };
      const all = toMessages(batch, world.clock.now());
      let ports = process();
      let left = all;

      for (const fault of [
        ...faults,
        { goodPuts: 1_000_000, answerLost: false, dies: false, fresh: false, older: false },
      ]) {
        puts = fault.goodPuts;
        answerLost = fault.answerLost;
        if (fault.fresh || fault.older !== older) ports = process();
        older = fault.older;
        const taken = older ? left.map(({ place: _, ...message }) => message) : left;
        const failed = await run(world, ports, taken);
        if (!fault.dies) left = left.filter(({ id }) => failed.has(id));
      }

      expect(left).toEqual([]);
      for (const channel of CHANNELS) {
        const expected = all
          .filter(({ group }) => group === channel)
          .flatMap(({ id }) =>
            Array.from({ length: batch[Number(id.slice(1))]?.events ?? 0 }, (_, i) => `${id}.${i}`),
          );
        const events = eventsIn(world, channel);
        expect(events.map(({ id }) => id)).toEqual(expected);
        expect(events.map(({ vid }) => vid)).toEqual(expected.map((_, i) => i + 1));
      }
      expect(deadLetters.buried).toEqual([]);
    }),
    { numRuns: 60 },
  );
});

/** Each delivery is over in 20 s of the world's time, so that all of them are within 5 minutes. */
async function run(world: World, ports: IngestPorts, left: readonly Message[]): Promise<ReadonlySet<string>> {
  const running = ingest(ports, left);
  await world.clock.advance(20_000);
  return running;
}
