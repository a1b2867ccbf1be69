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

/** Longest wait between two tries, and the longest that a server's `Retry-After` is heeded: a proxy may say a month. */
const LONGEST_S = 30;
const LONGEST_ASKED_S = 300;
/** So many answers in a row may come at once and bring nothing; after them each poll waits longer than the one before. */
const FREE = 10;
const AT_ONCE_MS = 1_000;
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
let empty = 0;

while (!stopping.signal.aborted) {
  try {
    const began = performance.now();
    const handled = await turn();
    failures = 0;
    // Only an answer that took its time makes good: two servers with a log each, behind one address, give events and resets in turn.
    if (performance.now() - began >= AT_ONCE_MS) empty = 0;
    else if (handled === 0 && ++empty > FREE) await pause('Answers that bring nothing', jitter(empty - FREE));
  } catch (error) {
    if (stopping.signal.aborted) break;
    if (error.fatal) {
      console.error(error.message);
      process.exit(1);
    }
    // What the server asks for is the least.
    await pause(error.message, (error.retryAfterS ?? 0) + jitter(failures++));
  }
}
// Says how far it came, so that a stop that was asked for repeats nothing.
if ('maxvid' in place) await poll({ ...place, wait: 0 }, AbortSignal.timeout(LOST_MS)).catch(() => {});

/** Seconds: full jitter, so that not all consumers come back in step. */
function jitter(times) {
  return Math.random() * Math.min(LONGEST_S, 2 ** times);
}

async function pause(why, seconds) {
  console.error(`${why}; again in ${seconds.toFixed(1)} s`);
  await sleep(seconds * 1000, undefined, { signal: stopping.signal }).catch(() => {});
}

/** How many events it handled: none where the answer leads no further than the one before. */
async function turn() {
  const signal = AbortSignal.any([stopping.signal, AbortSignal.timeout(LOST_MS)]);
  const { status, answer, retryAfterS } = await poll(place, signal);
  if (status === 409) {
    // The log was made anew.
    place = placeAt(0, answer.epoch);
    return 0;
  }
  if (status !== 200) {
    const fatal = status >= 400 && status < 500 && status !== 408 && status !== 429;
    throw Object.assign(new Error(`${status}: ${answer.detail}`), { fatal, retryAfterS });
  }
  if (answer.superseded)
    throw Object.assign(new Error(`Another process follows as ${client}`), { fatal: true });
  if (!Array.isArray(answer.events) || !Number.isSafeInteger(answer.maxvid)) {
    throw new Error('Something answered, but not in this protocol');
  }
  const leadsOn = answer.maxvid > (place.maxvid ?? 0);
  if (answer.missed > 0) console.error(`${answer.missed} events were too old and are gone`);
  for (const event of answer.events) {
    if (stopping.signal.aborted) return answer.events.length;
    await handle(event);
    place = placeAt(event.vid, answer.epoch);
  }
  place = placeAt(answer.maxvid, answer.epoch);
  return leadsOn ? answer.events.length : 0;
}

/** There is no epoch before the channel's first event. */
function placeAt(maxvid, epoch) {
  return typeof epoch === 'string' ? { maxvid, epoch } : { maxvid };
}

async function poll(query, signal) {
  const text = new URLSearchParams({ client, ...query });
  const headers = { authorization: `Bearer ${token}` };
  const response = await fetch(`${base}/v1/channels/${channel}/events?${text}`, { headers, signal });
  const retryAfterS = secondsOf(response.headers.get('retry-after'));
  return { status: response.status, answer: await response.json(), retryAfterS };
}

/** Of a Retry-After header (RFC 9110, 10.2.3: seconds, or a date): 0 when it says nothing. */
function secondsOf(header) {
  const seconds = Number(header) || (Date.parse(header) - Date.now()) / 1000 || 0;
  return Math.min(LONGEST_ASKED_S, Math.max(0, seconds));
}
