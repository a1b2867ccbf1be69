/** `doorbell tail -n N`: polls that begin N events before the newest, in each channel, where they would begin at it. */

/** A poll that names no vid: the first one of a subscription, and its repetitions until it is answered. */
const FIRST_POLL = /\/v1\/events\?(?:cursor=[\w.-]+&)+wait=/;

/** A `fetch` for `platform.fetch`, under a subscription from now on (PROTOCOL.md, section 3.6). */
export function fromLast(fetch: typeof globalThis.fetch, count: number): typeof globalThis.fetch {
  return (input, init) => fetch(FIRST_POLL.test(String(input)) ? `${input}&last=${count}` : input, init);
}
