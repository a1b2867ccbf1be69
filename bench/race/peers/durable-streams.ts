/** The reference server of the Durable Streams protocol, from npm: the same idea (a log, an offset, a long poll) in one Node process. */

import { join } from 'node:path';
import { freePort } from '../../../packages/testing/src/check/crash/free-port.ts';
import { NPM_PEERS, npmVersion } from '../installed.ts';
import { streamServer } from '../net/stream-speech.ts';
import type { Peer } from '../peer.ts';
import { start, up } from '../processes.ts';

const PACKAGE = '@durable-streams/server';

export const durableStreams: Peer = {
  name: 'durable-streams',
  about: 'the reference server of the Durable Streams protocol, on Node; in memory',
  reaches: 'all',
  streams: true,
  missing: () =>
    npmVersion(NPM_PEERS, PACKAGE) ? undefined : `${PACKAGE} is not installed: npm run bench:setup`,
  version: () => `${PACKAGE} ${npmVersion(NPM_PEERS, PACKAGE)}, Node ${process.version}`,
  async start({ folder }) {
    const port = await freePort();
    const script = join(import.meta.dirname, '../servers/durable-streams.ts');
    const server = start({ folder, command: process.execPath, args: [script, String(port)] });
    await up(port, server);
    return streamServer([server], port);
  },
};
