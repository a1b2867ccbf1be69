/** Whether a poll is held as long as it asks for, and an event comes through at once: what proxies with short patience or buffers break. */

import type { PollAnswer, Problem, PublishAnswer } from '../../../../lib/protocol/doorbell.ts';
import type { Terminal } from '../terminal.ts';
import { plain } from '../text.ts';
import { type Finding, fail, ok, warn } from './finding.ts';

export interface Asking {
  /** Asks the server as everything else here does. Throws DoorbellError, and when it is interrupted, Failure. */
  readonly fetch: (path: string, init?: RequestInit) => Promise<Response>;
  readonly terminal: Pick<Terminal, 'clock' | 'stopwatch' | 'interrupted'>;
}

/** On top of the wait: the way there and back, and a slow server. */
const GRACE_MS = 3_000;
/** From publish to answer; more is not Doorbell's doing. */
const PROMPT_MS = 2_000;
const RAISE = 'Raise the read timeout of what stands between above 30 s';

export async function holdingFinding(
  { fetch, terminal }: Asking,
  channel: string,
  waitS: number,
): Promise<Finding> {
  const began = terminal.stopwatch();
  const held = () => terminal.stopwatch() - began;
  const seconds = () => `${(held() / 1000).toFixed(1)} s`;
  let response: Response;
  let answer: Partial<PollAnswer & Problem> | undefined;
  try {
    response = await fetch(`/v1/channels/${channel}/events?wait=${waitS}`);
    answer = (await response.json().catch(() => undefined)) as Partial<PollAnswer & Problem> | undefined;
  } catch {
    return fail(`a held poll was cut after ${seconds()}`, `${RAISE}, or poll with a shorter wait.`);
  }
  if (response.status === 502 || response.status === 503 || response.status === 504)
    return fail(
      `a held poll was answered with ${response.status} after ${seconds()}`,
      `${RAISE}; if the server itself said it, look at its log.`,
    );
  if (response.status === 429)
    return fail(
      `a poll of ${channel} was refused with 429: ${plain(answer?.detail ?? 'no reason was given')}`,
      'If many readers share this token: docs/reference/limits.md, "polls that one token holds in one process".',
    );
  if (!response.ok)
    return fail(
      `a poll of ${channel} was answered with ${response.status}`,
      'Look at the token findings above.',
    );
  if (!Array.isArray(answer?.events))
    return fail('a poll was answered by something that is not Doorbell', 'Look at what stands between.');
  if (answer.events.length > 0)
    return ok(`a poll of ${channel} was held for ${seconds()}, until an event came`);
  if (held() < (waitS - 1) * 1000)
    return fail(
      `an empty poll was answered after ${seconds()} of ${waitS} s`,
      'Something answers in the place of the server: a cache, or a proxy that ends requests.',
    );
  if (held() > waitS * 1000 + GRACE_MS)
    return warn(
      `a poll of ${waitS} s was answered after ${seconds()}`,
      'Something holds answers back: turn response buffering off (nginx: proxy_buffering off).',
    );
  return ok(`a poll is held for its ${waitS} s`);
}

/** Publishes one event to the channel. */
export async function deliveryFinding({ fetch, terminal }: Asking, channel: string): Promise<Finding> {
  const { stopwatch, clock, interrupted } = terminal;
  const polling = fetch(`/v1/channels/${channel}/events?wait=15`).then(async (response) => ({
    status: response.status,
    answer: (await response.json().catch(() => ({}))) as Partial<PollAnswer>,
    at: stopwatch(),
  }));
  polling.catch(() => undefined);
  await clock.sleep(1_000, interrupted);
  const began = stopwatch();
  const body = JSON.stringify({ data: { from: 'doorbell doctor' } });
  const published = await fetch(`/v1/channels/${channel}/events`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body,
  });
  if (published.status !== 201)
    return fail(
      `publishing to ${channel} was answered with ${published.status}`,
      'The token must allow to publish there, and to read it.',
    );
  const { last } = (await published.json()) as PublishAnswer;
  const { status, answer, at } = await polling;
  const delivered = answer.events?.some(({ vid }) => vid === last) ?? false;
  const ms = Math.max(0, Math.round(at - began));
  if (status !== 200 || !delivered)
    return fail(
      `an event did not come to a held poll (${status})`,
      'Look at the findings about held polls; then at the log of the server.',
    );
  if (ms > PROMPT_MS)
    return fail(
      `an event took ${(ms / 1000).toFixed(1)} s to a held poll`,
      'Something holds answers back: turn response buffering off (nginx: proxy_buffering off).',
    );
  return ok(`an event came to a held poll after ${ms} ms`);
}
