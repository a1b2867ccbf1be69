/**
 * Tokens: JSON Web Tokens (RFC 7519) with channel grants. Claims `read` and `write` (their names can be configured) hold channels: names,
 * `prefix.*` or `*`, as an array or as one string with blanks between; `sub`, where present, or a claim that is configured binds the token to one
 * client id; `exp` is demanded.
 * Checked with the keys at hand, without I/O but for the first token and for an unknown key; a good one is not checked again for a minute.
 */

import { decodeProtectedHeader, errors, type JWTPayload, type JWTVerifyOptions, jwtVerify } from 'jose';
import { PushError } from '../errors.ts';
import type { Clock } from '../runtime/ports.ts';
import type { Caller } from './caller.ts';
import { type Keys, keysMissing } from './keys.ts';
import { digestOf, VerifiedTokens } from './verified-cache.ts';

/** Seconds that clocks may differ: a token is taken this much before `nbf` and after `exp`. */
export const CLOCK_TOLERANCE_S = 30;
/** Longer ones are refused unread. Twice what identity providers make in practice; API Gateway takes 10,240 bytes of headers in all. */
export const MAX_TOKEN_CHARS = 8_192;

export interface ClaimNames {
  readonly read: string;
  readonly write: string;
  /** Default `manage`. */
  readonly manage?: string;
  /** Default `share`. */
  readonly share?: string;
  /** Default `dead`. */
  readonly dead?: string;
  /** The claim that binds a token to a client id, before `sub` does: for providers whose subjects are no client ids. */
  readonly client?: string;
}

export interface VerifierOptions {
  /** At least one. */
  readonly keys: readonly Keys[];
  /** The claims that hold the grants. */
  readonly claims: ClaimNames;
  /** Tokens with such a `jti` or `sub` are refused. */
  readonly revoked?: ReadonlySet<string>;
  readonly clock: Clock;
}

/** A token that is good, and for how long it was made. */
export interface Verified {
  readonly caller: Caller;
  /** From `iat` to `exp` in seconds; Infinity without `iat`, and where `iat` has yet to come: it does not say when the token was made. */
  readonly lifetimeS: number;
}

export class Verifier {
  readonly #options: VerifierOptions;
  readonly #verified: VerifiedTokens<Verified>;

  constructor(options: VerifierOptions) {
    this.#options = options;
    this.#verified = new VerifiedTokens(options.clock);
  }

  /**
   * At once for a token that was found good a moment ago. Rejects with `expired-token` (get a new one), `bad-token` (it will never be good) or
   * `unavailable` (the keys cannot be had now).
   */
  verify(token: string): Verified | Promise<Verified> {
    if (token.length > MAX_TOKEN_CHARS)
      return Promise.reject(bad(`The token is longer than ${MAX_TOKEN_CHARS} characters.`));
    const digest = digestOf(token);
    return this.#verified.find(digest) ?? this.#verify(token, digest);
  }

  async #verify(token: string, digest: string): Promise<Verified> {
    const header = headerOf(token);
    const keys = this.#options.keys.find(({ algorithms }) => algorithms.includes(header.alg));
    if (!keys) throw bad('The token is signed with an algorithm that is not accepted here.');
    // Before the keys are asked for: what is read meanwhile may no longer have the one that fits.
    const version = keys.version();
    const candidates = await keys.candidates(header).catch((error: unknown) => {
      throw refusal(error);
    });
    const payload = await this.#payload(token, keys, candidates);
    this.#refuseRevoked(payload);
    const untilMs = ((payload.exp ?? 0) + CLOCK_TOLERANCE_S) * 1000;
    const principal = principalOf(payload, digest);
    const caller = { ...callerOf(payload, this.#options.claims), principal, untilMs };
    const verified = { caller, lifetimeS: this.#lifetime(payload) };
    this.#verified.put(digest, verified, untilMs, () => keys.version() === version);
    return verified;
  }

  #lifetime({ iat, exp }: JWTPayload): number {
    const latest = this.#options.clock.now() / 1000 + CLOCK_TOLERANCE_S;
    return iat === undefined || exp === undefined || iat > latest ? Number.POSITIVE_INFINITY : exp - iat;
  }

  #refuseRevoked({ jti, sub }: JWTPayload): void {
    const { revoked } = this.#options;
    // A provider may make it a number.
    if ([jti, sub].some((id) => id !== undefined && revoked?.has(String(id))))
      throw bad('The token was called back.');
  }

  async #payload(
    token: string,
    keys: Keys,
    candidates: Awaited<ReturnType<Keys['candidates']>>,
  ): Promise<JWTPayload> {
    const options: JWTVerifyOptions = {
      algorithms: [...keys.algorithms],
      requiredClaims: ['exp'],
      clockTolerance: CLOCK_TOLERANCE_S,
      currentDate: new Date(this.#options.clock.now()),
      ...(keys.issuer === undefined ? {} : { issuer: keys.issuer }),
      ...(keys.audience === undefined ? {} : { audience: keys.audience }),
    };
    let unusable: unknown;
    let failure: unknown;
    for (const key of candidates) {
      try {
        return (await jwtVerify(token, key, options)).payload;
      } catch (error) {
        // A key that cannot be used (too short, say) says nothing of the token: another one may fit.
        if (!(error instanceof errors.JOSEError)) unusable ??= error;
        else failure = error;
        if (failure && !(failure instanceof errors.JWSSignatureVerificationFailed)) break;
      }
    }
    throw refusal(failure ?? unusable);
  }
}

function headerOf(token: string): { readonly alg: string; readonly kid?: string } {
  try {
    const { alg, kid } = decodeProtectedHeader(token);
    if (typeof alg === 'string') return { alg, ...(typeof kid === 'string' ? { kid } : {}) };
  } catch {
    // Told below, in the same words.
  }
  throw bad('The token is not a signed JSON Web Token.');
}

/** What is told says which rule was broken, and nothing of the token. */
function refusal(error: unknown): PushError {
  if (error instanceof PushError) return error;
  if (error instanceof errors.JWTExpired)
    return new PushError('expired-token', 'The token has expired: get a new one.');
  if (error instanceof errors.JWTClaimValidationFailed)
    return bad(`The token's claim '${error.claim}' is missing or not valid here.`);
  // Not of the token's making: a key of the set that cannot be used.
  if (!(error instanceof errors.JOSEError)) return keysMissing(error);
  if (error instanceof errors.JWSSignatureVerificationFailed || error instanceof errors.JWKSNoMatchingKey)
    return bad('The token is not signed with a key that is accepted here.');
  return bad('The token is not a signed JSON Web Token.');
}

function callerOf(payload: JWTPayload, claims: ClaimNames): Caller {
  const client = boundTo(payload, claims);
  const { manage = 'manage', share = 'share', dead = 'dead' } = claims;
  return {
    read: grants(payload[claims.read], claims.read),
    write: grants(payload[claims.write], claims.write),
    ...(payload[manage] === undefined ? {} : { manage: grants(payload[manage], manage) }),
    ...(payload[share] === undefined ? {} : { share: grants(payload[share], share) }),
    ...(payload[dead] === undefined ? {} : { dead: grants(payload[dead], dead) }),
    ...(client === undefined ? {} : { client }),
  };
}

/** A token without the claim is bound as if none were named: one that is missing by mistake must not set a reader free. */
function boundTo(payload: JWTPayload, { client }: ClaimNames): string | undefined {
  const named = client === undefined ? undefined : payload[client];
  if (named === undefined) return payload.sub;
  if (typeof named === 'string') return named;
  throw bad(`The token's claim '${client}' must be a client id.`);
}

/** A provider gives its user a new token every hour, and each of several tabs its own: those are counted together. */
function principalOf({ sub }: JWTPayload, digest: string): string {
  return sub === undefined ? `token ${digest}` : `sub ${sub}`;
}

function grants(value: unknown, claim: string): readonly string[] {
  if (value === undefined) return [];
  if (typeof value === 'string') return value.split(' ').filter((grant) => grant !== '');
  if (Array.isArray(value) && value.every((grant) => typeof grant === 'string')) return value;
  throw bad(`The token's claim '${claim}' must be an array of channels.`);
}

function bad(message: string): PushError {
  return new PushError('bad-token', message);
}
