/**
 * Follows a channel as a named client and handles its events in order, each at least once. The server keeps the place: it moves when the next
 * request says how far this process has come, so whatever dies in between is given again.
 *
 *     DOORBELL_URL=http://127.0.0.1:3000 DOORBELL_TOKEN=… node consume.mjs doors billing
 *
 * Plain fetch, no library: Node 20 or newer. The first time, it begins with the next event; send maxvid=0 once to begin with the oldest.
 */

import { setTimeout as sleep } from 'node:timers/promises';

const { DOORBELL_URL: base = 'http://127.0.0.1:3000', DOORBELL_TOKEN: token = '' } = process.env;
const [channel = 'doors', client = 'consumer'] = process.argv.slice(2);

/** Longest wait between two tries. */
const LONGEST_S = 30;
/** A poll takes 20 s at most; one that takes longer has been lost on the way. */
const LOST_MS = 30_000;

const stopping = new AbortController();
for (const signal of ['SIGTERM', 'SIGINT']) process.once(signal, () => stopping.abort());

/** Your work. What it throws is reported, and the event comes again. */
async function handle(event) {
  console.log(JSON.stringify(event));
}

/** Nothing yet: where the server knows this client to be. */
let place = {};
let failures = 0;

while (!stopping.signal.aborted) {
  try {
    await turn();
    failures = 0;
  } catch (error) {
    if (stopping.signal.aborted) break;
    if (error.fatal) {
      console.error(error.message);
      process.exit(1);
    }
    // Full jitter, so that not all consumers come back in step; what the server asks for is the least.
    const seconds = Math.max(error.retryAfterS ?? 0, Math.random() * Math.min(LONGEST_S, 2 ** failures++));
    console.error(`${error.message}; again in ${seconds.toFixed(1)} s`);
    await sleep(seconds * 1000, undefined, { signal: stopping.signal }).catch(() => {});
  }
}
// Says how far it came, so that a stop that was asked for repeats nothing.
if ('maxvid' in place) await poll({ ...place, wait: 0 }, AbortSignal.timeout(LOST_MS)).catch(() => {});

async function turn() {
  const signal = AbortSignal.any([stopping.signal, AbortSignal.timeout(LOST_MS)]);
  const { status, answer, retryAfterS } = await poll(place, signal);
  if (status === 409) {
    // The log was made anew.
    place = placeAt(0, answer.epoch);
    return;
  }
  if (status !== 200) {
    const fatal = status < 500 && status !== 429;
    throw Object.assign(new Error(`${status}: ${answer.detail}`), { fatal, retryAfterS });
  }
  if (answer.superseded)
    throw Object.assign(new Error(`Another process follows as ${client}`), { fatal: true });
  if (answer.missed > 0) console.error(`${answer.missed} events were too old and are gone`);
  for (const event of answer.events) {
    if (stopping.signal.aborted) return;
    await handle(event);
    place = placeAt(event.vid, answer.epoch);
  }
  place = placeAt(answer.maxvid, answer.epoch);
}

/** There is no epoch before the channel's first event. */
function placeAt(maxvid, epoch) {
  return epoch === null ? { maxvid } : { maxvid, epoch };
}

async function poll(query, signal) {
  const text = new URLSearchParams({ client, ...query });
  const headers = { authorization: `Bearer ${token}` };
  const response = await fetch(`${base}/v1/channels/${channel}/events?${text}`, { headers, signal });
  const retryAfterS = Number(response.headers.get('retry-after') ?? 0);
  return { status: response.status, answer: await response.json(), retryAfterS };
}
