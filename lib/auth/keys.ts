/**
 * The keys that tokens are checked with. Each kind of key has its own algorithms, so a token cannot choose to be checked with a key of another
 * kind (RFC 8725, 3.1: a public key taken for a shared secret).
 */

import { createHash } from 'node:crypto';
import {
  type CryptoKey,
  createRemoteJWKSet,
  errors,
  type JWTHeaderParameters,
  type JWTVerifyGetKey,
} from 'jose';
import { PushError } from '../errors.ts';
import { RefreshAhead, type RefreshAheadOptions } from '../runtime/refresh-ahead.ts';

export interface Keys {
  readonly algorithms: readonly string[];
  /** Demanded of every token that is checked with these keys. */
  readonly issuer?: string;
  readonly audience?: string;
  /** Starts to read the keys, so that the first token need not wait for them. */
  warm(): void;
  /** Another number whenever the keys were read again: what was verified before may have been with a key that is gone. */
  version(): number;
  /**
   * The keys that may have signed a token with this header, as far as the header tells: each is to be tried. Throws `unavailable`, and jose's error where a key
   * set has none.
   */
  candidates(header: JWTHeaderParameters): Promise<ReadonlyArray<Uint8Array | CryptoKey>>;
}

/** Keys are read again when a token comes after this long; a key that has been withdrawn is refused once they are read. */
const REFRESH_MS = 10 * 60_000;
/** What a key set that does not answer may cost. */
const FETCH_MS = 5_000;

/** Names a shared secret in a token's `kid`, so that two may be valid while one replaces the other. */
export function kidOf(secret: string): string {
  return createHash('sha256').update('doorbell kid ').update(secret).digest('base64url').slice(0, 11);
}

type Refreshing = Pick<RefreshAheadOptions<unknown>, 'clock' | 'logger'>;

/** What is answered when no key can be had: a fault on this side, which passes. */
export function keysMissing(cause: unknown): PushError {
  return new PushError('unavailable', 'The keys to check tokens with cannot be had now.', {}, cause);
}

/** HS256 with shared secrets, the newest first. `load` reads them: from the environment, or from where a stack keeps its secrets. */
export function secretKeys(load: () => Promise<readonly string[]>, ports: Refreshing): Keys {
  const secrets = new RefreshAhead({ ...ports, what: 'the shared secret', everyMs: REFRESH_MS, load });
  return {
    algorithms: ['HS256'],
    warm: () => secrets.warm(),
    version: () => secrets.reads,
    async candidates({ kid }) {
      const namedIn = (all: readonly string[]) => all.filter((secret) => kidOf(secret) === kid);
      const known = await orMissing(secrets.get());
      // It may be signed with a secret that has come since: a process that Lambda froze for an hour knows what was true then. Where that
      // cannot be asked now, the ones that are known decide: a `kid` of another tool says nothing.
      const isNamed = kid === undefined || namedIn(known).length > 0;
      const all = isNamed ? known : await secrets.anew().catch(() => known);
      const named = namedIn(all);
      return (named.length > 0 ? named : all).map((secret) => new TextEncoder().encode(secret));
    },
  };
}

export interface JwksSettings {
  readonly url: string;
  readonly issuer: string;
  readonly audience: string;
}

/** Public keys that an identity provider publishes. */
export function jwksKeys({ url, issuer, audience }: JwksSettings, ports: Refreshing): Keys {
  // Its own expiry would make a request wait for the fetch, and its own cooldown begins only when a fetch has succeeded: `RefreshAhead` decides.
  const set = createRemoteJWKSet(new URL(url), {
    cacheMaxAge: Number.POSITIVE_INFINITY,
    cooldownDuration: Number.POSITIVE_INFINITY,
    timeoutDuration: FETCH_MS,
  });
  const load = async () => {
    await set.reload();
    return set;
  };
  const fresh = new RefreshAhead({ ...ports, what: 'the key set', everyMs: REFRESH_MS, load });
  return {
    algorithms: ['RS256', 'RS384', 'RS512', 'PS256', 'PS384', 'PS512', 'ES256', 'ES384', 'ES512', 'EdDSA'],
    issuer,
    audience,
    warm: () => fresh.warm(),
    version: () => fresh.reads,
    async candidates(header) {
      await orMissing(fresh.get());
      try {
        return await matching(set, header);
      } catch (error) {
        if (!(error instanceof errors.JWKSNoMatchingKey)) throw error;
        // It may be a new one. Where that cannot be asked, nobody knows that the token is bad.
        await orMissing(fresh.anew());
        return matching(set, header);
      }
    },
  };
}

/** All keys of the set that fit: a token without `kid` may be of any of them, and two keys may have one `kid` (RFC 7517, 4.5). */
async function matching(set: JWTVerifyGetKey, header: JWTHeaderParameters): Promise<readonly CryptoKey[]> {
  try {
    // No part of the token is needed but its header.
    return [(await set(header, { payload: '', signature: '' })) as CryptoKey];
  } catch (error) {
    if (!(error instanceof errors.JWKSMultipleMatchingKeys)) throw error;
    const keys: CryptoKey[] = [];
    for await (const key of error) keys.push(key);
    return keys;
  }
}

async function orMissing<T>(value: Promise<T>): Promise<T> {
  return value.catch((error: unknown) => {
    throw keysMissing(error);
  });
}
