/** `doorbell token`: what it makes is what the server takes. */

import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { decodeJwt } from 'jose';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { secretKeys } from '../../../lib/auth/keys.ts';
import { Verifier } from '../../../lib/auth/verifier.ts';
import { systemClock } from '../../../lib/runtime/system.ts';
import { call, scripted } from '../../support/cli/terminal.ts';
import { MemoryLogger } from '../../support/memory/doubles.ts';

const SECRET = 'the-secret-of-these-tests-0123456789';

let dataDir: string;
beforeAll(async () => {
  dataDir = await mkdtemp(join(tmpdir(), 'doorbell-cli-'));
});
afterAll(() => rm(dataDir, { recursive: true }));

function doorbell(args: readonly string[], env: Readonly<Record<string, string>> = {}) {
  return call(args, { ...scripted(), env: { DATA_DIR: dataDir, ...env } });
}

function verify(token: string) {
  const keys = [secretKeys(async () => [SECRET], { clock: systemClock, logger: new MemoryLogger() })];
  return new Verifier({ keys, claims: { read: 'read', write: 'write' }, clock: systemClock }).verify(
    token.trim(),
  );
}

test('doorbell token makes a token with the grants, the client and the lifetime that it was asked for', async () => {
  const args = ['token', '--read', 'doors', 'host.*', '--write', 'doors', '--client', 'wall', '--ttl', '15m'];
  const { exit: code, out } = await doorbell(args, { DOORBELL_SECRET: SECRET });

  expect(code).toBe(0);
  expect(await verify(out)).toEqual({
    caller: {
      read: ['doors', 'host.*'],
      write: ['doors'],
      client: 'wall',
      principal: 'sub wall',
      untilMs: expect.any(Number),
    },
    lifetimeS: 900,
  });
});

test('doorbell token lets it make, close and delete streams, where that is asked for', async () => {
  const args = ['token', '--read', '*', '--manage', 'doors', 'docs/*', '*'];
  const { out } = await doorbell(args, { DOORBELL_SECRET: SECRET });

  expect((await verify(out)).caller.manage).toEqual(['doors', 'docs/*', '*']);
});

test.each(['read', 'write', 'manage', 'share'] as const)(
  'doorbell token takes names of streams and what is below a slash for --%s',
  async (claim) => {
    const grants = ['docs/*', 'rt/a', 'rt/a.*', 'doors'];
    const { exit, out, err } = await doorbell(['token', `--${claim}`, ...grants], {
      DOORBELL_SECRET: SECRET,
    });

    expect([exit, err]).toEqual([0, '']);
    expect((await verify(out)).caller[claim]).toEqual(grants);
  },
);

test('doorbell token makes one for what stands before Doorbell, where that is asked for', async () => {
  const { out } = await doorbell(['token', '--share', 'doors', 'board.*'], { DOORBELL_SECRET: SECRET });

  expect((await verify(out)).caller).toMatchObject({ read: [], write: [], share: ['doors', 'board.*'] });
});

test('doorbell token gives each token an id, by which it can be called back', async () => {
  const { out } = await doorbell(['token', '--read', '*'], { DOORBELL_SECRET: SECRET });

  expect(decodeJwt(out.trim()).jti).toMatch(/^[0-9a-f]{32}$/);
});

test('signs with the newest of several secrets, for an hour', async () => {
  const { out } = await doorbell(['token', '--read', '*'], {
    DOORBELL_SECRET: `${SECRET}\n${'o'.repeat(32)}`,
  });

  expect(await verify(out)).toEqual({
    caller: { read: ['*'], write: [], principal: expect.any(String), untilMs: expect.any(Number) },
    lifetimeS: 3_600,
  });
});

test('uses the development key of npm start, and says where it looked when there is none', async () => {
  const without = await doorbell(['token', '--read', 'doors']);
  await writeFile(join(dataDir, 'secret'), `${SECRET}\n`);
  const made = await doorbell(['token', '--read', 'doors']);

  expect([without.exit, without.out]).toEqual([1, '']);
  expect(without.err).toContain(join(dataDir, 'secret'));
  expect((await verify(made.out)).caller.read).toEqual(['doors']);
});

test.each([
  ['no grant', ['token'], '--read or --write'],
  ['a grant that covers nothing', ['token', '--read', 'do*rs'], "'prefix.*'"],
  ['a stream whose name is none', ['token', '--read', 'docs//a'], "'prefix/*'"],
  ['a grant below nothing', ['token', '--write', '/*'], "'prefix/*'"],
  ['keys of what is managed', ['token', '--manage', 'doors#a'], "'prefix/*'"],
  ['a key that is empty', ['token', '--read', 'doors#'], "'#key'"],
  ['a client id that cannot be', ['token', '--read', 'doors', '--client', 'a b'], '1 to 64 characters'],
  ['a time without a unit', ['token', '--read', 'doors', '--ttl', '60'], 's, m, h or d'],
  ['no time at all', ['token', '--read', 'doors', '--ttl', '0s'], 'from 1s to 366d'],
  ['an unknown option', ['token', '--raed', 'doors'], '--raed'],
  ['an unknown command', ['tokens'], 'unknown command'],
])('doorbell token refuses %s with exit code 2, on standard error', async (_, args, message) => {
  const { exit: code, out, err } = await doorbell(args, { DOORBELL_SECRET: SECRET });

  expect([code, out]).toEqual([2, '']);
  expect(err).toContain(message);
});

test('doorbell token refuses a secret that is too short, without repeating it', async () => {
  const { exit: code, err } = await doorbell(['token', '--read', 'doors'], { DOORBELL_SECRET: 'hunter2' });

  expect(code).toBe(1);
  expect(err).toContain('at least 32 bytes');
  expect(err).not.toContain('hunter2');
});
