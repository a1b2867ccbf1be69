/**
 * The connection's state in words: what it is, what has happened, and what comes next. It claims to be live
 * only while the client does and nothing is left to catch up with. Pure.
 */
import type { Failure, Status } from '../../packages/client/src/index.ts';

export interface Shown {
  readonly state: 'connecting' | 'live' | 'behind' | 'lost' | 'offline' | 'refused' | 'stopped';
  /**
   * The same while attempts follow each other, so that a screen reader says once that the connection is lost.
   */
  readonly text: string;
  readonly detail: string;
}

export interface Surroundings {
  /** Now, on the server's clock: milliseconds since the Unix epoch. */
  readonly now: number;
  /** Milliseconds until the next attempt, where one is waited for. */
  readonly retryInMs: number;
  /** Whether this device has a network. */
  readonly online: boolean;
  /** Why the last attempt failed, as far as that is known. */
  readonly failure: Failure | undefined;
  /** When the newest event was appended; undefined: none has come. */
  readonly newestMs: number | undefined;
  /** How many events that are in the log are not shown yet. */
  readonly behind: number;
  /** For how long the connection has been lost: milliseconds. */
  readonly lostForMs: number;
}

const UNTIL_THEN = 'Whatever is published until then will be shown.';

export function wording(
  status: Status,
  { now, retryInMs, online, failure, newestMs, behind, lostForMs }: Surroundings,
): Shown {
  const since = clock(now - lostForMs);
  switch (status.state) {
    case 'live':
      if (behind > 0) return catchingUp(behind, newestMs);
      return {
        state: 'live',
        text: 'Live',
        detail: newestMs === undefined ? '' : `Newest event ${ago(now - newestMs)}.`,
      };
    case 'stopped':
      return stopped(status.error);
    case 'connecting':
    case 'waiting': {
      if (!online) {
        const detail = `This device has no network since ${since}. It goes on by itself when there is one. ${UNTIL_THEN}`;
        return { state: 'offline', text: 'Offline', detail };
      }
      if (status.state === 'connecting' && status.attempt === 1) {
        return { state: 'connecting', text: 'Connecting', detail: '' };
      }
      const again = status.state === 'waiting' ? `in ${seconds(retryInMs)} s` : 'now';
      const detail = `${reason(failure)} Lost since ${since}, trying again ${again}. ${UNTIL_THEN}`;
      return { state: 'lost', text: 'Connection lost', detail };
    }
  }
}

/** It has all of the connection, and not yet all of the events: what is shown is not how things stand. */
function catchingUp(behind: number, newestMs: number | undefined): Shown {
  const events = behind === 1 ? '1 event' : `${behind.toLocaleString('en')} events`;
  const local = newestMs === undefined ? undefined : dateAndClock(new Date(newestMs).toISOString());
  const until = local === undefined ? '' : ` What is shown ends at ${local.date} ${local.clock}.`;
  return { state: 'behind', text: 'Catching up', detail: `${events} behind.${until}` };
}

/** Whether the server wants another token than this one, or one at all. */
export function isRefusal(error: Failure | undefined): boolean {
  return error?.status === 401 || error?.status === 403;
}

function stopped(error: Failure | undefined): Shown {
  if (error === undefined) return { state: 'stopped', text: 'Stopped', detail: '' };
  if (!isRefusal(error)) return { state: 'stopped', text: 'Stopped', detail: reason(error) };
  const text = { 'no-token': 'Token needed', 'expired-token': 'Token expired' }[error.code as string];
  return { state: 'refused', text: text ?? 'Token refused', detail: error.message };
}

function reason(failure: Failure | undefined): string {
  if (failure === undefined) return '';
  if (failure.code === 'unreachable') return 'The server cannot be reached.';
  if (failure.code === 'too-slow') return 'The server did not answer in time.';
  // What a proxy says has no words of its own, only a number.
  if (failure.message === failure.code) return `The server answered ${failure.status}.`;
  return failure.message;
}

/**
 * Why a publish failed. Where no answer came, or the server could not tell, the event may be in the log
 * (PROTOCOL.md, section 2).
 */
export function refusalWords(failure: Failure): string {
  const { status = 0 } = failure;
  if (status >= 400 && status < 500) return `Not published. ${reason(failure)}`;
  return `Perhaps published, perhaps not. ${reason(failure)} Publish it again: the same event is in the log once.`;
}

/** Of a state that a page cannot hold. */
export const TOO_LARGE =
  'This state is too large for a page: more than 100,000 keys, or 64 MiB. Print it with: doorbell state CHANNEL --prefix …';

/** Why the state of a channel is not there, or may be old; empty where it is there and goes on. */
export function stateWords(status: Status): string {
  if (status.state === 'live') return '';
  if (status.state === 'connecting') return 'Reading the state …';
  const why = reason(status.error);
  return status.state === 'waiting' ? `${why} Trying again.` : why;
}

function seconds(ms: number): number {
  return Math.max(0, Math.ceil(ms / 1_000));
}

/** The local time of day. */
export function clock(ms: number): string {
  const date = new Date(ms);
  return [date.getHours(), date.getMinutes(), date.getSeconds()].map(two).join(':');
}

/** The local date and time of day, always equally wide; undefined for what is no time. */
export function dateAndClock(at: string): { readonly date: string; readonly clock: string } | undefined {
  const ms = Date.parse(at);
  if (Number.isNaN(ms)) return undefined;
  const date = new Date(ms);
  const day = [date.getFullYear(), date.getMonth() + 1, date.getDate()].map(two).join('-');
  return { date: day, clock: clock(ms) };
}

/** How long ago, in one unit. */
export function ago(ms: number): string {
  return `${lasting(ms)} ago`;
}

/** How long, in one unit. */
export function lasting(ms: number): string {
  const passed = Math.max(0, Math.floor(ms / 1_000));
  if (passed < 60) return `${passed} s`;
  if (passed < 3_600) return `${Math.floor(passed / 60)} min`;
  if (passed < 172_800) return `${Math.floor(passed / 3_600)} h`;
  return `${Math.floor(passed / 86_400)} days`;
}

function two(part: number): string {
  return String(part).padStart(2, '0');
}
