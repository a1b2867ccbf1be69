/**
 * Narrow polls for the client (PROTOCOL.md, section 3.6): a `fetch` that asks for the events of some keys only. Given as `platform.fetch`, to a subscription
 * that shares its poll with nobody: who hears of its answers would miss what it does not ask for.
 */
import {
  KEY_PATTERN,
  LIMITS,
  type MultiPollAnswer,
  type PollAnswer,
} from '../../../lib/protocol/doorbell.ts';
import { badRequest } from './bad-request.ts';

export interface Narrow {
  /** Only this key, or these: up to 20. */
  readonly key?: string | readonly string[] | undefined;
  /** Only keys that begin so. Not beside `key`. */
  readonly prefix?: string | undefined;
}

/** The keys as query parameters; '' for all. Throws `bad-request`. */
export function narrowQuery({ key, prefix }: Narrow): string {
  const keys = key === undefined ? [] : [key].flat();
  if (key !== undefined && (keys.length < 1 || keys.length > LIMITS.keysPerRequest))
    throw badRequest(`key: 1 to ${LIMITS.keysPerRequest} keys.`);
  if (key !== undefined && prefix !== undefined) throw badRequest('Either key or prefix.');
  for (const one of [...keys, ...(prefix === undefined ? [] : [prefix])])
    if (!KEY_PATTERN.test(one)) throw badRequest(`Not a key: ${one}`);
  const named = keys.map((one) => `key=${encodeURIComponent(one)}`);
  return (prefix === undefined ? named : [`prefix=${encodeURIComponent(prefix)}`]).join('&');
}

/** A `fetch` for narrow polls. */
export interface NarrowFetch {
  readonly fetch: typeof globalThis.fetch;
  /** Whether a `missed` of the subscription, after this vid, was only what passed silently. Asked once for each. */
  hasPassed(after: number): boolean;
}

/**
 * What passes silently is counted in the answer as `passed`. A server of before that does not count it: then the client is told of it as `missed`, because it
 * counts every number, and `hasPassed` tells it from what was really missed.
 */
export function narrowFetch(fetch: typeof globalThis.fetch, query: string): NarrowFetch {
  const passed = new Set<number>();
  return {
    fetch: async (input, init) => {
      const response = await fetch(query ? `${input}&${query}` : input, init);
      if (!response.ok) return response;
      const cursors = new URL(String(input), 'http://any').searchParams.getAll('cursor');
      const whole = response.text.bind(response);
      // Read when the client reads it: its watchdog gives a body more time than the beginning of an answer.
      // Not assigned: a server's library may have put a `Response` of its own in place, whose methods cannot be.
      Object.defineProperty(response, 'text', {
        value: async () => widened(await whole(), cursors, passed),
      });
      return response;
    },
    hasPassed: (after) => passed.delete(after),
  };
}

/** What is no answer is left as it came. */
function widened(text: string, cursors: readonly string[], passed: Set<number>): string {
  let answers: readonly PollAnswer[] | undefined;
  try {
    answers = (JSON.parse(text) as Partial<MultiPollAnswer> | null)?.channels;
  } catch {
    // Told by the client: a page of a proxy, say.
  }
  if (!Array.isArray(answers)) return text;
  const counted = answers.map((answer: PollAnswer) => {
    const cursor = cursors.find((one) => one.startsWith(`${answer?.channel}:`));
    const after = Number(cursor?.split(':')[1]);
    // The last number of a closed channel is its mark.
    const missed = answer?.maxvid - after - answer?.events?.length - Number(answer?.closed === true);
    if (!(missed > 0) || answer.passed) return answer;
    if (answer.missed === 0) passed.add(after);
    return { ...answer, missed };
  });
  return JSON.stringify({ channels: counted });
}
