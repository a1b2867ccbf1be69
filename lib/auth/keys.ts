/**
 * The keys that tokens are checked with. Each kind of key has its own algorithms, so a token cannot choose to be checked with a key of another
 * kind (RFC 8725, 3.1: a public key taken for a shared secret).
 */

import { createHash } from 'node:crypto';
import { createRemoteJWKSet, type JWTHeaderParameters, type JWTVerifyGetKey } from 'jose';
import { Refreshed, type RefreshedOptions } from './refreshed.ts';

export interface Keys {
  readonly algorithms: readonly string[];
  /** Demanded of every token that is checked with these keys. */
  readonly issuer?: string;
  readonly audience?: string;
  /** Starts to read the keys, so that the first token need not wait for them. */
  warm(): void;
  /** The keys that may have signed a token with this header; the right one first, as far as the header tells. */
  candidates(header: JWTHeaderParameters): Promise<ReadonlyArray<Uint8Array | JWTVerifyGetKey>>;
}

/** Keys are read again when a token comes after this long; a key that has been withdrawn is refused once they are read. */
const REFRESH_MS = 10 * 60_000;
/** An unknown `kid` makes the keys be read at most this often. */
const UNKNOWN_KID_MS = 30_000;
/** What a key set that does not answer may cost. */
const FETCH_MS = 5_000;

/** Names a shared secret in a token's `kid`, so that two may be valid while one replaces the other. */
export function kidOf(secret: string): string {
  return createHash('sha256').update('doorbell kid ').update(secret).digest('base64url').slice(0, 11);
}

type Refreshing = Pick<RefreshedOptions<unknown>, 'clock' | 'logger'>;

/** HS256 with shared secrets, the newest first. `load` reads them: from the environment, or from where a stack keeps its secrets. */
export function secretKeys(load: () => Promise<readonly string[]>, ports: Refreshing): Keys {
  const secrets = new Refreshed({ ...ports, what: 'the shared secret', everyMs: REFRESH_MS, load });
  return {
    algorithms: ['HS256'],
    warm: () => secrets.warm(),
    async candidates({ kid }) {
      const namedIn = (all: readonly string[]) => all.filter((secret) => kidOf(secret) === kid);
      let all = await secrets.get();
      // It may be signed with a secret that has come since: a process that Lambda froze for an hour knows what was true then.
      if (kid !== undefined && namedIn(all).length === 0) all = await secrets.anew(UNKNOWN_KID_MS);
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
  // Its own expiry would make a request wait for the fetch; `Refreshed` reads it again behind the requests.
  const set = createRemoteJWKSet(new URL(url), {
    cacheMaxAge: Number.POSITIVE_INFINITY,
    cooldownDuration: UNKNOWN_KID_MS,
    timeoutDuration: FETCH_MS,
  });
  const load = async () => {
    await set.reload();
    return set;
  };
  const fresh = new Refreshed({ ...ports, what: 'the key set', everyMs: REFRESH_MS, load });
  return {
    algorithms: ['RS256', 'RS384', 'RS512', 'PS256', 'PS384', 'PS512', 'ES256', 'ES384', 'ES512', 'EdDSA'],
    issuer,
    audience,
    warm: () => fresh.warm(),
    candidates: async () => [await fresh.get()],
  };
}
