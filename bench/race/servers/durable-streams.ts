/** Runs the Durable Streams reference server in memory. Argument: port. Polls are held as long as those of the other servers. */

import { createRequire } from 'node:module';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { NPM_PEERS } from '../installed.ts';

interface Package {
  readonly DurableStreamTestServer: new (options: {
    readonly port: number;
    readonly host: string;
    readonly longPollTimeout: number;
  }) => { start(): Promise<unknown> };
}

const HOLD_MS = 60_000;

// Found from its own folder: the product's node_modules does not have it.
const entry = createRequire(join(NPM_PEERS, 'package.json')).resolve('@durable-streams/server');
const { DurableStreamTestServer }: Package = await import(pathToFileURL(entry).href);
const port = Number(process.argv[2]);
await new DurableStreamTestServer({ port, host: '127.0.0.1', longPollTimeout: HOLD_MS }).start();
