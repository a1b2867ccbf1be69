/**
 * Answers that no Doorbell gives, and answers that one may give at the wrong time, as whatever stands between a reader and its server
 * gives them: to be sent one after the other, round and round, by `OddServer`.
 */
import fc from 'fast-check';
import type { VirtualTime } from '../time/virtual-time.ts';
import type { Tab } from './virtual-browser.ts';

/** The cursor that was asked for, as the server reads it. */
interface Asked {
  readonly channel: string;
  readonly maxvid: number;
}

export interface OddAnswer {
  readonly status: number;
  /** Milliseconds until it comes. */
  readonly afterMs: number;
  readonly retryAfter?: string | undefined;
  readonly body: (asked: readonly Asked[]) => unknown;
}

/** Events that follow on from `maxvid`. */
export const eventsAfter = (maxvid: number, count: number) =>
  Array.from({ length: count }, (_, i) => ({ vid: maxvid + 1 + i, id: `${i}`, at: '', data: null }));

const vid = fc.oneof(fc.integer({ min: -2, max: 12 }), fc.constantFrom<unknown>(2 ** 53, 1e300, '7', null));
const epoch = fc.constantFrom<unknown>('one', 'two', null, undefined, 5, { life: 1 });
const name = fc.constantFrom<unknown>('doors', 'alerts', 'other', '', undefined, 7);
const event = fc.oneof(
  fc.record({ vid, id: fc.constant('x'), data: fc.jsonValue({ maxDepth: 1 }) }),
  fc.jsonValue(),
);

/** Made of the right members, with any values in them. */
const anyPollAnswer = fc.record({
  channel: name,
  epoch,
  events: fc.oneof(fc.array(event, { maxLength: 4 }), fc.constant<unknown>('none')),
  maxvid: vid,
  missed: vid,
  superseded: fc.constantFrom(undefined, true),
});

/** Right but for one thing: it goes back, stands still, or goes on; with or without events; in this life or another. */
const nearAnswer = fc
  .record({
    step: fc.integer({ min: -3, max: 5 }),
    events: fc.nat(4),
    missed: fc.constantFrom(undefined, 0, 3, -3),
    epoch,
    twice: fc.boolean(),
  })
  .map(({ step, events, missed, epoch, twice }) => (asked: readonly Asked[]) => {
    const channels = asked.map(({ channel, maxvid }) => ({
      ...{ channel, epoch, events: eventsAfter(Math.max(0, maxvid), events) },
      ...{ maxvid: maxvid + step, missed: missed ?? Math.max(0, step - events) },
    }));
    return { channels: twice ? [...channels, ...channels] : channels };
  });

/** What a log says to a reader of another one. */
const anyReset = fc
  .record({ channel: name, epoch, head: vid, earliest: vid })
  .map((more) => ({ type: 'urn:doorbell:problem:reset', title: 'Reset', detail: 'Reset.', ...more }));

/** No 4xx but those that are waited out: the others end a subscription, as they should. */
const status = fc.oneof(
  { weight: 3, arbitrary: fc.constant(200) },
  { weight: 1, arbitrary: fc.constantFrom(201, 204, 302, 408, 429, 500, 503, 504) },
);

type Said = Pick<OddAnswer, 'status' | 'body'>;

const said: fc.Arbitrary<Said> = fc.oneof(
  { weight: 4, arbitrary: fc.record({ status, body: nearAnswer }) },
  {
    weight: 3,
    arbitrary: fc.record({
      status,
      body: fc.array(anyPollAnswer, { maxLength: 3 }).map((channels) => () => ({ channels })),
    }),
  },
  { weight: 3, arbitrary: anyReset.map((problem) => ({ status: 409, body: () => problem })) },
  { weight: 1, arbitrary: fc.record({ status, body: fc.jsonValue().map((value) => () => value) }) },
  {
    weight: 1,
    arbitrary: fc.record({
      status,
      body: fc.constantFrom('', '<h1>Please sign in</h1>', '[').map((text) => () => text),
    }),
  },
);

export const RETRY_AFTER = ['0', '-5', '1', 'soon', '', 'NaN', 'Infinity', '1e9', '2592000'] as const;
const retryAfter = fc.constantFrom(undefined, 'Thu, 01 Jan 2026 00:00:00 GMT', ...RETRY_AFTER);

const timed = fc.record({ afterMs: fc.constantFrom(0, 1, 5, 900, 1_001, 25_000), retryAfter });

export const oddAnswer: fc.Arbitrary<OddAnswer> = fc
  .tuple(said, timed)
  .map(([answer, time]) => ({ ...answer, ...time }));

/** So many requests are enough to see a hot loop; the server is slow from then on, so that a test of one ends. */
const ENOUGH = 1_000;
const SLOW_MS = 25_000;

/** Gives the answers one after the other, and begins again with the first. */
export class OddServer {
  /** Every request so far: path and query. */
  readonly asked: string[] = [];
  answers: readonly OddAnswer[];
  readonly #time: VirtualTime;

  constructor(time: VirtualTime, answers: readonly OddAnswer[]) {
    this.#time = time;
    this.answers = answers;
  }

  readonly fetch: Tab['platform']['fetch'] = async (input, init) => {
    const url = new URL(String(input), 'http://doorbell.test');
    const answer = this.answers[this.asked.length % this.answers.length];
    this.asked.push(url.pathname + url.search);
    if (!answer) throw new TypeError('Failed to fetch');
    await new Promise<void>((resolve, reject) => {
      const ms = this.asked.length > ENOUGH ? SLOW_MS : answer.afterMs;
      this.#time.setTimeout(() => (init?.signal?.aborted ? reject(init.signal.reason) : resolve()), ms);
    });
    const cursors = url.searchParams.getAll('cursor').map((text) => {
      const [channel = '', maxvid = '-1'] = text.split(':');
      return { channel, maxvid: Number(maxvid) };
    });
    const body = answer.body(cursors);
    const text = typeof body === 'string' ? body : (JSON.stringify(body) ?? '');
    const headers = new Headers(answer.retryAfter === undefined ? {} : { 'retry-after': answer.retryAfter });
    const { status } = answer;
    return { ok: status < 300, status, headers, text: async () => text } as Response;
  };
}
