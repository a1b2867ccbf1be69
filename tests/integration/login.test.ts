/** The example login server (examples/login): tokens made in Node and in Python, and a login by an OpenID provider that ends in a cookie which Doorbell takes. */

import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { decodeJwt, decodeProtectedHeader } from 'jose';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Attempt } from '../../examples/login/oidc.ts';
import { ownPath } from '../../examples/login/server.ts';
import type { Hub } from '../../hub/server.ts';
import { kidOf, secretKeys } from '../../lib/auth/keys.ts';
import { Verifier } from '../../lib/auth/verifier.ts';
import type { Problem } from '../../lib/protocol/doorbell.ts';
import { systemClock } from '../../lib/runtime/system.ts';
import { SERVICE_DIR } from '../../local/emulators/service.ts';
import { type LocalStack, startLocalStack } from '../../local/emulators/stack.ts';
import { Browsing } from '../support/browser/browsing.ts';
import { output, start } from '../support/cli/commands.ts';
import { eventsPath, posting, publish } from '../support/http/http.ts';
import { type Logins, startLogins } from '../support/http/identity-provider.ts';
import { MemoryLogger } from '../support/memory/doubles.ts';
import { HUB_SECRET, ownerOf, testHub } from '../support/stack/hub.ts';
import { freePort } from '../support/stack/offline.ts';

const LOGIN = join(SERVICE_DIR, 'examples/login');

function hasPython(): boolean {
  try {
    execFileSync('python3', ['-c', 'import hashlib, hmac'], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
}

const python = hasPython();
if (!python) console.warn('examples/login/mint.py is NOT tested: there is no python3 here.');

describe.each([
  ['mint.ts', process.execPath, false],
  ['mint.py', 'python3', !python],
] as const)('examples/login/%s', (file, program, isMissing) => {
  const claims = { read: ['doors', 'host.*'], write: [], sub: 'wall-7', jti: 'x' };
  // As `openssl rand -base64 48` makes them; the newest of two, one a line, signs.
  const [newest, oldest] = [
    'bmV3ZXN0LXNlY3JldC1vZi10aGVzZS10ZXN0cy0wMTIzNDU2Nzg5',
    'b2xkZXN0LXNlY3JldC1vZi10aGVzZS10ZXN0cy0wMTIzNDU2Nzg5',
  ];
  const make = async (secret: string) => {
    const env = { PATH: process.env.PATH, DOORBELL_SECRET: secret, PYTHONDONTWRITEBYTECODE: '1' };
    return (await output(program, [join(LOGIN, file), JSON.stringify(claims)], { env })).trim();
  };
  const verify = async (token: string, ...secrets: readonly string[]) => {
    const keys = [secretKeys(async () => secrets, { clock: systemClock, logger: new MemoryLogger() })];
    return new Verifier({ keys, claims: { read: 'read', write: 'write' }, clock: systemClock }).verify(token);
  };

  test.skipIf(isMissing)(
    'makes a token that Doorbell takes, for an hour, under the kid of its secret',
    async () => {
      const token = await make(`${newest}\n${oldest}\n`);

      const { caller, lifetimeS } = await verify(token, newest, oldest);
      expect(caller).toMatchObject({ read: claims.read, write: [], client: 'wall-7' });
      expect(lifetimeS).toBe(3_600);
      expect(decodeProtectedHeader(token)).toEqual({ alg: 'HS256', typ: 'JWT', kid: kidOf(newest) });
      expect(decodeJwt(token)).toMatchObject(claims);
      await expect(verify(token, oldest)).rejects.toMatchObject({ code: 'bad-token' });
    },
  );
});

describe('somebody who opens the page', () => {
  let stack: LocalStack;
  let hub: Hub;
  let logins: Logins;
  let nowMs: number | undefined;
  beforeAll(async () => {
    stack = await startLocalStack();
    hub = await testHub(stack, { env: { DOORBELL_TOKEN_COOKIE: 'doorbell' } });
    for (const channel of ['doors', 'alerts']) await publish(await ownerOf(hub), channel, { data: channel });
    logins = await startLogins({
      secret: HUB_SECRET,
      doorbell: `http://127.0.0.1:${hub.port}`,
      cookie: 'doorbell',
      grants: () => ({ read: ['doors'] }),
      now: () => nowMs ?? Date.now(),
    });
  });
  afterAll(async () => {
    await logins?.stop();
    await hub?.stop();
    await stack?.stop();
  });

  test('logs in at the provider, comes back to where they were, and reads what they may without a token of their own', async () => {
    const person = new Browsing();
    const page = await person.logIn(`${logins.url}/?channel=doors`);

    expect(page.url).toBe(`${logins.url}/?channel=doors`);
    expect(page.text).toContain('<!doctype html>');
    const events = await person.get(`${logins.url}${eventsPath('doors', { maxvid: 0 })}`);
    expect(JSON.parse(events.text)).toMatchObject({ events: [{ data: 'doors' }] });
    const other = await person.get(`${logins.url}${eventsPath('alerts', { maxvid: 0 })}`);
    expect((JSON.parse(other.text) as Problem).type).toBe('urn:doorbell:problem:forbidden');
    // Doorbell itself takes the cookie, whoever stands in front.
    const direct = await person.get(
      `http://127.0.0.1:${hub.port}${eventsPath('doors', { maxvid: 0, wait: 0 })}`,
    );
    expect(direct.status).toBe(200);
  });

  test('has cookies that no script can read, and that end with the token', async () => {
    const person = new Browsing();
    await person.logIn(`${logins.url}/`);

    const [token] = person.set.filter((cookie) => cookie.startsWith('doorbell='));
    expect(token).toMatch(/; Path=\/; Max-Age=3600; HttpOnly; SameSite=Strict$/);
    expect(
      person.set
        .filter((cookie) => /^login(?:-attempt)?=/.test(cookie))
        .every((cookie) => /; HttpOnly; SameSite=Lax$/.test(cookie)),
    ).toBe(true);
    const claims = decodeJwt(token?.slice('doorbell='.length).split(';', 1)[0] ?? '');
    expect(claims).toMatchObject({ read: ['doors'], sub: expect.stringMatching(/^[\w-]{43}$/) });
  });

  test('meets the same server when it is started as the README says', async () => {
    const port = await freePort();
    const origin = `http://127.0.0.1:${port}`;
    const login = start(process.execPath, [join(LOGIN, 'main.ts')], {
      DOORBELL_SECRET: HUB_SECRET,
      DOORBELL_URL: `http://127.0.0.1:${hub.port}`,
      ORIGIN: origin,
      PORT: String(port),
      OIDC_ISSUER: logins.issuer,
      OIDC_CLIENT_ID: 'dashboards',
    });
    await login.printed(1);
    const sent = await new Browsing().ask(`${origin}/`);
    const passed = await new Browsing().ask(`${origin}/healthz`);
    await login.end('SIGTERM');

    expect(login.lines()).toEqual([`open ${origin}/`]);
    expect(new URL(sent.headers.get('location') ?? '').searchParams.get('redirect_uri')).toBe(
      `${origin}/login/callback`,
    );
    expect(await passed.json()).toEqual({ status: 'ok' });
  });

  test('is asked to log in again once they have logged out', async () => {
    const person = new Browsing();
    await person.logIn(`${logins.url}/`);
    await person.ask(`${logins.url}/login/out`, { method: 'POST' });

    const events = await person.get(`${logins.url}${eventsPath('doors', { maxvid: 0 })}`);
    const { status, headers } = await person.ask(`${logins.url}/`);

    expect(events.status).toBe(401);
    expect([status, headers.get('location')?.startsWith(`${logins.issuer}/auth?`)]).toEqual([302, true]);
  });

  test('cannot publish with what only lets them read', async () => {
    const person = new Browsing();
    await person.logIn(`${logins.url}/`);

    expect((await person.ask(`${logins.url}${eventsPath('doors')}`, posting({ data: 1 }))).status).toBe(401);
  });

  test('is refused when they come back from a login that nobody here began, or with another state', async () => {
    const person = new Browsing();
    const stranger = await person.ask(`${logins.url}/login/callback?code=x&state=y`);
    await person.ask(`${logins.url}/login`);
    const swapped = await person.ask(`${logins.url}/login/callback?code=x&state=y`);
    const again = await person.ask(`${logins.url}/login/callback?code=x&state=y`);

    expect([stranger.status, swapped.status, again.status]).toEqual([400, 400, 400]);
    expect(person.set.some((cookie) => cookie.startsWith('doorbell='))).toBe(false);
  });

  test.each<readonly [what: string, change: Partial<Attempt>, reason: RegExp]>([
    ['nothing was changed', {}, /^$/],
    ['the nonce is of another login', { nonce: 'x' }, /another login/],
    ['the verifier is of another login (PKCE)', { verifier: 'x'.repeat(43) }, /answered 400/],
    ['the state is of another login', { state: 'x' }, /no code for this login/],
  ])(
    'is taken for who they are only when their answer belongs to this login: %s',
    async (_, change, reason) => {
      const { url, attempt } = logins.oidc.begin();
      const { url: back } = await new Browsing(`${logins.url}/login/callback`).logIn(url);
      const finishing = logins.oidc.finish(new URL(back).searchParams, { ...attempt, ...change });

      const outcome = await finishing.then(
        ({ sub }) => (sub === 'ann' ? '' : 'somebody else'),
        (error: Error) => error.message,
      );
      expect(outcome).toMatch(reason);
    },
  );

  test('gets a new cookie in time with any answer, and has to log in again after a day', async () => {
    const person = new Browsing();
    await person.logIn(`${logins.url}/`);
    const fresh = async (afterMs: number) => {
      nowMs = Date.now() + afterMs;
      const { headers } = await person.ask(`${logins.url}/healthz`);
      nowMs = undefined;
      return headers.getSetCookie().some((cookie) => cookie.startsWith('doorbell='));
    };

    expect([await fresh(0), await fresh(1_260_000), await fresh(1_300_000)]).toEqual([false, true, false]);
    expect(await fresh(-7_200_000), 'the clock was set back: the last one is from the future').toBe(true);
    expect(await fresh(13 * 3_600_000)).toBe(false);
  });

  test.each([
    ['/?channel=doors', '/?channel=doors'],
    ['//evil.example/', '/'],
    ['/\\evil.example', '/'],
    ['https://evil.example/', '/'],
    ['/a\r\nset-cookie: x', '/'],
    [null, '/'],
  ])('goes back to a path of this site only (%j)', (asked, path) => {
    expect(ownPath(asked)).toBe(path);
  });
});
