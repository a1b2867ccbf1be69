/**
 * Which way a poll goes where the server offers others than the usual one (PROTOCOL.md, section 3.8). The client loads this when an answer names one, so
 * it is no part of client.js. The cheapest way that fits is taken: a shared poll, then a direct wait. Where a way does not work the next one is taken, and
 * after some minutes it is tried again.
 *
 * A poll that is not held goes the usual way always, and each answer to one says anew what is offered. So does a poll that does not know yet where "now"
 * is: what is told of that may depend on what the page asks for besides.
 */
import { directFetch } from './direct.ts';
import { beat } from './group.ts';
import { HiddenRest } from './hidden-rest.ts';
import { platformOf } from './platform.ts';
import type { Connection, request } from './request.ts';
import { sharedFetch } from './shared.ts';

type Fetch = typeof globalThis.fetch;

/** What the poller's time for an answer is meant for. */
const LONGEST_WAIT_S = 20;
/** As poller.ts writes it: each cursor has a vid, and the poll is held. */
const HELD = /\/v1\/events\?(?:cursor=[\w.-]+:[^&]+&)+wait=[1-9]/;

/** What sends the polls of one poller from now on. `offered`: what the server said last. */
export function choose(send: typeof request, offered: unknown): typeof request {
  let ways = waysIn(offered);
  const rest = new HiddenRest();
  let chosen: Fetch | undefined;
  /** For how long the next poll may be held. */
  let holdS = LONGEST_WAIT_S;

  return async (connection, path, read, timeoutMs, controller, body) => {
    const usual = (unheld: string) =>
      send(
        connection,
        unheld,
        (value) => {
          const answer = read(value);
          if (answer) ways = waysIn((value as { readonly ways?: unknown }).ways);
          return answer;
        },
        timeoutMs,
        controller,
        body,
      );
    if (!HELD.test(path)) return usual(path);
    if (ways.length === 0) return send(connection, path, read, timeoutMs, controller, body);
    if (await rest.taken(connection, controller.signal)) return usual(path.replace(/wait=\d+/, 'wait=0'));
    chosen ??= chosenFetch(
      connection,
      () => ways,
      (seconds) => {
        holdS = seconds;
      },
    );
    const platform = { ...connection.platform, fetch: chosen };
    const longerMs = ways.includes('shared') ? (holdS - LONGEST_WAIT_S) * 1_000 : 0;
    const end = longerMs > 0 ? beat(connection) : () => {};
    return send({ ...connection, platform }, path, read, timeoutMs + longerMs, controller, body).finally(end);
  };
}

/** Each way falls back to the one behind it. */
function chosenFetch(
  connection: Connection,
  ways: () => readonly unknown[],
  onHold: (seconds: number) => void,
): Fetch {
  const { fetch, now } = platformOf(connection);
  const direct = directFetch({ fetch, now });
  const own: Fetch = (input, init) => (ways().includes('direct') ? direct : fetch)(input, init);
  const shared = sharedFetch({ fetch: own, now, onHold });
  return (input, init) => (ways().includes('shared') ? shared : own)(input, init);
}

/** What came over the wire may be anything. */
function waysIn(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}
