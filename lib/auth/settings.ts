/** How tokens are checked, from the environment that is passed in. Nothing configured is an error: Doorbell is closed by default. */

import { type Environment, isOn, text } from '../config.ts';
import { isLoopback } from '../protocol/loopback.ts';
import type { JwksSettings } from './keys.ts';
import type { ClaimNames } from './verifier.ts';

/** What may carry a token besides the Authorization header. */
export interface Carriers {
  /** The cookie's name, where one may. */
  readonly cookie?: string;
  /** True where the query may. */
  readonly query: boolean;
}

export interface TokenSettings {
  /** Shared secrets, the newest first. */
  readonly secrets: readonly string[];
  /** Name of the SSM parameter (a SecureString) that holds them, one a line. */
  readonly secretParameter?: string;
  readonly jwks?: JwksSettings;
  readonly claims: ClaimNames;
  readonly carriers: Carriers;
  /** Ids of tokens (`jti`), and subjects, that are refused though they were signed. */
  readonly revoked: ReadonlySet<string>;
}

/** Bytes: as long as what HMAC-SHA-256 makes of it (RFC 7518, 3.2). */
export const LEAST_SECRET_BYTES = 32;

/** Throws when no key is configured, or a setting is out of range; the message names the variable and the fix, never a secret. */
export function tokenSettings(env: Environment): TokenSettings {
  const secrets = env.DOORBELL_SECRET ? secretsIn(env.DOORBELL_SECRET, 'DOORBELL_SECRET') : [];
  const secretParameter = env.DOORBELL_SECRET_PARAMETER || undefined;
  const jwks = jwksSettings(env);
  if (secrets.length === 0 && !secretParameter && !jwks) {
    throw new Error(
      'No key for tokens is configured. Set DOORBELL_SECRET_PARAMETER (an SSM SecureString), or DOORBELL_JWKS_URL with DOORBELL_ISSUER ' +
        'and DOORBELL_AUDIENCE, or DOORBELL_SECRET (at least 32 bytes).',
    );
  }
  return {
    secrets,
    ...(secretParameter === undefined ? {} : { secretParameter }),
    ...(jwks === undefined ? {} : { jwks }),
    claims: {
      read: text(env, 'DOORBELL_READ_CLAIM'),
      write: text(env, 'DOORBELL_WRITE_CLAIM'),
      manage: text(env, 'DOORBELL_MANAGE_CLAIM'),
      share: text(env, 'DOORBELL_SHARE_CLAIM'),
      dead: text(env, 'DOORBELL_DEAD_CLAIM'),
      ...(env.DOORBELL_CLIENT_CLAIM ? { client: env.DOORBELL_CLIENT_CLAIM } : {}),
    },
    carriers: {
      ...(env.DOORBELL_TOKEN_COOKIE ? { cookie: env.DOORBELL_TOKEN_COOKIE } : {}),
      query: isOn(env, 'DOORBELL_TOKEN_QUERY'),
    },
    revoked: new Set((env.DOORBELL_REVOKED ?? '').split(/\s+/).filter((id) => id !== '')),
  };
}

/** Secrets stand one a line, the newest first. `source` names where they are from in the error for a short one. */
export function secretsIn(text: string, source: string): readonly string[] {
  const secrets = text.split(/\s+/).filter((secret) => secret !== '');
  for (const [i, secret] of secrets.entries()) {
    const bytes = Buffer.byteLength(secret);
    if (bytes < LEAST_SECRET_BYTES)
      throw new Error(
        `${source}: secret ${i + 1} must be at least ${LEAST_SECRET_BYTES} bytes long, got ${bytes}`,
      );
  }
  if (secrets.length === 0) throw new Error(`${source} holds no secret`);
  return secrets;
}

function jwksSettings(env: Environment): JwksSettings | undefined {
  const { DOORBELL_JWKS_URL: url, DOORBELL_ISSUER: issuer, DOORBELL_AUDIENCE: audience } = env;
  if (!url) return undefined;
  if (!isPrivate(url))
    throw new Error('DOORBELL_JWKS_URL must be an https URL: who can change the answer makes tokens');
  if (!issuer || !audience)
    throw new Error(
      'DOORBELL_JWKS_URL needs DOORBELL_ISSUER and DOORBELL_AUDIENCE: without them a token made for another service would do',
    );
  return { url, issuer, audience };
}

/** https, or a server on this very machine. */
function isPrivate(url: string): boolean {
  if (!URL.canParse(url)) return false;
  const { protocol, hostname } = new URL(url);
  return protocol === 'https:' || (protocol === 'http:' && isLoopback(hostname));
}
