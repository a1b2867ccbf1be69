/** A good token is not checked again for a while, and never when that could matter. */

import { type JWTPayload, SignJWT } from 'jose';
import { describe, expect, test } from 'vitest';
import { type Keys, secretKeys } from '../../../lib/auth/keys.ts';
import { digestOf, KEEP_MS, MAX_KEPT, VerifiedTokens } from '../../../lib/auth/verified-cache.ts';
import { CLOCK_TOLERANCE_S, Verifier } from '../../../lib/auth/verifier.ts';
import { MemoryLogger } from '../../support/memory/doubles.ts';
import { FakeClock } from '../../support/time/clock.ts';

const SECRET = 'the-secret-of-these-tests-0123456789';
const NEXT_SECRET = 'the-secret-that-comes-after-0123456789';
const CLAIMS = { read: 'read', write: 'write' };
/** Milliseconds after which the keys are read again behind whoever comes. */
const REFRESH_MS = 10 * 60_000;

/** A verifier that counts how often it needs the keys, that is, how often it checks a signature. */
async function setUp() {
  const clock = new FakeClock();
  let secrets: readonly string[] = [SECRET];
  const keys = secretKeys(async () => secrets, { clock, logger: new MemoryLogger() });
  let checks = 0;
  const counted: Keys = {
    ...keys,
    candidates: (header) => {
      checks++;
      return keys.candidates(header);
    },
  };
  // As every process does; what is read after a token came is no reason to trust what was found before.
  keys.warm();
  await clock.advance(0);
  const sign = (payload: JWTPayload, secret = SECRET) =>
    new SignJWT(payload).setProtectedHeader({ alg: 'HS256' }).sign(new TextEncoder().encode(secret));
  return {
    clock,
    seconds: Math.floor(clock.now() / 1000),
    sign,
    verifier: new Verifier({ keys: [counted], claims: CLAIMS, clock }),
    checks: () => checks,
    change: (...next: readonly string[]) => {
      secrets = next;
    },
  };
}

describe('a good token', () => {
  test('is checked once in a minute, however often it comes', async () => {
    const { clock, seconds, sign, verifier, checks } = await setUp();
    const token = await sign({ read: ['doors'], sub: 'wall', exp: seconds + 3_600 });

    const first = await verifier.verify(token);
    await clock.advance(KEEP_MS - 1);
    expect(await verifier.verify(token)).toEqual(first);
    expect(checks()).toBe(1);

    await clock.advance(1);
    expect(await verifier.verify(token)).toEqual(first);
    expect(checks()).toBe(2);
  });

  test('is expired when it is expired, though it was good a moment ago', async () => {
    const { clock, seconds, sign, verifier } = await setUp();
    const token = await sign({ exp: seconds + 5 });

    await verifier.verify(token);
    await clock.advance((5 + CLOCK_TOLERANCE_S) * 1000 - 1);
    await verifier.verify(token);
    await clock.advance(1);

    await expect(verifier.verify(token)).rejects.toMatchObject({ code: 'expired-token' });
  });

  test('is not good before its beginning, should the clock be set back', async () => {
    const { clock, seconds, sign, verifier } = await setUp();
    const token = await sign({ nbf: seconds + CLOCK_TOLERANCE_S, exp: seconds + 3_600 });

    await verifier.verify(token);
    clock.jump(-1_000);

    await expect(verifier.verify(token)).rejects.toMatchObject({ code: 'bad-token' });
  });

  test('is refused once the keys were read again without its own', async () => {
    const { clock, seconds, sign, verifier, change } = await setUp();
    const old = await sign({ exp: seconds + 3_600 });
    change(NEXT_SECRET);
    await clock.advance(REFRESH_MS);

    await verifier.verify(old);
    await clock.advance(0);

    await expect(verifier.verify(old)).rejects.toMatchObject({ code: 'bad-token' });
  });

  test('is checked again, and good, once the keys were read again with its own', async () => {
    const { clock, seconds, sign, verifier, checks, change } = await setUp();
    const old = await sign({ exp: seconds + 3_600 });
    change(NEXT_SECRET, SECRET);
    await clock.advance(REFRESH_MS);
    await verifier.verify(old);
    await clock.advance(0);

    await verifier.verify(old);
    await verifier.verify(old);

    expect(checks()).toBe(2);
  });

  test('says nothing for one that differs by a letter', async () => {
    const { seconds, sign, verifier } = await setUp();
    const token = await sign({ read: ['doors'], exp: seconds + 60 });
    await verifier.verify(token);
    const [head, body, signature = ''] = token.split('.');
    const forged = [head, body, (signature.startsWith('A') ? 'B' : 'A') + signature.slice(1)].join('.');

    await expect(verifier.verify(forged)).rejects.toMatchObject({ code: 'bad-token' });
    expect(await verifier.verify(token)).toBeDefined();
  });
});

test('a token that was found good a moment ago is there at once, as long as that holds', async () => {
  const { clock, seconds, sign, verifier } = await setUp();
  const token = await sign({ read: ['doors'], sub: 'wall', exp: seconds + 3_600 });
  const first = verifier.verify(token);
  const verified = await first;

  expect(first).toBeInstanceOf(Promise);
  expect(verifier.verify(token)).toBe(verified);

  await clock.advance(KEEP_MS);
  const again = verifier.verify(token);
  expect(again).toBeInstanceOf(Promise);
  await again;
});

test('a bad token is not kept', async () => {
  const { seconds, sign, verifier, checks } = await setUp();
  const token = await sign({ exp: seconds + 60 }, NEXT_SECRET);

  for (let i = 0; i < 3; i++) await expect(verifier.verify(token)).rejects.toThrow();

  expect(checks()).toBe(3);
});

describe('what is kept', () => {
  test('is bounded: the token that was checked first goes', () => {
    const clock = new FakeClock();
    const kept = new VerifiedTokens<number>(clock);
    const until = clock.now() + KEEP_MS;
    for (let i = 0; i <= MAX_KEPT; i++) kept.put(`token-${i}`, i, until, () => true);

    expect([kept.size, kept.find('token-0'), kept.find('token-1'), kept.find(`token-${MAX_KEPT}`)]).toEqual([
      MAX_KEPT,
      undefined,
      1,
      MAX_KEPT,
    ]);
  });

  test('is forgotten when it is over, with the next token that is kept', async () => {
    const clock = new FakeClock();
    const kept = new VerifiedTokens<number>(clock);
    for (let i = 0; i < 10; i++) kept.put(`token-${i}`, i, clock.now() + KEEP_MS, () => true);
    await clock.advance(KEEP_MS);

    kept.put('new', 10, clock.now() + KEEP_MS, () => true);

    expect(kept.size).toBe(1);
  });

  test('is a digest, and no token', () => {
    expect(digestOf('a.b.c')).toMatch(/^[\w-]{43}$/);
  });
});
