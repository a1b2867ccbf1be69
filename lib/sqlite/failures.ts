/** SQLite's errors, recognised by result code here and nowhere else. What is not recognised passes through untouched. */

import { PushError } from '../errors.ts';

/** Primary result codes: https://sqlite.org/rescode.html. An extended code has them in its low byte. */
const CODES = {
  busy: 5,
  locked: 6,
  readOnly: 8,
  io: 10,
  corrupt: 11,
  full: 13,
  cannotOpen: 14,
  notADatabase: 26,
} as const;

/** An extended code: the file ends before its last page. */
const SHORT_READ = 10 | (2 << 8);

/** What keeps a write from being done although nothing is wrong with the request, in words for an operator. */
const OBSTACLES: ReadonlyMap<number, string> = new Map([
  [CODES.full, 'the disk is full'],
  [CODES.io, 'the disk reports an error, or is full'],
  [CODES.readOnly, 'the file or its disk is read-only'],
  [CODES.cannotOpen, 'the file cannot be opened'],
]);

function extendedCodeOf(error: unknown): number {
  const isSqlite = error instanceof Error && 'errcode' in error && typeof error.errcode === 'number';
  return isSqlite ? Number(error.errcode) : 0;
}

function codeOf(error: unknown): number {
  return extendedCodeOf(error) & 0xff;
}

/** Why the disk refuses; undefined where the error is about something else. */
export function obstacleOf(error: unknown): string | undefined {
  return OBSTACLES.get(codeOf(error));
}

/** Another process holds SQLite's lock for longer than a writer waits. */
export function isBusy(error: unknown): boolean {
  const code = codeOf(error);
  return code === CODES.busy || code === CODES.locked;
}

/** The file is not what SQLite has written. */
export function isDamage(error: unknown): boolean {
  const code = codeOf(error);
  return code === CODES.corrupt || code === CODES.notADatabase || extendedCodeOf(error) === SHORT_READ;
}

/** The file does not hold what was written to it. Nobody can repair that by trying again. */
export class DamagedError extends Error {
  override readonly name = 'DamagedError';
}

/** Seconds after which a refused write is worth another try; the publisher is told, because waiting here would only fill all places. */
const RETRY_AFTER_S = 1;

/** The log cannot be read now, and may be within moments. */
export function unreadable(why: string, cause: unknown): PushError {
  return new PushError('unavailable', `The log cannot be read: ${why}. Try again.`, {}, cause);
}

/** The disk refuses writes, and most likely goes on to. */
export function unwritable(why: string, cause: unknown): PushError {
  const retryAfter = RETRY_AFTER_S;
  return new PushError('unavailable', `The log cannot be written: ${why}. Try again.`, { retryAfter }, cause);
}
