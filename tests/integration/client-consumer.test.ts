/**
 * The package as its users have it: a TypeScript project of its own that imports `doorbell/client` and `doorbell/react`, compiled with the
 * strictest flags; the built module on Node against a real server; and the built module without its types.
 */
import { execFile } from 'node:child_process';
import { cp, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { startServer, type TestServer } from '../support/stack/server.ts';
import { WAIT_MS } from '../support/time/limits.ts';

const run = promisify(execFile);
const ROOT = join(import.meta.dirname, '../..');
const tsc = join(ROOT, 'node_modules/typescript/bin/tsc');

const CONSUMER = `
import { DoorbellError, type ErrorCode, publish, type Status, subscribe, webStore } from 'doorbell/client';
import { publishAll } from 'doorbell/publish';
import { useChannel } from 'doorbell/react';

const controller = new AbortController();
const subscription = subscribe(['doors', 'alerts'], {
  from: 'start',
  store: new Map<string, string>(),
  token: async ({ refresh }) => (refresh ? 'new' : 'old'),
  signal: controller.signal,
});
const off: () => void = subscription.on('event', async ({ channel, vid, data }) => console.log(channel, vid + 1, data));
subscription.on('missed', ({ count, after }) => count + after);
subscription.on('reset', ({ epoch }) => epoch?.length);
subscription.on('status', (status: Status) => {
  if (status.state === 'waiting') console.log(status.error.code, status.retryAt + 1);
});
subscription.add('lifts', 12);
subscription.remove('alerts');
off();
export const store = () => webStore(sessionStorage);
export async function follow(): Promise<ErrorCode | undefined> {
  try {
    for await (const event of subscribe('doors')) if (event.vid > 3) break;
    await publish('doors', { doorno: 3 }, { id: 'a' });
  } catch (error) {
    if (error instanceof DoorbellError) return error.code;
  }
  return undefined;
}
interface Door { readonly doorno: number }
const isDoor = (data: unknown): data is Door => typeof (data as Door | null)?.doorno === 'number';
const typed = subscribe('doors', { parse: (data) => (isDoor(data) ? data : undefined) });
typed.on('event', ({ data }) => data.doorno + 1);
export async function numbers(): Promise<number[]> {
  const found: number[] = [];
  for await (const { data } of subscribe<Door>('doors')) found.push(data.doorno);
  return found;
}
export async function many(stream: ReadableStream<Door>, signal: AbortSignal): Promise<number> {
  await publish('doors', { doorno: 3 }, { signal });
  await publishAll('doors', [1, 'two', null]);
  const { count } = await publishAll('doors', stream, { id: ({ doorno }, i) => \`\${doorno}-\${i}\`, signal });
  return count;
}
export function TypedDoors() {
  const { events } = useChannel<Door>('doors', { token: 'a text', onEvent: ({ data }) => data.doorno });
  return events.map(({ data }) => data.doorno).join();
}
// @ts-expect-error: nobody has said what the data is
subscribe('doors').on('event', ({ data }) => data.doorno);
export function Doors() {
  const { events, status, missed } = useChannel('doors', { keep: 10, onEvent: (event) => event.data });
  return \`\${events.length} \${status.state} \${missed}\`;
}
// @ts-expect-error: there is no such event
subscription.on('message', () => {});
// @ts-expect-error: nor such a beginning
subscribe('doors', { from: 'yesterday' });
`;

const NODE = `
import { DoorbellError, publish, subscribe } from 'doorbell/client';
import { publishAll } from 'doorbell/publish';
const base = process.argv[2];
await publish('node', 'one', { base });
const seen = [];
for await (const { data } of subscribe('node', { base, from: 'start' })) {
  seen.push(data);
  if (seen.length === 1) await publish('node', 'two', { base });
  else break;
}
const { count } = await publishAll('node', (async function* () { yield 'three'; yield 'four'; })(), { base });
const refused = await publishAll('no channel', [], { base }).catch((error) => error);
console.log(...seen, count, refused instanceof DoorbellError);
`;

let folder: string;
let server: TestServer;

beforeAll(async () => {
  server = await startServer();
  folder = await mkdtemp(join(tmpdir(), 'doorbell-consumer-'));
  await run(process.execPath, [tsc, '-p', join(ROOT, 'packages/client/tsconfig.json')]);
  const installed = join(folder, 'node_modules/doorbell');
  await mkdir(installed, { recursive: true });
  await cp(join(ROOT, 'package.json'), join(installed, 'package.json'));
  for (const file of ['client.js', 'client-more.js', 'publish-all.js', 'react.js', 'types']) {
    await cp(join(ROOT, 'dist', file), join(installed, 'dist', file), { recursive: true });
  }
  await cp(join(ROOT, 'node_modules/@types/react'), join(folder, 'node_modules/@types/react'), {
    recursive: true,
  });
  await cp(join(ROOT, 'node_modules/csstype'), join(folder, 'node_modules/csstype'), { recursive: true });
  await writeFile(join(folder, 'package.json'), '{"type":"module"}');
  await writeFile(join(folder, 'consumer.ts'), CONSUMER);
  await writeFile(join(folder, 'consumer.mjs'), NODE);
}, 60_000);

afterAll(async () => {
  await server.stop();
  await rm(folder, { recursive: true, force: true });
});

test.each(['nodenext', 'bundler'])(
  'a strict TypeScript project compiles against it, with moduleResolution %s',
  async (resolution) => {
    const module = resolution === 'bundler' ? 'esnext' : 'nodenext';
    const flags = [
      '--noEmit',
      '--strict',
      '--exactOptionalPropertyTypes',
      '--noUncheckedIndexedAccess',
      '--verbatimModuleSyntax',
    ];
    const target = [
      '--target',
      'es2022',
      '--lib',
      'es2022,dom',
      '--module',
      module,
      '--moduleResolution',
      resolution,
    ];

    const compiled = await run(process.execPath, [tsc, ...flags, ...target, 'consumer.ts'], {
      cwd: folder,
    }).catch((error: { stdout: string }) => error);

    expect(compiled.stdout).toBe('');
  },
  60_000,
);

test('the built module follows and publishes on Node, and lets the program end', async () => {
  const { stdout } = await run(process.execPath, ['consumer.mjs', server.url], {
    cwd: folder,
    timeout: WAIT_MS,
  });

  expect(stdout.trim()).toBe('one two 2 true');
}, 60_000);
