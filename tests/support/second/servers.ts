/**
 * The second ground's servers, one of each for a whole test run: a Vitest global setup. DynamoDB is moto's, in Python; SQS is ElasticMQ, in
 * Java. Without either language they are not started, and a box in the output says so.
 */

import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:net';
import { join } from 'node:path';
import type { TestProject } from 'vitest/node';
import { loadService } from '../../../local/emulators/service.ts';
import { type Fetched, javaTools, pythonTools } from '../tools/fetched.ts';

/** Where they listen, or why they do not. */
export type SecondServers =
  | { readonly dynamodbEndpoint: string; readonly sqsEndpoint: string }
  | { readonly missing: string };

declare module 'vitest' {
  export interface ProvidedContext {
    secondServers: SecondServers;
  }
}

interface Server {
  readonly endpoint: string;
  stop(): Promise<void>;
}

const LOOPBACK = '127.0.0.1';
const START_LIMIT_MS = 120_000;
/** Of Java: it serves a minute, so what compiles and collects for a server of days takes more time than it saves. Its start takes two thirds. */
const SHORT_LIFE = ['-Xmx512m', '-XX:TieredStopAtLevel=1', '-XX:+UseSerialGC'];
const ASK_EVERY_MS = 50;
/** moto's, whose tables have it in their ARNs. */
const ACCOUNT = '123456789012';

export async function setup(project: TestProject): Promise<() => Promise<void>> {
  const here = (name: string) => join(import.meta.dirname, name);
  const [python, java] = await Promise.all([
    pythonTools(here('requirements.txt')),
    javaTools(here('pom.xml')),
  ]);
  if ('missing' in python || 'missing' in java) {
    const missing = [reason('moto', python), reason('ElasticMQ', java)].filter(Boolean).join('; ');
    const line = '!'.repeat(100);
    console.error(`\n${line}\n${missing}.\nThe tests on the second ground are SKIPPED.\n${line}\n`);
    project.provide('secondServers', { missing });
    return async () => undefined;
  }
  const { region } = (await loadService()).provider;
  const started = await Promise.allSettled([
    startMoto(join(python.path, 'python'), here('moto_dynamodb.py')),
    startElasticMq(java.path, region),
  ]);
  const servers = started.flatMap((each) => (each.status === 'fulfilled' ? each.value : []));
  const stop = async () => {
    await Promise.all(servers.map((server) => server.stop()));
  };
  const failed = started.find((each) => each.status === 'rejected');
  if (failed) {
    await stop();
    throw failed.reason;
  }
  const [dynamodb, sqs] = servers as [Server, Server];
  project.provide('secondServers', { dynamodbEndpoint: dynamodb.endpoint, sqsEndpoint: sqs.endpoint });
  return stop;
}

function reason(name: string, fetched: Fetched): string | undefined {
  return 'missing' in fetched ? `${name} cannot be had: ${fetched.missing}` : undefined;
}

async function startMoto(python: string, script: string): Promise<Server> {
  const child = spawn(python, [script], { stdio: ['ignore', 'pipe', 'pipe'] });
  return started('moto', child, (output) => /^\d+$/m.exec(output)?.[0]);
}

/** It takes no port 0, and reads its settings from system properties. */
async function startElasticMq(classPath: string, region: string): Promise<Server> {
  const port = await freePort();
  const settings = {
    'rest-sqs.bind-hostname': LOOPBACK,
    'rest-sqs.bind-port': port,
    'rest-stats.enabled': false,
    'node-address.host': LOOPBACK,
    'node-address.port': port,
    'aws.region': region,
    'aws.accountId': ACCOUNT,
  };
  const properties = Object.entries(settings).map(([name, value]) => `-D${name}=${value}`);
  const options = [...SHORT_LIFE, ...properties, '-cp', classPath, 'org.elasticmq.server.Main'];
  const child = spawn('java', options, { stdio: ['ignore', 'pipe', 'pipe'] });
  return started('ElasticMQ', child, (output) =>
    output.includes('ElasticMQ server') && output.includes('started in') ? port : undefined,
  );
}

/** Waits until `portOf` finds in its output that it listens. */
async function started(
  name: string,
  child: ChildProcess,
  portOf: (output: string) => string | number | undefined,
): Promise<Server> {
  let output = '';
  for (const stream of [child.stdout, child.stderr])
    stream?.on('data', (chunk: Buffer) => {
      if (portOf(output) === undefined) output += chunk;
    });
  const exited = once(child, 'exit');
  const stop = async () => {
    child.kill();
    await exited;
  };
  for (const end = Date.now() + START_LIMIT_MS; Date.now() < end && child.exitCode === null; ) {
    const port = portOf(output);
    if (port !== undefined) return { endpoint: `http://${LOOPBACK}:${port}`, stop };
    await new Promise((resolve) => setTimeout(resolve, ASK_EVERY_MS));
  }
  await stop();
  throw new Error(`${name} did not start: ${output}`);
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, LOOPBACK);
  await once(server, 'listening');
  const address = server.address();
  server.close();
  await once(server, 'close');
  if (address === null || typeof address === 'string') throw new Error('no port was given');
  return address.port;
}
