/** Where a request's token may stand. */

import { SignJWT } from 'jose';
import { describe, expect, test } from 'vitest';
import { secretKeys } from '../../../lib/auth/keys.ts';
import { mint } from '../../../lib/auth/mint.ts';
import type { Carriers } from '../../../lib/auth/settings.ts';
import { Verifier } from '../../../lib/auth/verifier.ts';
import { createApp } from '../../../lib/http/app.ts';
import { authenticate, SHORT_LIVED_S } from '../../../lib/http/middleware/authenticate.ts';
import { problem } from '../../support/http/http.ts';
import { expectProblemDocument } from '../../support/http/problems.ts';
import { MemoryLogger } from '../../support/memory/doubles.ts';
import { FakeClock, SeededRandom } from '../../support/time/clock.ts';

const SECRET = 'the-secret-of-these-tests-0123456789';
const clock = new FakeClock();

function serve(carriers: Carriers) {
  const logger = new MemoryLogger();
  const keys = [secretKeys(async () => [SECRET], { clock, logger })];
  const verifier = new Verifier({ keys, claims: { read: 'read', write: 'write' }, clock });
  const random = new SeededRandom(1);
  const app = createApp(
    { logger, random },
    { authenticate: authenticate(verifier, carriers), corsOrigins: [] },
    [
      (routes) =>
        routes.on(['GET', 'POST'], '/v1/who', (c) => c.json([c.var.caller.read, c.var.query.toString()])),
      (routes) =>
        routes.get('/v1/again', async (c) => {
          await clock.advance(60_000);
          await c.var.checkAgain();
          return c.text('still good');
        }),
      (routes) => routes.get('/', (c) => c.text('the page')),
      (routes) => routes.get('/v1/shared/doors/events', (c) => c.json(c.var.caller.read)),
    ],
  );
  return { app, logger };
}

const tokenFor = (ttlS: number) => mint(SECRET, { read: ['doors'], write: [], ttlS, now: clock.now() });
const signed = (claims: object) =>
  new SignJWT({ ...claims }).setProtectedHeader({ alg: 'HS256' }).sign(new TextEncoder().encode(SECRET));
const HEADER_ONLY: Carriers = { query: false };
const ANYWHERE: Carriers = { query: true, cookie: 'doorbell' };

describe('the header of what stands in front', () => {
  const signature = 'AWS4-HMAC-SHA256 Credential=AKIA/20260101/eu-central-1/lambda/aws4_request, Signature=0';
  const ask = async (path: string, headers: Record<string, string>) =>
    serve(ANYWHERE).app.request(path, { headers });
  const inFront = async (ttlS = 120) => ({ 'Doorbell-Front-Token': `Bearer ${await tokenFor(ttlS)}` });

  test('carries the token of a shared poll, beside a signature of AWS', async () => {
    const response = await ask('/v1/shared/doors/events', { ...(await inFront()), authorization: signature });

    expect(await response.json()).toEqual(['doors']);
  });

  test('carries none of another path', async () => {
    await expectProblemDocument(await ask('/v1/who', await inFront()), 401, 'no-token');
  });

  test('gives way to a token in Authorization, and is checked as any', async () => {
    const wrong = { ...(await inFront()), authorization: 'Bearer a.b.c' };

    await expectProblemDocument(await ask('/v1/shared/doors/events', wrong), 401, 'bad-token');
    await expectProblemDocument(
      await ask('/v1/shared/doors/events', await inFront(-60)),
      401,
      'expired-token',
    );
  });
});

describe('the Authorization header', () => {
  test('carries a token that can be looked at again, and is told apart once it has expired', async () => {
    const { app } = serve(HEADER_ONLY);
    const again = async (ttlS: number) =>
      app.request('/v1/again', { headers: { authorization: `Bearer ${await tokenFor(ttlS)}` } });

    expect(await (await again(120)).text()).toBe('still good');
    await expectProblemDocument(await again(20), 401, 'expired-token');
  });

  test.each(['Bearer', 'bearer', 'BEARER'])('carries a token as %s', async (scheme) => {
    const headers = { authorization: `${scheme} ${await tokenFor(86_400)}` };
    const response = await serve(HEADER_ONLY).app.request('/v1/who?wait=3', { headers });

    expect([response.status, await response.json()]).toEqual([200, [['doors'], 'wait=3']]);
  });

  test.each(['Bearer', 'Bearer a b', 'Bearer x, Basic eDp5', 'Basic eDp5, Bearer x', 'Bearer x, Bearer x'])(
    'that says %j is refused',
    async (authorization) => {
      const response = await serve(ANYWHERE).app.request('/v1/who', { headers: { authorization } });

      expect(response.status).toBe(401);
      expect(response.headers.get('www-authenticate')).toBe('Bearer error="invalid_token"');
      expect((await problem(response)).type).toBe('urn:doorbell:problem:bad-token');
    },
  );

  test.each(['Basic dXNlcjpwYXNz', 'Digest username="x", realm="y"', 'Bearers x', 'x', ''])(
    'of another scheme (%j) is no token, and hides none',
    async (authorization) => {
      const { app } = serve(ANYWHERE);
      const cookie = `doorbell=${await tokenFor(60)}`;
      const alone = await app.request('/v1/who', { headers: { authorization } });

      await expectProblemDocument(alone.clone(), 401, 'no-token');
      expect(alone.headers.get('www-authenticate')).toBe('Bearer');
      expect((await app.request('/v1/who', { headers: { authorization, cookie } })).status).toBe(200);
    },
  );

  test('wins over what else carries a token', async () => {
    const headers = { authorization: 'Bearer a.b.c', cookie: `doorbell=${await tokenFor(60)}` };

    expect((await serve(ANYWHERE).app.request('/v1/who', { headers })).status).toBe(401);
  });
});

test('without a token everything below /v1 is refused, and nothing else', async () => {
  const { app } = serve(ANYWHERE);
  const response = await app.request('/v1/who');

  expect(response.status).toBe(401);
  expect(response.headers.get('www-authenticate')).toBe('Bearer');
  expect(await problem(response)).toMatchObject({ type: 'urn:doorbell:problem:no-token', status: 401 });
  expect((await app.request('/v1/nowhere')).status).toBe(401);
  expect((await app.request('/')).status).toBe(200);
});

describe.each([
  ['query', (token: string) => [`/v1/who?access_token=${token}&wait=3`, {}] as const],
  [
    'cookie',
    (token: string) => ['/v1/who?wait=3', { headers: { cookie: `a=b; doorbell=${token}` } }] as const,
  ],
])('a %s', (name, carrying) => {
  const alone: Carriers = name === 'query' ? { query: true } : { query: false, cookie: 'doorbell' };

  test('carries a short-lived token where configured, and the routes do not see it', async () => {
    const [path, init] = carrying(await tokenFor(SHORT_LIVED_S));
    const response = await serve(alone).app.request(path, init);

    expect([response.status, await response.json()]).toEqual([200, [['doors'], 'wait=3']]);
  });

  test('carries none where not configured', async () => {
    const [path, init] = carrying(await tokenFor(60));

    expect((await serve(HEADER_ONLY).app.request(path, init)).status).toBe(401);
  });

  test('carries none that lives longer', async () => {
    const [path, init] = carrying(await tokenFor(SHORT_LIVED_S + 1));
    const response = await serve(alone).app.request(path, init);

    expect([response.status, (await problem(response)).type]).toEqual([
      401,
      'urn:doorbell:problem:bad-token',
    ]);
  });

  test.each([31, 86_400])(
    'carries none whose iat is %i s ahead: nobody knows when it was made',
    async (aheadS) => {
      const claims = {
        read: ['doors'],
        iat: clock.now() / 1000 + aheadS,
        exp: clock.now() / 1000 + aheadS + 60,
      };
      const [path, init] = carrying(await signed(claims));
      const header = { headers: { authorization: `Bearer ${await signed(claims)}` } };
      const { app } = serve(alone);

      await expectProblemDocument(await app.request(path, init), 401, 'bad-token');
      expect((await app.request('/v1/who', header)).status).toBe(200);
    },
  );

  test('carries none that changes anything: another site could make a browser send it', async () => {
    const [path, init] = carrying(await tokenFor(60));

    expect((await serve(alone).app.request(path, { ...init, method: 'POST' })).status).toBe(401);
  });
});

describe('what stands twice is refused, whichever of the two is good', () => {
  test.each<readonly [what: string, query: (good: string) => string, cookie: (good: string) => string]>([
    ['the query parameter', (good) => `access_token=${good}&access_token=${good}`, () => 'a=b'],
    ['the query parameter, once empty', (good) => `access_token=&access_token=${good}`, () => 'a=b'],
    ['the cookie', () => '', (good) => `doorbell=${good}; a=b; doorbell=x`],
    ['the cookie, once empty', () => '', (good) => `doorbell=;doorbell=${good}`],
  ])('%s', async (_, query, cookie) => {
    const good = await tokenFor(60);
    const headers = { cookie: cookie(good) };
    const response = await serve(ANYWHERE).app.request(`/v1/who?${query(good)}`, { headers });

    await expectProblemDocument(response, 401, 'bad-token');
  });

  test('but a cookie of another name does not count', async () => {
    const headers = { cookie: `doorbells=x; doorbell=${await tokenFor(60)}; xdoorbell=y` };

    expect((await serve(ANYWHERE).app.request('/v1/who', { headers })).status).toBe(200);
  });
});

test('an expired token is told apart, for the client to get a new one', async () => {
  const headers = { authorization: `Bearer ${await tokenFor(-31)}` };
  const response = await serve(HEADER_ONLY).app.request('/v1/who', { headers });

  expect(response.status).toBe(401);
  expect(response.headers.get('www-authenticate')).toBe('Bearer error="invalid_token"');
  expect((await problem(response)).type).toBe('urn:doorbell:problem:expired-token');
});

test('no answer and no log line repeats a token', async () => {
  const { app, logger } = serve(ANYWHERE);
  const token = `${await tokenFor(60)}x`;
  const answers = await Promise.all([
    app.request('/v1/who', { headers: { authorization: `Bearer ${token}` } }),
    app.request(`/v1/who?access_token=${token}`),
    app.request('/v1/who', { headers: { cookie: `doorbell=${token}` } }),
    app.request(`/v1/nowhere?access_token=${token}`),
  ]);
  const told = await Promise.all(answers.map((answer) => answer.text()));

  for (const part of token.split('.')) expect(JSON.stringify([told, logger.lines])).not.toContain(part);
});

describe('a page of another site, in a browser that has the cookie', () => {
  const asked = async (site: string | undefined, carriers = ANYWHERE) => {
    const headers = { cookie: `doorbell=${await tokenFor(60)}`, ...(site ? { 'sec-fetch-site': site } : {}) };
    return serve(carriers).app.request('/v1/who', { headers });
  };

  test.each(['cross-site', 'same-site'])('cannot use it (%s): a poll may move a cursor', async (site) => {
    await expectProblemDocument(await asked(site), 401, 'no-token');
  });

  test.each(['same-origin', 'none', undefined])('but its own can (%s)', async (site) => {
    expect((await asked(site)).status).toBe(200);
  });

  test('can use a token that it has itself', async () => {
    const { app } = serve(ANYWHERE);
    const headers = { 'sec-fetch-site': 'cross-site' };
    const own = { ...headers, authorization: `Bearer ${await tokenFor(60)}` };

    expect((await app.request('/v1/who', { headers: own })).status).toBe(200);
    expect((await app.request(`/v1/who?access_token=${await tokenFor(60)}`, { headers })).status).toBe(200);
  });
});
