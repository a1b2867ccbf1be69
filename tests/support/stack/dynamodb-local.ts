/**
 * AWS's own DynamoDB Local, one process for a whole test run: a Vitest global setup. Tables of different access keys do not see each other
 * there, so every stack takes a key of its own. Without Java it does not start, and says so.
 */

import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { createRequire } from 'node:module';
import { createServer } from 'node:net';
import { dirname, join } from 'node:path';
import type { TestProject } from 'vitest/node';

/** Where it listens, or why it does not. */
export type DynamodbLocal = { readonly endpoint: string } | { readonly missing: string };

declare module 'vitest' {
  export interface ProvidedContext {
    dynamodbLocal: DynamodbLocal;
  }
}

const START_LIMIT_MS = 120_000;
const ASK_EVERY_MS = 50;

export async function setup(project: TestProject): Promise<() => Promise<void>> {
  if (spawnSync('java', ['-version']).status !== 0) {
    const missing = 'Java is not on this machine (`java -version` fails), and DynamoDB Local needs it';
    console.error(`\n${'!'.repeat(100)}\n${missing}: its tests are SKIPPED.\n${'!'.repeat(100)}\n`);
    project.provide('dynamodbLocal', { missing });
    return async () => undefined;
  }
  const { endpoint, stop } = await start();
  project.provide('dynamodbLocal', { endpoint });
  return stop;
}

async function start(): Promise<{ readonly endpoint: string; readonly stop: () => Promise<void> }> {
  const port = await freePort();
  // Only its jar is used. It keeps everything in memory, and tells nobody that it runs.
  const options = ['-inMemory', '-disableTelemetry', '-port', String(port)];
  const java = spawn(
    'java',
    ['-Xmx512m', '-Djava.library.path=./DynamoDBLocal_lib', '-jar', 'DynamoDBLocal.jar', ...options],
    { cwd: emulatorDir(), stdio: ['ignore', 'pipe', 'pipe'] },
  );
  let output = '';
  for (const stream of [java.stdout, java.stderr])
    stream.on('data', (chunk: Buffer) => {
      output += chunk.toString();
    });
  const exited = once(java, 'exit');
  const stop = async () => {
    java.kill();
    await exited;
  };
  const endpoint = `http://127.0.0.1:${port}`;
  try {
    await answers(endpoint, java);
  } catch (error) {
    await stop();
    throw new Error(`DynamoDB Local did not start: ${output}`, { cause: error });
  }
  return { endpoint, stop };
}

async function answers(endpoint: string, java: ChildProcess): Promise<void> {
  for (const end = Date.now() + START_LIMIT_MS; Date.now() < end; ) {
    if (java.exitCode !== null) throw new Error(`it ended with ${java.exitCode}`);
    // Any answer will do: this one is a 400.
    if (await fetch(endpoint).catch(() => undefined)) return;
    await new Promise((resolve) => setTimeout(resolve, ASK_EVERY_MS));
  }
  throw new Error(`no answer in ${START_LIMIT_MS / 1000} s`);
}

function emulatorDir(): string {
  return join(dirname(createRequire(import.meta.url).resolve('amplify-dynamodb-simulator')), 'emulator');
}

/** It takes no port 0. */
async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  server.close();
  await once(server, 'close');
  if (address === null || typeof address === 'string') throw new Error('no port was given');
  return address.port;
}
