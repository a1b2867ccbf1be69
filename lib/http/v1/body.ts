/** A request's body, refused as soon as it is known to be too large. */

import type { Caller } from '../../auth/caller.ts';
import { PushError } from '../../errors.ts';
import { LIMITS } from '../../protocol/doorbell.ts';

export interface Body {
  /** The length that the request declares, where it does. */
  readonly declared: string | undefined;
  /** All of it at once: where a length is declared, a server lets no more in. */
  whole(): Promise<Uint8Array | ArrayBuffer>;
  /** Piece by piece; breaking off cancels it. Not called for what need not be read. */
  pieces(): AsyncIterable<Uint8Array> | Iterable<Uint8Array>;
}

/**
 * Reads no more bodies at once than memory allows, and of one principal (`Caller.principal`) no more than its share: returns what to call when one is read.
 * Throws `unavailable` and `too-many-requests`.
 */
export type Admit = (principal: string | undefined) => () => void;

/** Keeps nothing from one body to the next. */
const UTF8 = new TextDecoder('utf-8', { fatal: true });

/** Throws `unsupported-media-type` for a body that is packed: nothing here unpacks, so that a small body cannot become a large one. */
export function requireUnpacked(encoding = 'identity'): void {
  if (encoding.trim().toLowerCase() === 'identity') return;
  const message = 'A body must be sent as it is, without Content-Encoding.';
  throw new PushError('unsupported-media-type', message, { field: 'content-encoding' });
}

/** Throws as `bodyBytes`, and `bad-body` when it is not UTF-8. */
export async function bodyText(body: Body): Promise<string> {
  const bytes = await bodyBytes(body);
  try {
    return UTF8.decode(bytes);
  } catch {
    throw new PushError('bad-body', 'The body must be UTF-8.', { field: 'body' });
  }
}

/** Throws `too-large`, and `bad-body` when it breaks off. */
export async function bodyBytes({ declared, whole, pieces }: Body): Promise<Uint8Array> {
  const bytes = Number(declared ?? 0);
  // What is plainly too large need not be read.
  if (bytes > LIMITS.bodyBytes) throw tooLarge(`got ${bytes}`);
  // What comes in pieces may have no end.
  const reading = declared === undefined ? counted(pieces()) : whole();
  const body = await reading.catch((error: unknown) => {
    if (error instanceof PushError) throw error;
    throw new PushError('bad-body', 'The body broke off before its end.', { field: 'body' }, error);
  });
  if (body.byteLength > LIMITS.bodyBytes) throw tooLarge(`got ${body.byteLength}`);
  return body instanceof Uint8Array ? body : new Uint8Array(body);
}

/** What `read` gives, once there is room for the body. `admit` absent: there always is. Throws as both do. */
export async function admitted<T>(
  admit: Admit | undefined,
  { principal }: Caller,
  read: () => Promise<T>,
): Promise<T> {
  const release = admit?.(principal);
  try {
    return await read();
  } finally {
    release?.();
  }
}

async function counted(pieces: ReturnType<Body['pieces']>): Promise<Uint8Array> {
  const taken: Uint8Array[] = [];
  let bytes = 0;
  for await (const piece of pieces) {
    bytes += piece.byteLength;
    // Leaving the loop cancels the stream.
    if (bytes > LIMITS.bodyBytes) throw tooLarge('got more');
    taken.push(piece);
  }
  return Buffer.concat(taken, bytes);
}

function tooLarge(got: string): PushError {
  const message = `The body must be at most ${LIMITS.bodyBytes} bytes, ${got}.`;
  return new PushError('too-large', message, { field: 'body' });
}
