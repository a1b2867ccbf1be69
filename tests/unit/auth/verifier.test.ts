/** Which tokens are taken, which are refused, and under which code. */

import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { exportJWK, generateKeyPair, type JWTPayload, SignJWT, UnsecuredJWT } from 'jose';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { jwksKeys, kidOf, secretKeys } from '../../../lib/auth/keys.ts';
import { mint } from '../../../lib/auth/mint.ts';
import { CLOCK_TOLERANCE_S, Verifier } from '../../../lib/auth/verifier.ts';
import { MemoryLogger } from '../../support/memory/doubles.ts';
import { FakeClock } from '../../support/time/clock.ts';

const SECRET = 'the-secret-of-these-tests-0123456789';
const OLD_SECRET = 'the-secret-that-was-before-0123456789';
const CLAIMS = { read: 'read', write: 'write' };
const ISSUER = 'https://id.example/';
const AUDIENCE = 'doorbell';

const encode = (secret: string) => new TextEncoder().encode(secret);

function setUp(...secrets: readonly string[]) {
  const clock = new FakeClock();
  const logger = new MemoryLogger();
  const keys = [secretKeys(async () => secrets, { clock, logger })];
  const seconds = Math.floor(clock.now() / 1000);
  const sign = (payload: JWTPayload, secret = SECRET, header = {}) =>
    new SignJWT(payload).setProtectedHeader({ alg: 'HS256', ...header }).sign(encode(secret));
  return { clock, seconds, sign, verifier: new Verifier({ keys, claims: CLAIMS, clock }) };
}

describe('a token signed with the shared secret', () => {
  test('gives its grants, its client and its lifetime', async () => {
    const { clock, verifier } = setUp(SECRET);
    const grants = { read: ['doors', 'host.*'], write: ['alerts'] };
    const token = await mint(SECRET, { ...grants, client: 'wall', ttlS: 60, now: clock.now() });

    expect(await verifier.verify(token)).toEqual({
      caller: { ...grants, client: 'wall', principal: 'sub wall', untilMs: expect.any(Number) },
      lifetimeS: 60,
    });
  });

  test('grants nothing that it does not name', async () => {
    const { seconds, sign, verifier } = setUp(SECRET);

    expect(await verifier.verify(await sign({ exp: seconds + 60 }))).toEqual({
      caller: { read: [], write: [], principal: expect.any(String), untilMs: expect.any(Number) },
      lifetimeS: Number.POSITIVE_INFINITY,
    });
  });

  test('is bound by the claim that is named for it, without that by its subject', async () => {
    const { clock, seconds, sign } = setUp(SECRET);
    const keys = [secretKeys(async () => [SECRET], { clock, logger: new MemoryLogger() })];
    const verifier = new Verifier({ keys, claims: { ...CLAIMS, client: 'c' }, clock });
    const bound = async (payload: JWTPayload) =>
      (await verifier.verify(await sign({ exp: seconds + 60, ...payload }))).caller.client;

    expect(await bound({ sub: 'auth0|7', c: 'auth0.7' })).toBe('auth0.7');
    expect(await bound({ c: 'auth0.7' })).toBe('auth0.7');
    expect(await bound({ sub: 'auth0|7' })).toBe('auth0|7');
    expect(await bound({})).toBeUndefined();
    for (const c of [7, null, ['auth0.7']])
      await expect(bound({ sub: 'auth0|7', c })).rejects.toMatchObject({ code: 'bad-token' });
  });

  test('is counted with the others of its subject, or else alone', async () => {
    const { seconds, sign, verifier } = setUp(SECRET);
    const principal = async (payload: JWTPayload) =>
      (await verifier.verify(await sign(payload))).caller.principal;

    expect(await principal({ sub: 'wall', exp: seconds + 60 })).toBe(
      await principal({ sub: 'wall', exp: seconds + 61 }),
    );
    expect(await principal({ exp: seconds + 60 })).toBe(await principal({ exp: seconds + 60 }));
    expect(await principal({ exp: seconds + 60 })).not.toBe(await principal({ exp: seconds + 61 }));
  });

  test('that was called back by its id, or with all of its subject, is refused for good', async () => {
    const { clock, seconds, sign } = setUp(SECRET);
    const keys = [secretKeys(async () => [SECRET], { clock, logger: new MemoryLogger() })];
    const revoked = new Set(['leaked', 'wall', '77']);
    const verifier = new Verifier({ keys, claims: CLAIMS, revoked, clock });
    const exp = seconds + 60;

    for (const payload of [
      { jti: 'leaked', exp },
      { jti: 'other', sub: 'wall', exp },
      // Not what the types and RFC 7519 say, but what some provider may do.
      { jti: 77 as unknown as string, exp },
    ])
      await expect(verifier.verify(await sign(payload))).rejects.toMatchObject({
        code: 'bad-token',
        message: 'The token was called back.',
      });
    for (const payload of [{ exp }, { jti: 'leaked2', sub: 'Wall', exp }])
      await expect(verifier.verify(await sign(payload))).resolves.toBeDefined();
  });

  test('may hold its grants as one string, as some identity providers make them', async () => {
    const { seconds, sign, verifier } = setUp(SECRET);
    const { caller } = await verifier.verify(await sign({ read: ' doors  host.*', exp: seconds + 60 }));

    expect(caller.read).toEqual(['doors', 'host.*']);
  });

  test('may hold them under other names', async () => {
    const { clock, seconds, sign } = setUp(SECRET);
    const keys = [secretKeys(async () => [SECRET], { clock, logger: new MemoryLogger() })];
    const verifier = new Verifier({ keys, claims: { read: 'custom:read', write: 'custom:write' }, clock });
    const token = await sign({ 'custom:read': ['doors'], read: ['*'], write: ['*'], exp: seconds + 60 });

    expect((await verifier.verify(token)).caller).toEqual({
      read: ['doors'],
      write: [],
      principal: expect.any(String),
      untilMs: expect.any(Number),
    });
  });

  test('is good until its end and the tolerance for clocks that differ, then expired', async () => {
    const { clock, seconds, sign, verifier } = setUp(SECRET);
    const token = await sign({ exp: seconds + 60 });

    await clock.advance((60 + CLOCK_TOLERANCE_S - 1) * 1000);
    await verifier.verify(token);
    await clock.advance(1000);

    await expect(verifier.verify(token)).rejects.toMatchObject({ code: 'expired-token', status: 401 });
  });

  test('is not good before its beginning and the tolerance', async () => {
    const { seconds, sign, verifier } = setUp(SECRET);

    await verifier.verify(await sign({ nbf: seconds + CLOCK_TOLERANCE_S, exp: seconds + 60 }));
    await expect(
      verifier.verify(await sign({ nbf: seconds + CLOCK_TOLERANCE_S + 1, exp: seconds + 60 })),
    ).rejects.toMatchObject({ code: 'bad-token', message: expect.stringContaining("'nbf'") });
  });

  test.each<[string, JWTPayload]>([
    ['without an end', { read: ['*'] }],
    ['whose grants are a number', { read: 7, exp: 4e9 }],
    ['whose grants are an object', { write: { doors: true }, exp: 4e9 }],
    ['whose grants hold a number', { read: ['doors', 7], exp: 4e9 }],
    ['whose grants are null', { read: null, exp: 4e9 }],
  ])('%s is refused for good', async (_, payload) => {
    const { sign, verifier } = setUp(SECRET);

    await expect(verifier.verify(await sign(payload))).rejects.toMatchObject({
      code: 'bad-token',
      status: 401,
    });
  });
});

describe('a token that was not signed with the shared secret', () => {
  test.each(['', 'x', 'a.b', 'a.b.c', '..', 'null', '{}', 'e30.e30.e30', 'x'.repeat(8_193)])(
    '%.20j is refused',
    async (token) => {
      await expect(setUp(SECRET).verifier.verify(token)).rejects.toMatchObject({ code: 'bad-token' });
    },
  );

  test('but with another is refused', async () => {
    const { seconds, sign, verifier } = setUp(SECRET);

    await expect(verifier.verify(await sign({ exp: seconds + 60 }, OLD_SECRET))).rejects.toMatchObject({
      code: 'bad-token',
      message: 'The token is not signed with a key that is accepted here.',
    });
  });

  test("with algorithm 'none' is refused", async () => {
    const { seconds, verifier } = setUp(SECRET);
    const token = new UnsecuredJWT({ read: ['*'], exp: seconds + 60 }).encode();

    await expect(verifier.verify(token)).rejects.toMatchObject({ code: 'bad-token' });
  });

  test('but with the same secret and another algorithm is refused', async () => {
    const { seconds, verifier } = setUp(SECRET);
    const token = await new SignJWT({ exp: seconds + 60 })
      .setProtectedHeader({ alg: 'HS512' })
      .sign(encode(SECRET.repeat(2)));

    await expect(verifier.verify(token)).rejects.toMatchObject({ code: 'bad-token' });
  });

  test('and whose grants were changed afterwards is refused', async () => {
    const { seconds, sign, verifier } = setUp(SECRET);
    const [head, , signature] = (await sign({ read: ['doors'], exp: seconds + 60 })).split('.');
    const body = Buffer.from(JSON.stringify({ read: ['*'], exp: seconds + 60 })).toString('base64url');

    await expect(verifier.verify([head, body, signature].join('.'))).rejects.toMatchObject({
      code: 'bad-token',
    });
  });
});

describe('while one secret replaces another', () => {
  test('tokens of both are good, with and without a kid', async () => {
    const { clock, seconds, sign, verifier } = setUp(SECRET, OLD_SECRET);
    const ttl = { read: ['doors'], write: [], ttlS: 60, now: clock.now() };

    for (const token of [
      await mint(SECRET, ttl),
      await mint(OLD_SECRET, ttl),
      await sign({ exp: seconds + 60 }, SECRET),
      await sign({ exp: seconds + 60 }, OLD_SECRET),
      await sign({ exp: seconds + 60 }, OLD_SECRET, { kid: 'of-another-tool' }),
    ])
      await expect(verifier.verify(token)).resolves.toBeDefined();
  });

  test("a token that names one secret's kid is not tried with the other", async () => {
    const { seconds, sign, verifier } = setUp(SECRET, OLD_SECRET);
    const token = await sign({ exp: seconds + 60 }, OLD_SECRET, { kid: kidOf(SECRET) });

    await expect(verifier.verify(token)).rejects.toMatchObject({ code: 'bad-token' });
  });

  describe('a process that has slept since before the change', () => {
    /** It knows the old secret; the new one has been there for an hour. */
    async function asleep() {
      const clock = new FakeClock();
      let secrets = [OLD_SECRET];
      let reads = 0;
      const load = async () => {
        reads++;
        return secrets;
      };
      const keys = [secretKeys(load, { clock, logger: new MemoryLogger() })];
      const verifier = new Verifier({ keys, claims: CLAIMS, clock });
      const token = (secret: string) =>
        mint(secret, { read: ['doors'], write: [], ttlS: 60, now: clock.now() });
      await verifier.verify(await token(OLD_SECRET));
      secrets = [SECRET, OLD_SECRET];
      await clock.advance(3_600_000);
      return { clock, verifier, token, reads: () => reads };
    }

    test('takes a token signed with the new one at once', async () => {
      const { verifier, token } = await asleep();

      await expect(verifier.verify(await token(SECRET))).resolves.toBeDefined();
    });

    test('does not read the secrets again for every token that nobody has signed', async () => {
      const { clock, verifier, token, reads } = await asleep();
      const forged = await token(`${SECRET}!`);
      for (let i = 0; i < 10; i++)
        await expect(verifier.verify(forged)).rejects.toMatchObject({ code: 'bad-token' });

      expect(reads()).toBe(2);
      await clock.advance(30_000);
      await expect(verifier.verify(forged)).rejects.toMatchObject({ code: 'bad-token' });
      expect(reads()).toBe(3);
    });
  });

  test('a kid tells nothing of its secret but which it is', () => {
    expect(kidOf(SECRET)).toMatch(/^[\w-]{11}$/);
    expect(kidOf(SECRET)).not.toBe(kidOf(OLD_SECRET));
  });
});

test('keys that cannot be had are a fault of ours, for now', async () => {
  const clock = new FakeClock();
  const load = () => Promise.reject(new Error('AccessDenied'));
  const keys = [secretKeys(load, { clock, logger: new MemoryLogger() })];
  const verifier = new Verifier({ keys, claims: CLAIMS, clock });
  const token = await mint(SECRET, { read: [], write: [], ttlS: 60, now: clock.now() });

  await expect(verifier.verify(token)).rejects.toMatchObject({ code: 'unavailable', status: 503 });
});

describe("a token signed with an identity provider's key", () => {
  const pairs = {
    one: generateKeyPair('RS256'),
    two: generateKeyPair('ES256'),
    three: generateKeyPair('RS256'),
    foreign: generateKeyPair('RS256'),
  };
  let published: object[] = [];
  let status = 200;
  let fetches = 0;
  const provider = createServer((_, response) => {
    fetches++;
    response
      .writeHead(status, { 'content-type': 'application/json' })
      .end(JSON.stringify({ keys: published }));
  });
  let url = '';
  beforeAll(async () => {
    provider.listen(0, '127.0.0.1');
    await once(provider, 'listening');
    url = `http://127.0.0.1:${(provider.address() as AddressInfo).port}/keys`;
  });
  afterAll(() => void provider.close());

  async function publish(...names: ReadonlyArray<keyof typeof pairs>) {
    status = 200;
    fetches = 0;
    published = await Promise.all(
      names.map(async (name) => ({
        ...(await exportJWK((await pairs[name]).publicKey)),
        kid: name,
        use: 'sig',
      })),
    );
  }

  function provided(secret?: string) {
    const clock = new FakeClock();
    const logger = new MemoryLogger();
    const set = jwksKeys({ url, issuer: ISSUER, audience: AUDIENCE }, { clock, logger });
    const shared = secretKeys(async () => [secret ?? ''], { clock, logger });
    const keys = secret === undefined ? [set] : [shared, set];
    const exp = Math.floor(clock.now() / 1000) + 60;
    const good = { iss: ISSUER, aud: AUDIENCE, sub: 'auth0|7', read: ['doors'], exp };
    return { clock, good, verifier: new Verifier({ keys, claims: CLAIMS, clock }) };
  }

  /** `kid` null: the token names none. */
  const sign = async (name: keyof typeof pairs, payload: JWTPayload, kid: string | null = name) =>
    new SignJWT(payload)
      .setProtectedHeader({ alg: name === 'two' ? 'ES256' : 'RS256', ...(kid === null ? {} : { kid }) })
      .sign((await pairs[name]).privateKey);

  test('is taken, bound to its subject; the key set is fetched once', async () => {
    await publish('one', 'two');
    const { good, verifier } = provided();

    expect((await verifier.verify(await sign('one', good))).caller).toEqual({
      read: ['doors'],
      write: [],
      client: 'auth0|7',
      principal: 'sub auth0|7',
      untilMs: expect.any(Number),
    });
    await verifier.verify(await sign('two', good));
    expect(fetches).toBe(1);
  });

  test.each([
    ['of another issuer', { iss: 'https://evil.example/' }],
    ['without an issuer', { iss: undefined }],
    ['for another audience', { aud: 'shop' }],
    ['without an audience', { aud: undefined }],
    ['without an end', { exp: undefined }],
  ])('%s is refused', async (_, change) => {
    await publish('one');
    const { good, verifier } = provided();

    const payload = Object.assign<JWTPayload, object>({ ...good }, change);

    await expect(verifier.verify(await sign('one', payload))).rejects.toMatchObject({
      code: 'bad-token',
    });
  });

  test('that the provider does not publish is refused, whatever kid it names', async () => {
    await publish('one');
    const { good, verifier } = provided();

    for (const kid of ['foreign', 'one'])
      await expect(verifier.verify(await sign('foreign', good, kid))).rejects.toMatchObject({
        code: 'bad-token',
      });
  });

  test.each<readonly [what: string, kids: readonly [string, string], kid: string | null]>([
    ['two keys have one kid', ['same', 'same'], 'same'],
    ['it names no kid', ['one', 'three'], null],
  ])('is good by whichever key fits when %s', async (_, kids, kid) => {
    await publish('one', 'three');
    published = published.map((key, i) => ({ ...key, kid: kids[i] }));
    const { good, verifier } = provided();

    for (const name of ['one', 'three'] as const)
      await expect(verifier.verify(await sign(name, good, kid))).resolves.toBeDefined();
    await expect(verifier.verify(await sign('foreign', good, kid))).rejects.toMatchObject({
      code: 'bad-token',
    });
    const expired = { ...good, exp: good.exp - 600 };
    await expect(verifier.verify(await sign('three', expired, kid))).rejects.toMatchObject({
      code: 'expired-token',
    });
  });

  test('is good by the key that fits beside one that cannot be used', async () => {
    await publish('one', 'three');
    published = published.map((key, i) => ({ ...key, kid: 'same', ...(i === 0 ? { n: 'AQAB' } : {}) }));
    const { good, verifier } = provided();

    await expect(verifier.verify(await sign('three', good, 'same'))).resolves.toBeDefined();
  });

  test('is not checked with a shared secret, nor a shared-secret token with the public key', async () => {
    await publish('one');
    const { good, verifier } = provided(SECRET);
    const publicKey = JSON.stringify(published[0]);
    const confused = await new SignJWT(good).setProtectedHeader({ alg: 'HS256' }).sign(encode(publicKey));

    await expect(verifier.verify(confused)).rejects.toMatchObject({ code: 'bad-token' });
    await expect(verifier.verify(await sign('one', good))).resolves.toBeDefined();
    const own = await new SignJWT({ exp: good.exp })
      .setProtectedHeader({ alg: 'HS256' })
      .sign(encode(SECRET));
    await expect(verifier.verify(own)).resolves.toBeDefined();
  });

  test('is good after the provider changed its key, without a restart', async () => {
    await publish('one');
    const { clock, good, verifier } = provided();
    await verifier.verify(await sign('one', good));
    await publish('two');

    await clock.advance(10 * 60_000);
    const exp = Math.floor(clock.now() / 1000) + 60;
    await verifier.verify(await sign('one', { ...good, exp }));
    await expect
      .poll(async () => {
        const token = await sign('one', { ...good, exp });
        return Promise.resolve(verifier.verify(token)).catch(
          (error: { readonly code: string }) => error.code,
        );
      })
      .toBe('bad-token');
    await verifier.verify(await sign('two', { ...good, exp }));
  });

  test.each([500, 404, 302])('while the provider answers %i is told to come again', async (answer) => {
    await publish('one');
    status = answer;
    const { clock, good, verifier } = provided();

    await expect(verifier.verify(await sign('one', good))).rejects.toMatchObject({
      code: 'unavailable',
    });
    status = 200;
    await clock.advance(1_000);
    await expect(verifier.verify(await sign('one', good))).resolves.toBeDefined();
  });

  test('is told to come again while a provider is down, which is not asked once per token', async () => {
    await publish('one');
    status = 500;
    const { clock, good, verifier } = provided();

    for (let i = 0; i < 10; i++)
      await expect(verifier.verify(await sign('one', { ...good, jti: String(i) }))).rejects.toMatchObject({
        code: 'unavailable',
      });
    expect(fetches).toBe(1);
    await clock.advance(1_000);
    await expect(verifier.verify(await sign('one', good))).rejects.toMatchObject({
      code: 'unavailable',
    });
    expect(fetches).toBe(2);
  });

  test('with a new kid is taken at once, and forged ones do not make the provider be asked for each', async () => {
    await publish('one');
    const { clock, good, verifier } = provided();
    await verifier.verify(await sign('one', good));
    await publish('one', 'two');
    await clock.advance(30_000);

    await expect(verifier.verify(await sign('two', good))).resolves.toBeDefined();
    for (let i = 0; i < 10; i++)
      await expect(verifier.verify(await sign('foreign', good, `kid-${i}`))).rejects.toMatchObject({
        code: 'bad-token',
      });
    expect(fetches).toBe(1);
  });

  test('with a new kid is told to come again, not to stop, while the provider is down; others go on', async () => {
    await publish('one');
    const { clock, good, verifier } = provided();
    await verifier.verify(await sign('one', good));
    await publish('one', 'two');
    status = 500;
    await clock.advance(30_000);

    for (let i = 0; i < 10; i++)
      await expect(verifier.verify(await sign('two', { ...good, jti: String(i) }))).rejects.toMatchObject({
        code: 'unavailable',
      });
    expect(fetches).toBe(1);
    await expect(verifier.verify(await sign('one', { ...good, jti: 'x' }))).resolves.toBeDefined();
    status = 200;
    await clock.advance(29_000);
    await expect(verifier.verify(await sign('two', good))).rejects.toMatchObject({
      code: 'unavailable',
    });
    await clock.advance(1_000);
    await expect(verifier.verify(await sign('two', good))).resolves.toBeDefined();
  });
});
