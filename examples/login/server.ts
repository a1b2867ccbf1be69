/**
 * A login server in front of Doorbell: whoever opens the page without having logged in is sent to the provider, and comes back with a cookie
 * that holds a token for an hour. Doorbell takes that cookie (`tokenCookie`), so the page needs no token of its own. While somebody is logged
 * in the cookie is made anew in time, with an answer that passes anyway.
 *
 *     GET /login?return=/…   to the provider
 *     GET /login/callback    back from it: sets both cookies
 *     POST /login/out        forgets the login
 *     everything else        to Doorbell, as it came
 */

import { createHash } from 'node:crypto';
import { createServer, type IncomingMessage, request, type Server, type ServerResponse } from 'node:http';
import type { JWTPayload } from 'jose';
import { Kept } from './kept.ts';
import { type Claims, LIFE_S, mint } from './mint.ts';
import type { Attempt, OidcClient } from './oidc.ts';

export interface LoginOptions {
  readonly oidc: Pick<OidcClient, 'begin' | 'finish'>;
  /** Doorbell's own secret. */
  readonly secret: string;
  /** Where Doorbell is, on http: this server stands beside it. */
  readonly doorbell: string;
  /** The cookie that Doorbell takes a token from: its `tokenCookie`, DOORBELL_TOKEN_COOKIE. */
  readonly cookie: string;
  /** True where people come over https; then cookies are kept to it. */
  readonly secure: boolean;
  /** What somebody may read who has logged in. */
  readonly grants: (who: JWTPayload) => Pick<Claims, 'read'>;
  /** Unix time in ms. */
  readonly now: () => number;
}

interface Session {
  readonly who: JWTPayload;
  readonly untilMs: number;
  /** When its last token was made. */
  mintedMs: number;
}

interface Started {
  readonly attempt: Attempt;
  readonly back: string;
  readonly untilMs: number;
}

const SESSION = 'login';
const STARTED = 'login-attempt';
/** A working day. */
const SESSION_MS = 12 * 3_600_000;
const ATTEMPT_MS = 600_000;
const RENEW_MS = (LIFE_S * 1_000) / 3;

export function loginServer(options: LoginOptions): Server {
  const login = new Login(options);
  return createServer((incoming, response) => {
    login.handle(incoming, response).catch((error: unknown) => {
      // The reason is for the log. A part of it may come from the address, so nothing in it may move the cursor.
      const reason = error instanceof Error ? error.message.replace(/\p{Cc}/gu, '?') : 'unknown';
      console.error(`login failed: ${reason}`);
      if (!response.headersSent)
        response.writeHead(400, { 'content-type': 'text/plain', 'cache-control': 'no-store' });
      response.end('The login did not work. Open /login to try again.\n');
    });
  });
}

class Login {
  readonly #options: LoginOptions;
  readonly #sessions: Kept<Session>;
  readonly #started: Kept<Started>;

  constructor(options: LoginOptions) {
    this.#options = options;
    this.#sessions = new Kept(options.now);
    this.#started = new Kept(options.now);
  }

  async handle(incoming: IncomingMessage, response: ServerResponse): Promise<void> {
    // The base only makes a URL of it; nobody is sent there.
    const { pathname, searchParams } = new URL(incoming.url ?? '/', 'http://login.invalid');
    const session = this.#sessions.get(cookieOf(incoming, SESSION));
    if (pathname === '/login') this.#begin(response, searchParams.get('return'));
    else if (pathname === '/login/callback') await this.#finish(incoming, response, searchParams);
    else if (pathname === '/login/out' && incoming.method === 'POST') this.#end(incoming, response);
    else if (!session && pathname === '/' && incoming.method === 'GET') this.#begin(response, incoming.url);
    else this.#pass(incoming, response, session);
  }

  #begin(response: ServerResponse, back: string | null | undefined): void {
    const { url, attempt } = this.#options.oidc.begin();
    const id = this.#started.put({ attempt, back: ownPath(back), untilMs: this.#options.now() + ATTEMPT_MS });
    // Lax: it must come along when the provider sends the person back.
    const cookie = this.#cookie(STARTED, id, ATTEMPT_MS / 1_000, 'Lax');
    redirect(response, url, [cookie]);
  }

  async #finish(incoming: IncomingMessage, response: ServerResponse, query: URLSearchParams): Promise<void> {
    const id = cookieOf(incoming, STARTED);
    const started = this.#started.get(id);
    // Good once, whatever comes of it.
    this.#started.forget(id);
    if (!started) throw new Error('nobody here began this login');
    const who = await this.#options.oidc.finish(query, started.attempt);
    const session: Session = { who, untilMs: this.#options.now() + SESSION_MS, mintedMs: 0 };
    const cookie = this.#cookie(SESSION, this.#sessions.put(session), SESSION_MS / 1_000, 'Lax');
    redirect(response, started.back, [
      cookie,
      this.#cookie(STARTED, '', 0, 'Lax'),
      ...this.#tokenCookies(session),
    ]);
  }

  #end(incoming: IncomingMessage, response: ServerResponse): void {
    this.#sessions.forget(cookieOf(incoming, SESSION));
    const gone = [this.#cookie(SESSION, '', 0, 'Lax'), this.#cookie(this.#options.cookie, '', 0, 'Strict')];
    response.writeHead(204, { 'set-cookie': gone, 'cache-control': 'no-store' }).end();
  }

  /** To Doorbell and back, piece by piece; whoever hangs up here hangs up there. */
  #pass(incoming: IncomingMessage, response: ServerResponse, session: Session | undefined): void {
    const { method, url: path, headers } = incoming;
    const { hostname, port } = new URL(this.#options.doorbell);
    const outgoing = request({ hostname, port, method, path, headers });
    outgoing.on('response', (answer) => {
      const fresh = session ? this.#tokenCookies(session) : [];
      const more = fresh.length > 0 ? { 'set-cookie': fresh } : {};
      response.writeHead(answer.statusCode ?? 502, { ...answer.headers, ...more });
      answer.pipe(response);
    });
    outgoing.on('error', () => {
      if (!response.headersSent) response.writeHead(502, { 'content-type': 'text/plain' });
      response.end();
    });
    response.on('close', () => outgoing.destroy());
    incoming.pipe(outgoing);
  }

  /** A token for the next hour, every twenty minutes: an answer that brings one may be lost on its way. */
  #tokenCookies(session: Session): string[] {
    const now = this.#options.now();
    const ageMs = now - session.mintedMs;
    // Of the future where the clock was set back since; Doorbell refuses it in a cookie.
    if (ageMs >= 0 && ageMs < RENEW_MS) return [];
    session.mintedMs = now;
    const { cookie, secret, grants } = this.#options;
    const token = mint(secret, { ...grants(session.who), sub: clientIdOf(session.who) }, now / 1_000);
    // No script and no other site's page can use it, and Doorbell takes it for reading only.
    return [this.#cookie(cookie, token, LIFE_S, 'Strict')];
  }

  #cookie(name: string, value: string, lifeS: number, sameSite: 'Lax' | 'Strict'): string {
    const secure = this.#options.secure ? '; Secure' : '';
    return `${name}=${value}; Path=/; Max-Age=${lifeS}; HttpOnly; SameSite=${sameSite}${secure}`;
  }
}

/** A client id of this person's own: a provider's `sub` may have characters that none has, and is unique only with its issuer. */
export function clientIdOf({ iss, sub }: JWTPayload): string {
  return createHash('sha256')
    .update(JSON.stringify([iss, sub]))
    .digest('base64url');
}

/** Where to go back to: a path here, or whoever made the link could send people anywhere. */
export function ownPath(path: string | null | undefined): string {
  return path && /^\/(?![/\\])[\x21-\x7e]*$/.test(path) ? path : '/';
}

function cookieOf({ headers }: IncomingMessage, name: string): string {
  const pairs = (headers.cookie ?? '').split(';').map((pair) => pair.trim());
  return pairs.find((pair) => pair.startsWith(`${name}=`))?.slice(name.length + 1) ?? '';
}

function redirect(response: ServerResponse, location: string, cookies: readonly string[]): void {
  response.writeHead(302, { location, 'set-cookie': [...cookies], 'cache-control': 'no-store' }).end();
}
