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

export function unavailable(done: 'read' | 'written', why: string, cause?: unknown): PushError {
  return new PushError('unavailable', `The log cannot be ${done}: ${why}. Try again.`, {}, cause);
}
