/**
 * Makes a token for Doorbell with nothing but Node, for a login server of any framework: copy this file. mint.py is the same in Python.
 *
 *     DOORBELL_SECRET=… node mint.ts '{"read": ["doors"], "sub": "wall-7"}'
 */

import { createHash, createHmac } from 'node:crypto';

/** What the token allows; PROTOCOL.md, 1.1. */
export interface Claims {
  /** Channels that may be read, and published to: names, `prefix.*` or `*`. */
  readonly read?: readonly string[];
  readonly write?: readonly string[];
  /** The only client id that it may use: 1 to 64 of A-Z a-z 0-9 _ . - */
  readonly sub?: string;
  /** By which it can be called back. */
  readonly jti?: string;
}

/** Seconds. A token in a cookie must be made for an hour at most. */
export const LIFE_S = 3_600;

/** `secret`: as Doorbell has it; of several, one a line, the first signs. `nowS`: Unix time in seconds. */
export function mint(secret: string, claims: Claims, nowS: number, lifeS = LIFE_S): string {
  // The key is the text itself, as UTF-8: also where it looks like base64 it is not decoded.
  const [key = ''] = secret.trim().split(/\s+/);
  const iat = Math.floor(nowS);
  const head = encoded({ alg: 'HS256', typ: 'JWT', kid: kidOf(key) });
  const signed = `${head}.${encoded({ ...claims, iat, exp: iat + lifeS })}`;
  return `${signed}.${createHmac('sha256', key).update(signed).digest('base64url')}`;
}

/**
 * Names the secret without telling it, so that Doorbell knows at once which of two a token was signed with while one replaces the other: the
 * first 11 characters of the base64url of SHA-256 of "doorbell kid " and the secret.
 */
export function kidOf(secret: string): string {
  return createHash('sha256').update(`doorbell kid ${secret}`).digest('base64url').slice(0, 11);
}

function encoded(value: object): string {
  return Buffer.from(JSON.stringify(value)).toString('base64url');
}

if (import.meta.main) {
  const { DOORBELL_SECRET: secret } = process.env;
  if (!secret) throw new Error('Set DOORBELL_SECRET to the secret that Doorbell checks tokens with.');
  console.log(mint(secret, JSON.parse(process.argv[2] ?? '{}'), Date.now() / 1000));
}
