/**
 * The name of a held poll, as cursors and letters carry it: whose poll it is, and a random part. A client id is only a name that anybody may send,
 * so a poll ends only the older polls of its own principal. The name is opaque to all who store it; one of an earlier version has no principal in it.
 */

import { hash } from 'node:crypto';
import type { Caller } from '../auth/caller.ts';
import type { Chance } from '../runtime/ports.ts';

/** Neither a base64url text nor a UUID has it. */
const SEPARATOR = '.';

/**
 * 16 characters that tell the caller from others: all tokens that are bound to one client are one principal, else those of one `sub`, else each token.
 * Empty where no tokens are checked.
 */
export function principalOf({ client, holder }: Caller): string {
  const text = client === undefined ? holder : `client ${client}`;
  return text === undefined ? '' : hash('sha256', text, 'base64url').slice(0, 16);
}

export function newNonce(principal: string, chance: Pick<Chance, 'id'>): string {
  return principal === '' ? chance.id() : `${principal}${SEPARATOR}${chance.id()}`;
}

/** Whether a newer poll of `principal` may end the poll of that name. One that names no principal is anybody's. */
export function mayEnd(principal: string, nonce: string): boolean {
  const at = nonce.indexOf(SEPARATOR);
  return principal === '' || at < 0 || nonce.slice(0, at) === principal;
}
