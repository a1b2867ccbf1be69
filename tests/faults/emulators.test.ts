/**
 * The same over HTTP routes, the SDK's own retries and real emulators: calls are refused, or take effect and lose their answer, below the
 * retries and above them. Which calls is decided by the seed; their order is the machine's.
 */

import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Clients } from '../../lib/compose/base.ts';
import { type LocalStack, startLocalStack } from '../../local/emulators/stack.ts';
import { breakCalls } from '../support/http/aws-faults.ts';
import { eventsPath, eventsUpTo, posting, range, type Served, vids } from '../support/http/http.ts';
import { freshClients, startProcess } from '../support/stack/process.ts';
import { SeededRandom } from '../support/time/clock.ts';

const PUBLISHERS = 3;
const BATCHES = 8;
const BATCH = 3;
const TOTAL = PUBLISHERS * BATCHES * BATCH;
/** Share of the calls that fail. */
const ABOVE = 0.1;
const BELOW = 0.1;

let stack: LocalStack;
beforeAll(async () => {
  stack = await startLocalStack();
});
afterAll(() => stack.stop());

/** A fault for some of the calls: half of them are refused, of the other half the answers are lost. */
function fates(random: SeededRandom, share: number) {
  return () => {
    const drawn = random.fraction();
    if (drawn >= share) return 'none' as const;
    return drawn < share / 2 ? ('refused' as const) : ('lost' as const);
  };
}

/** Faults inside the SDK's retries: what was lost is sent again by the SDK itself. */
function breakAttempts({ dynamo, sqs }: Required<Clients>, fateOf: () => 'refused' | 'lost' | 'none'): void {
  const attempt = async <T>(next: () => Promise<T>): Promise<T> => {
    const fate = fateOf();
    const timeout = Object.assign(new Error('made to fail'), { name: 'TimeoutError' });
    if (fate === 'refused') throw timeout;
    const answer = await next();
    if (fate === 'lost') throw timeout;
    return answer;
  };
  // The deserialize step is inside the retries.
  dynamo.middlewareStack.add((next) => (args) => attempt(() => next(args)), { step: 'deserialize' });
  sqs.middlewareStack.add((next) => (args) => attempt(() => next(args)), { step: 'deserialize' });
}

function startShaken(seed: number) {
  const clients = freshClients(stack);
  const random = new SeededRandom(seed);
  breakAttempts(clients, fates(random, BELOW));
  breakCalls(clients, fates(random, ABOVE));
  return startProcess(stack, { clients });
}

/** Publishes each batch under its own ids until it is acknowledged, one after the other. */
async function publishAll(served: readonly Served[], channel: string, publisher: number): Promise<void> {
  for (let batch = 0; batch < BATCHES; batch++) {
    const events = range(1, BATCH).map((i) => ({
      id: `${publisher}.${batch}.${i}`,
      data: [publisher, batch, i],
    }));
    for (let attempt = 0; ; attempt++) {
      const response = await served[attempt % served.length]?.request(eventsPath(channel), posting(events));
      if (response?.status === 201) break;
      expect(response?.status).toBe(503);
    }
  }
}

/** Polls on until it has everything; comes again at once when it is told to come again. */
async function readAll(served: Served, channel: string, client: string): Promise<number[]> {
  const seen: number[] = [];
  while (seen.length < TOTAL) {
    const query = { maxvid: seen.at(-1) ?? 0, wait: 2, limit: 10, client };
    const response = await served.request(eventsPath(channel, query));
    if (response.status === 503) continue;
    expect(response.status).toBe(200);
    const { events }: { events: ReadonlyArray<{ vid: number }> } = await response.json();
    seen.push(...events.map(({ vid }) => vid));
  }
  return seen;
}

test.concurrent.each([1, 2, 3])(
  'nothing is lost or doubled on emulators, seed %i',
  { timeout: 60_000 },
  async (seed) => {
    const channel = `shaken-${seed}`;
    const processes = [startShaken(seed), startShaken(seed + 1000)].map(({ app }) => app);

    const reading = processes.flatMap((app, i) =>
      [1, 2].map((n) => readAll(app, channel, `reader-${i}-${n}`)),
    );
    const publishing = range(0, PUBLISHERS - 1).map((publisher) => publishAll(processes, channel, publisher));
    await Promise.all(publishing);
    const seen = await Promise.all(reading);

    const events = await eventsUpTo(startProcess(stack).app, channel, TOTAL);
    expect(vids(events)).toEqual(range(1, TOTAL));
    for (const one of seen) expect(one).toEqual(range(1, TOTAL));
    range(0, PUBLISHERS - 1).forEach((publisher) => {
      const own = events.filter(({ id }) => id.startsWith(`${publisher}.`)).map(({ id }) => id);
      const made = range(0, BATCHES - 1).flatMap((batch) =>
        range(1, BATCH).map((i) => `${publisher}.${batch}.${i}`),
      );
      expect(own).toEqual(made);
    });
  },
);
