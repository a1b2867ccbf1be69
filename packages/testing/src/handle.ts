/** The handle of a test's Doorbell, made of what is different in each kind: what answers, who makes tokens, and whose time it is. */

import type { Event } from '../../../lib/protocol/doorbell.ts';
import { LIMITS } from '../../../lib/protocol/doorbell.ts';
import { publish } from '../../client/src/index.ts';
import type { Grants, PublishedAs, TestChannel, TestClock, TestDoorbell } from './doorbell.ts';
import { Faults } from './gateway/faults.ts';
import { type Backend, openGateway } from './gateway/gateway.ts';
import { answersIn, Reads } from './gateway/reads.ts';

export interface Parts {
  readonly backend: Backend;
  readonly port: number;
  readonly clock: TestClock | undefined;
  token(grants: Grants): Promise<string>;
  sleep(ms: number, signal: AbortSignal): Promise<void>;
  /** How many polls the server itself holds by now, where that can be known. */
  readonly held?: () => number;
  stop(): Promise<void>;
}

/** How long the server is given to hold a poll that has reached the gateway: one that is answered at once never is held. */
const HELD_WITHIN_MS = 1_000;
// Kept from a test that replaces them.
const { setTimeout } = globalThis;
const elapsed = performance.now.bind(performance);

/** Where the test itself asks: nobody listens there, and no fault happens on the way. */
const INSIDE = 'http://doorbell.invalid';

/** Answers when it resolves. What `parts` have started is stopped when it cannot. */
export async function handleOf(parts: Parts): Promise<TestDoorbell> {
  const { backend, clock } = parts;
  const faults = new Faults();
  const reads = new Reads();
  const gateway = await openGateway({ ...parts, faults, reads }).catch(async (error) => {
    await parts.stop();
    throw error;
  });
  const own = { token: () => parts.token({}), platform: { fetch: inside(backend) }, base: INSIDE };
  const say: TestDoorbell['publish'] = (channel, data, as: PublishedAs = {}) =>
    publish(channel, data, { ...own, ...as });
  const quiet = async () => parts.held && allHeld(reads, parts.held);
  let stopping: Promise<void> | undefined;
  const stop = async () => {
    await gateway.stop();
    await parts.stop();
  };
  const once = () => (stopping ??= stop());
  return {
    url: gateway.url,
    faults,
    clock: clock && {
      now: clock.now,
      async advance(ms) {
        await quiet();
        await clock.advance(ms);
      },
    },
    token: (grants = {}) => parts.token(grants),
    publish: say,
    channel: (name) => ({
      name,
      publish: (data, as) => say(name, data, as),
      events: () => eventsOf(name, own),
      get read() {
        return [...reads.of(name)];
      },
      ...waits(name, reads, quiet),
    }),
    stop: once,
    [Symbol.asyncDispose]: once,
  };
}

function waits(
  name: string,
  reads: Reads,
  quiet: () => Promise<void>,
): Pick<TestChannel, 'untilRead' | 'untilPolled'> {
  return {
    untilRead(which, patience) {
      const fits = typeof which === 'number' ? ({ vid }: Event) => vid === which : which;
      const seen = () => reads.of(name).map(({ event }) => event.vid);
      return reads.until(
        () => reads.of(name).find(({ event }) => fits(event)),
        () =>
          `No reader of ${name} was sent ${typeof which === 'number' ? `vid ${which}` : 'a fitting event'}, but [${seen()}].`,
        patience,
      );
    },
    async untilPolled(count = 1, patience) {
      await reads.until(
        () => reads.polls(name) >= count || undefined,
        () => `${reads.polls(name)} polls of ${name} are under way, not ${count}.`,
        patience,
      );
      await quiet();
    },
  };
}

/** Waits until every poll that has come is held, so that what happens next happens to a reader who waits. */
async function allHeld(reads: Reads, held: () => number): Promise<void> {
  const since = elapsed();
  while (held() < reads.underWay && elapsed() - since < HELD_WITHIN_MS)
    await new Promise<void>((resolve) => setTimeout(resolve, 1));
}

function inside(backend: Backend): typeof globalThis.fetch {
  return (input, init) => backend(new Request(input, init));
}

interface Own {
  readonly base: string;
  readonly platform: { readonly fetch: typeof globalThis.fetch };
  token(): Promise<string>;
}

/** Page by page. */
async function eventsOf(channel: string, { base, platform, token }: Own): Promise<readonly Event[]> {
  const headers = { authorization: `Bearer ${await token()}` };
  const events: Event[] = [];
  for (let maxvid = 0; ; ) {
    const query = `maxvid=${maxvid}&wait=0&limit=${LIMITS.maxLimit}`;
    const response = await platform.fetch(`${base}/v1/channels/${channel}/events?${query}`, { headers });
    const text = await response.text();
    if (!response.ok) throw new Error(`${channel} cannot be read: ${response.status} ${text}`);
    const [answer] = answersIn(text);
    if (!answer || answer.events.length === 0) return events;
    events.push(...answer.events);
    maxvid = answer.maxvid;
  }
}
