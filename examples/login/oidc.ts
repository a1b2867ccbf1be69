/**
 * The client's side of OpenID Connect, authorization code flow with PKCE (OpenID Connect Core 1.0, 3.1; RFC 7636): where a person is sent to
 * log in, and who it is that comes back. Needs `npm install jose`.
 */

import { createHash, randomBytes } from 'node:crypto';
import { createRemoteJWKSet, type JWTPayload, jwtVerify } from 'jose';

export interface Provider {
  readonly issuer: string;
  readonly clientId: string;
  /** Absent for a public client: PKCE alone then ties the code to this server. */
  readonly clientSecret?: string | undefined;
  /** This server's own address for `/login/callback`, as the provider knows it. */
  readonly redirectUri: string;
}

/** What must come back with the person; kept on this server, never in the browser. */
export interface Attempt {
  readonly state: string;
  readonly nonce: string;
  readonly verifier: string;
}

interface Discovered {
  readonly issuer: string;
  readonly authorization_endpoint: string;
  readonly token_endpoint: string;
  readonly jwks_uri: string;
}

const PATIENCE_MS = 10_000;

export class OidcClient {
  readonly #provider: Provider;
  readonly #known: Discovered;
  readonly #keys: ReturnType<typeof createRemoteJWKSet>;

  private constructor(provider: Provider, known: Discovered) {
    this.#provider = provider;
    this.#known = known;
    this.#keys = createRemoteJWKSet(new URL(known.jwks_uri));
  }

  /** Asks the provider where its endpoints are (OpenID Connect Discovery 1.0). Throws when it is not the issuer that it was taken for. */
  static async discover(provider: Provider): Promise<OidcClient> {
    const url = `${provider.issuer.replace(/\/$/, '')}/.well-known/openid-configuration`;
    const known = (await json(await fetch(url, { signal: AbortSignal.timeout(PATIENCE_MS) }))) as Discovered;
    if (known.issuer !== provider.issuer) throw new Error(`${url} is of another issuer`);
    return new OidcClient(provider, known);
  }

  /** Where to send a person, and what to keep until they come back. */
  begin(): { readonly url: string; readonly attempt: Attempt } {
    const [state, nonce, verifier] = [secret(), secret(), secret()];
    const url = new URL(this.#known.authorization_endpoint);
    const query = {
      response_type: 'code',
      scope: 'openid',
      client_id: this.#provider.clientId,
      redirect_uri: this.#provider.redirectUri,
      state,
      nonce,
      code_challenge: createHash('sha256').update(verifier).digest('base64url'),
      code_challenge_method: 'S256',
    };
    for (const [name, value] of Object.entries(query)) url.searchParams.set(name, value);
    return { url: url.href, attempt: { state, nonce, verifier } };
  }

  /** Who came back with this query: the claims of the ID token. Throws when it is not the one who was sent, or the provider says no. */
  async finish(query: URLSearchParams, { state, nonce, verifier }: Attempt): Promise<JWTPayload> {
    const { issuer, clientId, clientSecret, redirectUri } = this.#provider;
    const code = query.get('code');
    // `iss`, where the provider sends it, keeps an answer of another provider out (RFC 9207).
    if (query.get('state') !== state || (query.get('iss') ?? issuer) !== issuer || code === null)
      throw new Error(`the provider sent no code for this login (${query.get('error') ?? 'another login'})`);
    const form = {
      grant_type: 'authorization_code',
      code,
      redirect_uri: redirectUri,
      code_verifier: verifier,
    };
    const body = new URLSearchParams({ ...form, client_id: clientId });
    if (clientSecret !== undefined) body.set('client_secret', clientSecret);
    const signal = AbortSignal.timeout(PATIENCE_MS);
    const response = await fetch(this.#known.token_endpoint, { method: 'POST', body, signal });
    const { id_token: idToken } = (await json(response)) as { readonly id_token?: string };
    const { payload } = await jwtVerify(idToken ?? '', this.#keys, { issuer, audience: clientId });
    if (payload.nonce !== nonce || payload.sub === undefined)
      throw new Error('the ID token is of another login');
    return payload;
  }
}

/** 256 bits: a code verifier needs 43 characters at least (RFC 7636, 4.1). */
function secret(): string {
  return randomBytes(32).toString('base64url');
}

async function json(response: Response): Promise<unknown> {
  if (!response.ok) throw new Error(`the provider answered ${response.status}`);
  return response.json();
}
