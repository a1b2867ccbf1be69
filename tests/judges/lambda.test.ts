/** The packages under AWS's own Runtime Interface Client: the checker finds nothing while environments are frozen between invocations, and killed. */

import { execFile, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { SendMessageCommand, SQSClient } from '@aws-sdk/client-sqs';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { SERVICE_DIR } from '../../local/emulators/service.ts';
import type { Endpoints } from '../../local/endpoints.ts';
import { NATIVE_CLIENT } from '../../local/lambda/lambda.ts';

const HERE = join(SERVICE_DIR, 'local/lambda');
const NODE = process.execPath;
/** It loads for a short time: `npm run start:lambda -- --chaos-ms …` with `npm run verify` loads for as long as one likes. */
const LOAD = ['--seconds', '15', '--readers', '6', '--rate', '8', '--channels', '2'];

/** It builds a native module: where that takes longer, or there is no compiler, nothing is judged, and that is said. */
const BUILD_MS = 300_000;

const why = missing();
let folder = '';
let child: ReturnType<typeof spawn> | undefined;
let url = '';
let token = '';
let output = '';

function missing(): string | undefined {
  if (process.platform !== 'linux') return 'environments are frozen with signals, and measured in /proc';
  if (existsSync(NATIVE_CLIENT)) return undefined;
  const options = { cwd: join(HERE, 'ric'), encoding: 'utf8', timeout: BUILD_MS } as const;
  const { status, stderr } = spawnSync('npm', ['ci', '--no-audit', '--no-fund'], options);
  if (status === 0 && existsSync(NATIVE_CLIENT)) return undefined;
  const line = '!'.repeat(100);
  const reason = `aws-lambda-ric cannot be had: ${stderr.slice(0, 300)}`;
  console.error(`\n${line}\n${reason}.\nIts tests are SKIPPED.\n${line}\n`);
  return reason;
}

describe.skipIf(why !== undefined)(`classic Lambda${why ? `: ${why}` : ''}`, () => {
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'doorbell-lambda-'));
    const args = [
      'start.ts',
      '--port',
      '0',
      '--cut-seconds',
      '1',
      '--warm',
      '6',
      '--chaos-ms',
      '2000',
      '--seed',
      '18',
    ];
    child = spawn(NODE, args, { cwd: HERE, env: { ...process.env, DATA_DIR: folder } });
    for (const stream of [child.stdout, child.stderr])
      stream?.on('data', (chunk: Buffer) => {
        output += chunk;
      });
    await vi.waitUntil(() => /TOKEN=\S+\n/.test(output) || child?.exitCode !== null, {
      timeout: 240_000,
    });
    [, url = '', token = ''] = /(http:\/\/\S+)\/#token=(\S+)/.exec(output) ?? [];
    expect(url, output).not.toBe('');
  }, 300_000);
  afterAll(async () => {
    if (child?.exitCode === null) {
      child.kill('SIGKILL');
      await once(child, 'exit');
    }
    await rm(folder, { recursive: true, force: true });
  });

  test('what a producer sends to the ingest queue is in the log', async () => {
    const { sqsEndpoint = '' }: Endpoints = JSON.parse(
      await readFile(join(folder, 'endpoints.json'), 'utf8'),
    );
    const sqs = new SQSClient({
      region: 'us-east-1',
      endpoint: sqsEndpoint,
      credentials: { accessKeyId: 'local', secretAccessKey: 'local' },
      useQueueUrlAsEndpoint: false,
    });
    for (const data of ['one', 'two'])
      await sqs.send(
        new SendMessageCommand({
          QueueUrl: `${sqsEndpoint}/000000000000/doorbell-dev-ingest.fifo`,
          MessageBody: JSON.stringify({ channel: 'queued', data }),
          MessageGroupId: 'queued',
          MessageDeduplicationId: data,
        }),
      );
    sqs.destroy();

    const read = async () => {
      const headers = { authorization: `Bearer ${token}` };
      const answer = await fetch(`${url}/v1/channels/queued/events?maxvid=0&wait=5`, { headers });
      const { events = [] } = (await answer.json()) as { readonly events?: ReadonlyArray<{ data: unknown }> };
      return events.map(({ data }) => data);
    };
    await vi.waitFor(async () => expect(await read()).toEqual(['one', 'two']), {
      timeout: 120_000,
      interval: 200,
    });
  });

  test('a body that no API Gateway takes, and a path without a function, are refused', async () => {
    const large = await fetch(`${url}/v1/channels/large/events`, {
      method: 'POST',
      headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
      body: 'x'.repeat(10 * 1024 * 1024 + 1),
    });
    const unknown = await fetch(`${url}/nothing/here`);

    expect([large.status, unknown.status]).toEqual([413, 404]);
    // By the page function: `$default` takes every path.
    expect(unknown.headers.get('content-type')).toBe('application/problem+json');
  });

  test('a quiet poll is held to the end of its wait', async () => {
    const ask = async (channel: string) => {
      const begun = performance.now();
      const headers = { authorization: `Bearer ${token}` };
      const answer = await fetch(`${url}/v1/channels/${channel}/events?maxvid=0&wait=20`, { headers });
      await answer.body?.cancel();
      return { status: answer.status, isWhole: performance.now() - begun >= 19_000 };
    };
    // The environments of some are killed meanwhile.
    const polls = Array.from({ length: 12 }, (_, i) => ask(`quiet-${i}`));

    expect(await Promise.all(polls)).toContainEqual({ status: 200, isWhole: true });
  });

  test('the checker finds nothing while environments are killed and frozen', async () => {
    const main = join(SERVICE_DIR, 'packages/testing/src/check/main.ts');
    const { stdout } = await promisify(execFile)(NODE, [main, '--url', url, ...LOAD], {
      cwd: SERVICE_DIR,
      env: { ...process.env, DOORBELL_TOKEN: token },
    }).catch((error: { readonly stdout: string }) => error);

    expect(stdout).toMatch(/^events +[1-9]\d* acknowledged/m);
    expect(stdout).toMatch(/^deliveries +[1-9]/m);
    expect(withoutBusyMachine(stdout)).toBe('');
  });

  test('what happened to the environments is told at the end', async () => {
    child?.kill('SIGINT');
    if (child?.exitCode === null) await once(child, 'exit');

    const [, line = '{}'] = /^(\{"inflicted.*)$/m.exec(output) ?? [];
    const { inflicted } = JSON.parse(line) as { readonly inflicted: Record<string, number> };
    expect(Object.values(inflicted).reduce((sum, count) => sum + count, 0)).toBeGreaterThan(0);
    expect(output).toMatch(/"function":"doorbell-dev-poll","invocations":[1-9]/);
  });
});

/** Violations that are more than slowness: `late` and `overdue` say on a busy machine only that it is one (docs/operations/verify.md). */
function withoutBusyMachine(stdout: string): string {
  const named = stdout.match(/^[a-z-]+: .*$/gm) ?? [];
  return named.filter((line) => !/^(?:late|overdue): /.test(line)).join('\n');
}
