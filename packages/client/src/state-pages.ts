/** Reads a channel's state, page by page, and again where that fails. */
import type { StateAnswer, StateEntry } from '../../../lib/protocol/doorbell.ts';
import { backoffMs } from './backoff.ts';
import type { DoorbellError } from './errors.ts';
import { platformOf } from './platform.ts';
import type { Status } from './poller.ts';
import { type Connection, request, whenAborted } from './request.ts';

/** A state, and where to poll on from. */
export interface WholeState {
  readonly entries: Map<string, StateEntry>;
  /** `maxvid:epoch` of the first page; undefined before the channel's first event. */
  readonly position: string | undefined;
  /** Why there is none: the channel has no event, or the server keeps no states. */
  readonly absent?: DoorbellError;
}

/** API Gateway gives up at 30 s. */
const PAGE_TIMEOUT_MS = 35_000;

/** The whole state; undefined when `life` ended before, or an error did: that was said then. A page that fails is asked for again, and no other. */
export async function readState(
  connection: Connection,
  channel: string,
  query: string,
  life: AbortSignal,
  say: (status: Status) => void,
): Promise<WholeState | undefined> {
  const { now, random } = platformOf(connection);
  let failed = 0;
  let first: StateAnswer | undefined;
  let after: string | null = null;
  const entries = new Map<string, StateEntry>();
  while (!life.aborted) {
    say({ state: 'connecting', attempt: failed + 1 });
    try {
      const page = await readPage(connection, channel, query, after, life);
      failed = 0;
      // Numbered anew between two pages: what came before is of a life that is over.
      if (first && first.epoch !== page.epoch) entries.clear();
      const begun: boolean = first?.epoch === page.epoch || after === null;
      first = first?.epoch === page.epoch ? first : page;
      for (const entry of page.entries) keepNewer(entries, entry);
      after = begun ? page.next : null;
      if (begun && after === null) return { entries, position: `${first.maxvid}:${first.epoch}` };
    } catch (thrown) {
      const error = thrown as DoorbellError;
      if (life.aborted) return undefined;
      if (error.code === 'not-found') return { entries: new Map(), position: undefined, absent: error };
      if (!error.retryable) {
        say({ state: 'stopped', error });
        return undefined;
      }
      const delayMs = backoffMs(++failed, random, error.retryAfterMs);
      say({ state: 'waiting', error, retryAt: now() + delayMs });
      await pause(connection, delayMs, life);
    }
  }
  return undefined;
}

/** Of two entries of one key the one with the higher vid is kept: pages are not of one moment. */
function keepNewer(entries: Map<string, StateEntry>, entry: StateEntry): void {
  if ((entries.get(entry.key)?.vid ?? 0) < entry.vid) entries.set(entry.key, entry);
}

async function readPage(
  connection: Connection,
  channel: string,
  query: string,
  after: string | null,
  life: AbortSignal,
): Promise<StateAnswer> {
  const asked = [query, after === null ? '' : `after=${encodeURIComponent(after)}`].filter(Boolean).join('&');
  const path = `/v1/channels/${channel}/state${asked && `?${asked}`}`;
  const controller = new AbortController();
  whenAborted(life, () => controller.abort(life.reason), controller);
  const read = (value: unknown) => readAnswer(value, after);
  try {
    return await request(connection, path, read, PAGE_TIMEOUT_MS, controller);
  } finally {
    controller.abort();
  }
}

/** A page, or undefined when the value is none, or one that leads nowhere. */
function readAnswer(value: unknown, after: string | null): StateAnswer | undefined {
  const { epoch, maxvid, entries, next } = (value ?? {}) as Partial<StateAnswer>;
  const isPage =
    typeof epoch === 'string' &&
    Number.isSafeInteger(maxvid) &&
    Array.isArray(entries) &&
    entries.every((entry: StateEntry) => typeof entry?.key === 'string' && entry.vid > 0) &&
    // A page may have no entry and lead on: where many keys are deleted, or are not for this reader.
    (next === null || (typeof next === 'string' && next !== after));
  return isPage ? (value as StateAnswer) : undefined;
}

/** Until the time is over, the network or the page is back, or `life` ends. */
export function pause(connection: Connection, ms: number, life: AbortSignal): Promise<void> {
  const { setTimeout, clearTimeout, watch } = platformOf(connection);
  const controller = new AbortController();
  return new Promise((resolve) => {
    const done = () => {
      clearTimeout(timer as never);
      controller.abort();
      resolve();
    };
    const timer = setTimeout(done, ms);
    whenAborted(life, done, controller);
    watch((event) => event !== 'freeze' && event !== 'offline' && done(), controller.signal);
  });
}
