/** Making tokens with a shared secret: for `npm start`, the command line and tests. Deployed functions only check them. */

import { SignJWT } from 'jose';
import type { Caller } from './caller.ts';
import { kidOf } from './keys.ts';

export interface TokenRequest extends Omit<Caller, 'principal'> {
  /** Seconds from `now`. */
  readonly ttlS: number;
  /** Unix time in ms. */
  readonly now: number;
  /** By which this one token can be called back: its `jti`. */
  readonly id?: string;
}

/** A token for these grants, signed with the secret. */
export function mint(
  secret: string,
  { read, write, manage, share, dead, client, ttlS, now, id }: TokenRequest,
): Promise<string> {
  const at = Math.floor(now / 1000);
  const token = new SignJWT({
    read,
    write,
    ...(manage ? { manage } : {}),
    ...(share ? { share } : {}),
    ...(dead ? { dead } : {}),
  })
    .setProtectedHeader({ alg: 'HS256', typ: 'JWT', kid: kidOf(secret) })
    .setIssuedAt(at)
    .setExpirationTime(at + ttlS);
  if (client !== undefined) token.setSubject(client);
  if (id !== undefined) token.setJti(id);
  return token.sign(new TextEncoder().encode(secret));
}
