/** A whole Doorbell over HTTP for the tests that need a socket: one process, real emulators, the built page. */

import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { serve } from '@hono/node-server';
import { bundle } from '../../local/bundle.ts';
import { startProcess, type TestProcess } from './process.ts';
import { type Stack, startStack } from './stack.ts';

export interface TestServer {
  readonly url: string;
  readonly stack: Stack;
  readonly process: TestProcess;
  stop(): Promise<void>;
}

const built = (name: string) => readFileSync(join(import.meta.dirname, '../../dist', name), 'utf8');

/** Everything is in memory, on free ports. */
export async function startServer(): Promise<TestServer> {
  await bundle();
  const stack = await startStack();
  const assets = { dashboard: built('dashboard.html'), client: built('client.js') };
  const process = startProcess(stack, { assets });
  const server = serve({ fetch: process.app.fetch, hostname: '127.0.0.1', port: 0 });
  if (!server.listening) await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const stop = async () => {
    if ('closeAllConnections' in server) server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
    await stack.stop();
  };
  return { url: `http://127.0.0.1:${port}`, stack, process, stop };
}
