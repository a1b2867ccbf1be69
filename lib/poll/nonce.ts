/**
 * The name of a held poll, as cursors and messages carry it: whose poll it is, and a random part. A client id is only a name that anybody may send,
 * so a poll ends only the older polls of its own principal. The name is opaque to all who store it; one of an earlier version has no principal in it.
 */

import { hash } from 'node:crypto';
import type { Caller } from '../auth/caller.ts';
import type { Random } from '../runtime/ports.ts';

/** Neither a base64url text nor a UUID has it. */
const SEPARATOR = '.';

/** A token's caller is the same object for as long as the token is known. */
const owners = new WeakMap<Caller, string>();

/**
 * 16 characters that tell the caller from others: all tokens that are bound to one client are one principal, else those of one `sub`, else each token.
 * Empty where no tokens are checked.
 */
export function ownerOf(caller: Caller): string {
  let owner = owners.get(caller);
  if (owner === undefined) {
    const { client, principal } = caller;
    const text = client === undefined ? principal : `client ${client}`;
    owner = text === undefined ? '' : hash('sha256', text, 'base64url').slice(0, 16);
    owners.set(caller, owner);
  }
  return owner;
}

export function newNonce(owner: string, random: Pick<Random, 'id'>): string {
  return owner === '' ? random.id() : `${owner}${SEPARATOR}${random.id()}`;
}

/** Whether a newer poll of `principal` may end the poll of that name. One that names no principal is anybody's. */
export function mayEnd(owner: string, nonce: string): boolean {
  const at = nonce.indexOf(SEPARATOR);
  return owner === '' || at < 0 || nonce.slice(0, at) === owner;
}
