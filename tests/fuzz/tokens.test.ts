/** Tokens and settings: what is not exactly right is refused with a code, or at the start with a message that tells no secret. */

import fc from 'fast-check';
import { CompactSign } from 'jose';
import { expect, test } from 'vitest';
import { tokenSettings } from '../../lib/auth/settings.ts';
import {
  backendChannel,
  corsOrigins,
  cursorMs,
  maxHeldPolls,
  maxHeldPollsPerToken,
  publicChannels,
  repeatsPerSecond,
  retentionMs,
  sharedChannels,
} from '../../lib/compose/settings.ts';
import type { Problem } from '../../lib/protocol/doorbell.ts';
import { BORN, MEMORY_SECRET, memoryApp } from '../support/memory/memory-app.ts';
import { runs, TIMEOUT_MS } from './runs.ts';

const encode = (text: string) => new TextEncoder().encode(text);
const REFUSALS = ['no-token', 'bad-token', 'expired-token', 'forbidden'];
const printable = fc.string({
  unit: fc.integer({ min: 0x20, max: 0x7e }).map((code) => String.fromCharCode(code)),
});
const base64 = fc.oneof(
  fc.base64String(),
  fc.json().map((text) => Buffer.from(text).toString('base64url')),
);

async function ask(authorization: string) {
  const { app, logger, written } = await memoryApp();
  const response = await app.request(`/v1/channels/${BORN}`, { headers: { authorization } });
  return { status: response.status, problem: (await response.json()) as Problem, logger, written };
}

async function expectRefused(authorization: string): Promise<void> {
  const { status, problem, logger, written } = await ask(authorization);
  expect([401, 403]).toContain(status);
  expect(REFUSALS.map((code) => `urn:doorbell:problem:${code}`)).toContain(problem.type);
  expect(written()).toEqual([]);
  expect(logger.lines).toEqual([]);
}

test(
  'whatever the Authorization header says, nobody is let in by chance',
  async () => {
    const header = fc.oneof(
      printable,
      printable.map((text) => `Bearer ${text}`),
      fc.array(base64, { maxLength: 5 }).map((parts) => `Bearer ${parts.join('.')}`),
      fc
        .tuple(fc.constantFrom('HS256', 'none', 'None', 'RS256', 'HS512', '', '__proto__'), base64, base64)
        .map(
          ([alg, payload, signature]) =>
            `Bearer ${Buffer.from(JSON.stringify({ alg })).toString('base64url')}.${payload}.${signature}`,
        ),
      fc.nat(20_000).map((length) => `Bearer ${'a.'.repeat(length)}`),
    );
    await fc.assert(fc.asyncProperty(header, expectRefused), runs(300));
  },
  TIMEOUT_MS,
);

test(
  'a good token with any one character changed is no token',
  async () => {
    const { token } = await memoryApp();
    // The last character of a signature holds 4 bits of it and 2 that are nothing.
    const change = fc
      .tuple(fc.nat(token.length - 2), fc.constantFrom(...'ABCabc019-_.+/= ~'))
      .filter(([at, char]) => token[at] !== char);

    await fc.assert(
      fc.asyncProperty(change, ([at, char]) =>
        expectRefused(`Bearer ${token.slice(0, at)}${char}${token.slice(at + 1)}`),
      ),
      runs(300),
    );
  },
  TIMEOUT_MS,
);

test(
  'whatever a signed token claims, it is understood or refused',
  async () => {
    const claim = fc.oneof(
      fc.jsonValue(),
      fc.double(),
      fc.constantFrom('*', ['*'], [BORN], ['*.*'], ['.*'], [''], [['*']], { 0: '*' }, 1e308, -1),
    );
    const claims = fc.dictionary(
      fc.constantFrom('read', 'write', 'sub', 'exp', 'iat', 'nbf', 'iss', 'aud', 'jti', 'crit'),
      claim,
    );
    await fc.assert(
      fc.asyncProperty(claims, fc.boolean(), async (payload, lasting) => {
        const whole = { ...payload, ...(lasting ? { exp: 4_000_000_000 } : {}) };
        // As text: a library that makes tokens would refuse to make these. JSON has numbers beyond every double.
        const text = JSON.stringify(whole).replaceAll('1e+308', '1e400');
        const token = await new CompactSign(encode(text))
          .setProtectedHeader({ alg: 'HS256' })
          .sign(encode(MEMORY_SECRET));

        const { status, logger } = await ask(`Bearer ${token}`);

        expect([200, 401, 403]).toContain(status);
        const grants = [payload.read].flat();
        if (status === 200) expect(grants.some((grant) => typeof grant === 'string')).toBe(true);
        expect(logger.lines.filter(({ level }) => level === 'error')).toEqual([]);
      }),
      runs(300),
    );
  },
  TIMEOUT_MS,
);

test(
  'settings are taken, or refused with the name of the variable and without its secret',
  () => {
    const secret = fc.string({ minLength: 5, unit: 'grapheme-ascii' }).map((text) => `hunter2${text}`);
    const value = fc.oneof(
      fc.string({ unit: 'binary' }),
      fc.constantFrom(
        '',
        'true',
        'https://id.example/keys',
        'http://id.example',
        'https://[',
        '*',
        '0',
        '1e3',
        '-1',
        'NaN',
        '87601',
      ),
      fc.nat().map(String),
    );
    const NAMES = [
      'DOORBELL_SECRET_PARAMETER',
      'DOORBELL_JWKS_URL',
      'DOORBELL_ISSUER',
      'DOORBELL_AUDIENCE',
      'DOORBELL_READ_CLAIM',
      'DOORBELL_CLIENT_CLAIM',
      'DOORBELL_TOKEN_COOKIE',
      'DOORBELL_TOKEN_QUERY',
      'CORS_ORIGINS',
      'BACKEND_CHANNEL',
      'SHARED_CHANNELS',
      'PUBLIC_CHANNELS',
      'DOORBELL_SHARE_CLAIM',
      'RETENTION_HOURS',
      'CURSOR_HOURS',
      'MAX_HELD_POLLS',
      'MAX_HELD_POLLS_PER_TOKEN',
      'REPEATS_PER_SECOND',
    ];
    const environment = fc
      .tuple(fc.dictionary(fc.constantFrom(...NAMES), value), fc.option(secret))
      .map(([env, key]) => ({
        ...env,
        ...(key === null ? {} : { DOORBELL_SECRET: key }),
      }));
    const readers = [
      tokenSettings,
      corsOrigins,
      backendChannel,
      sharedChannels,
      publicChannels,
      retentionMs,
      cursorMs,
      maxHeldPolls,
      maxHeldPollsPerToken,
      repeatsPerSecond,
    ];

    fc.assert(
      fc.property(environment, (env) => {
        for (const read of readers) {
          try {
            read(env);
          } catch (error) {
            const message = error instanceof Error ? error.message : '';
            expect(message).toMatch(
              /DOORBELL_|CORS_ORIGINS|BACKEND_CHANNEL|SHARED_CHANNELS|PUBLIC_CHANNELS|_HOURS|MAX_HELD_POLLS|REPEATS_PER_SECOND/,
            );
            expect(message).not.toContain('hunter2');
          }
        }
      }),
      runs(500),
    );
  },
  TIMEOUT_MS,
);
