/**
 * Where a subscription begins that has no position yet: some events before the newest one, or at a time (PROTOCOL.md, section 3.6). A `fetch` for
 * `platform.fetch`, under a subscription with `from: 'now'`, which is the default.
 *
 *     subscribe('doors', { platform: { fetch: beginFetch({ last: 100 }) }, share: 'last-100' });
 *
 * Readers that share a poll begin where its leader does: those that begin elsewhere need a group of their own (`share`).
 */
import { badRequest } from './bad-request.ts';

export interface Beginning {
  /** So many events before the newest, in each channel: an integer from 0 on. */
  readonly last?: number | undefined;
  /** At this time; a text is ISO 8601 with its zone. Not beside `last`. */
  readonly since?: Date | string | undefined;
  /** Default: the platform's own. */
  readonly fetch?: typeof globalThis.fetch | undefined;
}

/** A poll that names no vid: the first one of a subscription, and its repetitions until it is answered. */
const FIRST_POLL = /\/v1\/events\?(?:cursor=[\w.-]+&)+wait=/;

/** Throws `bad-request` for what cannot be a beginning. The server knows which texts are times, and refuses others. */
export function beginFetch({ last, since, fetch = globalThis.fetch }: Beginning): typeof globalThis.fetch {
  if ((last === undefined) === (since === undefined)) throw badRequest('Either last or since.');
  if (last !== undefined && !(Number.isSafeInteger(last) && last >= 0))
    throw badRequest('last: an integer from 0 on.');
  const at = since instanceof Date ? timeOf(since) : since;
  const asked = at === undefined ? `last=${last}` : `since=${encodeURIComponent(at)}`;
  return (input, init) => fetch(FIRST_POLL.test(String(input)) ? `${input}&${asked}` : input, init);
}

function timeOf(since: Date): string {
  if (Number.isNaN(since.getTime())) throw badRequest('since: not a time.');
  return since.toISOString();
}
