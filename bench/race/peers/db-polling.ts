/** What the ancestor replaced: PHP that looks into a database table once a second for each waiting reader. */

import { join } from 'node:path';
import { freePort } from '../../../packages/testing/src/check/crash/free-port.ts';
import { missingCommands, missingPhp } from '../installed.ts';
import { Connections, requestText } from '../net/connections.ts';
import { httpServer } from '../net/http-server.ts';
import type { Peer } from '../peer.ts';
import { PHP_FPM, phpVersion, startPhp } from '../php.ts';
import { readLog } from './bare-node.ts';

export const dbPolling: Peer = {
  name: 'db-polling',
  about:
    'nginx and PHP-FPM that ask an SQLite table (WAL) once a second; on disk, one process for each reader',
  reaches: 'all',
  slow: true,
  mostReaders: 1_000,
  missing: () => missingCommands('nginx', PHP_FPM) ?? missingPhp('pdo_sqlite'),
  version: () => `${phpVersion()}, SQLite`,
  async start({ folder, waiting }) {
    const port = await freePort();
    const env = { DATABASE: join(folder, 'log.sqlite') };
    const processes = await startPhp({ folder, port, processes: waiting, env });
    const connections = new Connections(port);
    const { status, body } = await connections.send(requestText('PUT', '/log', {}, '')).reply;
    connections.close();
    if (status !== 200) throw new Error(`making the table: HTTP ${status} ${body}`);
    return httpServer({
      processes,
      port,
      publish: (channel, event) => requestText('POST', `/log?channel=${channel}`, {}, event),
      poll: (channel, after) => requestText('GET', `/log?channel=${channel}&after=${after ?? 0}`),
      read: ({ body }) => readLog(body),
    });
  },
};
