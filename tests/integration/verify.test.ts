/** A short run of the checker: it finds nothing wrong with a sound server, and what is wrong with a broken one. */

import { once } from 'node:events';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { type AddressInfo, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Rule } from '../../packages/testing/src/check/checks/violation.ts';
import { Usage } from '../../packages/testing/src/check/options.ts';
import { uninterrupted } from '../../packages/testing/src/check/stop.ts';
import { verify } from '../../packages/testing/src/check/verify.ts';
import {
  blind,
  changes,
  drops,
  forgetful,
  forgetfulOfIds,
  forgetfulOfKeys,
  holdsOn,
  type Router,
  repeats,
  swaps,
  tampered,
} from '../support/http/broken.ts';
import { listen } from '../support/http/http.ts';
import { startProcess } from '../support/stack/process.ts';
import { type Stack, startStack } from '../support/stack/stack.ts';

/** Others each time, so that the suite looks at more than one run; the verdict tells it. */
const FIRST_SEED = Date.now() % 2 ** 31;
const LOAD = ['--producers', '3', '--readers', '8', '--channels', '2', '--rate', '40'];
/** Where a run that finds something keeps its history. */
const keptOf = (seed: string) => join(tmpdir(), `doorbell-verify-${seed}.ndjson`);
const seeds: string[] = [];
function newSeed(): string {
  const seed = String(FIRST_SEED + seeds.length);
  seeds.push(seed);
  return seed;
}

let stack: Stack;
let router: Router;
beforeAll(async () => {
  stack = await startStack();
  router = startProcess(stack).app;
});
afterAll(async () => {
  await stack.stop();
  await Promise.all(seeds.map((seed) => rm(keptOf(seed), { force: true })));
});

interface Ran {
  readonly seed: string;
  readonly exitCode: number;
  readonly said: string;
}

async function run(app: Router, ...args: readonly string[]): Promise<Ran> {
  const { url, stop } = await listen(app);
  const said: string[] = [];
  const seed = newSeed();
  try {
    const exitCode = await verify(
      ['--url', url, '--seed', seed, ...LOAD, ...args],
      (text) => said.push(text),
      uninterrupted(),
    );
    return { seed, exitCode, said: said.join('\n') };
  } finally {
    await stop();
  }
}

test('producers and readers that behave badly find nothing wrong with a sound server', async () => {
  const { seed, exitCode, said } = await run(router, '--seconds', '5');

  expect(said).toContain('PASSED');
  expect(said).toMatch(/^states +\d+ read, [1-9]\d* entries$/m);
  expect(said).toMatch(new RegExp(`^seed ${seed}; again: npm run verify -- --url http`, 'm'));
  expect(exitCode).toBe(0);
});

test('where polls are shared, some readers share them, and find nothing wrong', async () => {
  const { app } = startProcess(stack, { env: { SHARED_CHANNELS: '*' } });

  const { exitCode, said } = await run(app, '--seconds', '4', '--channels', '1');

  expect(said).toContain('PASSED');
  expect(said).toMatch(/polls .*, \d+ shared$/m);
  expect(exitCode).toBe(0);
});

test('where readers may wait without a poll, some do, and find nothing wrong', async () => {
  const { app } = startProcess(stack, { env: { DIRECT_WAIT: 'true' } });

  const { exitCode, said } = await run(app, '--seconds', '4', '--channels', '2');

  expect(said).toContain('PASSED');
  expect(said).toMatch(/polls .*, \d+ direct$/m);
  expect(exitCode).toBe(0);
});

// Each loads channels of its own, and waits for most of its time. The limit is for a busy machine, on which it runs twice.
describe.concurrent('npm run verify finds a server that', { timeout: 60_000 }, () => {
  test.each<{ name: string; broken: (app: Router) => Router; finds: readonly Rule[] }>([
    { name: 'drops events from answers', broken: (app) => tampered(app, drops), finds: ['gap'] },
    { name: 'repeats events in answers', broken: (app) => tampered(app, repeats), finds: ['gap'] },
    { name: 'swaps events in answers', broken: (app) => tampered(app, swaps), finds: ['gap'] },
    // By which rule depends on who reads it first, and whether its producer gave it an id.
    {
      name: 'changes events',
      broken: (app) => tampered(app, changes),
      finds: ['changed', 'differs', 'invented'],
    },
    { name: 'acknowledges what it throws away', broken: forgetful, finds: ['lost'] },
    { name: 'appends twice', broken: forgetfulOfIds, finds: ['repeated'] },
    { name: 'leaves a key out of a state', broken: forgetfulOfKeys, finds: ['state'] },
    { name: 'does not see what it has acknowledged', broken: blind, finds: ['stale'] },
    { name: 'holds polls for longer than they wait', broken: holdsOn, finds: ['overdue'] },
  ])('$name', async ({ broken, finds }) => {
    const found = new RegExp(`^(?:${finds.join('|')}): `, 'm');

    let ran = await run(broken(router), '--seconds', '2', '--bound', '21');
    // A busy machine may have published next to nothing by then.
    if (!found.test(ran.said)) ran = await run(broken(router), '--seconds', '10', '--bound', '21');
    const { seed, exitCode, said } = ran;

    expect(said).toMatch(found);
    expect(said).toMatch(/^FAILED: \d+ violations?$/m);
    expect(said).toContain(keptOf(seed));
    expect(exitCode).toBe(1);
  });

  test('acknowledges nothing', async () => {
    const refuses = {
      fetch: (request: Request) => (request.method === 'POST' ? busy() : router.fetch(request)),
    };

    const { exitCode, said } = await run(refuses, '--seconds', '1', '--producers', '1', '--rate', '1');

    expect(said).toContain('nothing is proved');
    expect(exitCode).toBe(1);
  });
});

test('beside a server of this machine neither address nor token need be said', async () => {
  const dataDir = await mkdtemp(join(tmpdir(), 'doorbell-verify-data-'));
  const seen = new Set<string | null>();
  const { url, stop } = await listen({
    fetch: (request) => {
      seen.add(request.headers.get('authorization'));
      return router.fetch(request);
    },
  });
  await writeFile(join(dataDir, 'secret'), 'the-secret-of-this-server-0123456789\n');
  await writeFile(join(dataDir, 'endpoints.json'), JSON.stringify({ url }));
  const said: string[] = [];
  const begin = (env: Record<string, string>) =>
    verify(['--seed', newSeed(), ...LOAD, '--seconds', '1'], (text) => said.push(text), uninterrupted(), env);

  try {
    expect(await begin({ DATA_DIR: dataDir })).toBe(0);
    expect([...seen]).toEqual([expect.stringMatching(/^Bearer eyJ/)]);
    seen.clear();
    expect(await begin({ DATA_DIR: dataDir, DOORBELL_URL: url, DOORBELL_TOKEN: 'a.b.c' })).toBe(0);
    expect([...seen]).toEqual(['Bearer a.b.c']);
    expect(said.join()).not.toContain('eyJ');
  } finally {
    await stop();
    await rm(dataDir, { recursive: true });
  }
});

test('a token is sent with every request, and neither said nor kept', async () => {
  const file = join(tmpdir(), `doorbell-verify-token-${FIRST_SEED}.ndjson`);
  const seen = new Set<string | null>();
  const guarded: Router = {
    fetch: (request) => {
      seen.add(request.headers.get('authorization'));
      return router.fetch(request);
    },
  };

  const { said } = await run(guarded, '--seconds', '1', '--token', 'a-secret', '--history', file);
  const kept = await readFile(file, 'utf8');
  await rm(file);

  expect([...seen]).toEqual(['Bearer a-secret']);
  expect(said).not.toContain('a-secret');
  expect(kept).not.toContain('a-secret');
  expect(kept.split('\n').at(-2)).toContain('"kind":"end"');
});

test('an interrupt ends the load, and the verdict is of what there is', async () => {
  const { url, stop } = await listen(router);
  const said: string[] = [];
  const first = AbortSignal.abort();
  const interrupts = { first, second: uninterrupted().second };

  const exitCode = await verify(
    ['--url', url, '--seed', newSeed(), ...LOAD, '--rate', '20'],
    (text) => said.push(text),
    interrupts,
  );
  await stop();

  expect(said.at(-2)).toContain('nothing is proved');
  expect(exitCode).toBe(1);
});

describe('npm run verify does not begin', () => {
  const begin = (...args: readonly string[]) => verify(args, () => undefined, uninterrupted());

  test('where nothing answers', async () => {
    const server = createServer().listen(0, '127.0.0.1');
    await once(server, 'listening');
    const { port } = server.address() as AddressInfo;
    server.close();

    await expect(begin('--url', `http://127.0.0.1:${port}`)).rejects.toThrow(/^Nothing answers at/);
  });

  test.each([
    { name: 'where there is no Doorbell', answer: () => new Response('hello'), says: /is not a Doorbell/ },
    { name: 'where it is not well', answer: busy, says: /answers 503/ },
    { name: 'where it is not let in', answer: () => new Response('', { status: 401 }), says: /--token/ },
  ])('$name', async ({ answer, says }) => {
    const { url, stop } = await listen({ fetch: answer });

    await expect(begin('--url', url)).rejects.toThrow(says);
    await stop();
  });

  test.each([
    { args: [], says: /--url is missing/ },
    {
      args: ['--url', 'http://127.0.0.1', '--seconds', '3600', '--rate', '500'],
      says: /may be 2000000 at most/,
    },
  ])('with $args', async ({ args, says }) => {
    await expect(begin(...args)).rejects.toThrow(Usage);
    await expect(begin(...args)).rejects.toThrow(says);
  });
});

function busy(): Response {
  return Response.json({ title: 'busy', detail: 'busy' }, { status: 503, headers: { 'retry-after': '1' } });
}
