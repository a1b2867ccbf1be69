/** The ancestor's design: a Gearman job queue, and PHP requests that block on it. Each job goes to one reader, and to a dead one as well. */

import { freePort } from '../../../packages/testing/src/check/crash/free-port.ts';
import { debianVersions, missingCommands, missingPhp, mustFind } from '../installed.ts';
import { requestText } from '../net/connections.ts';
import { GearmanClient } from '../net/gearman-client.ts';
import { httpServer } from '../net/http-server.ts';
import type { Peer } from '../peer.ts';
import { PHP_FPM, phpVersion, startPhp } from '../php.ts';
import { start, up } from '../processes.ts';

export const gearman: Peer = {
  name: 'gearman-php',
  about: "the ancestor's design: gearmand, nginx, PHP-FPM; memory only, one process for each reader",
  reaches: 'one',
  mostReaders: 1_000,
  missing: () => missingCommands('gearmand', 'nginx', PHP_FPM) ?? missingPhp('gearman'),
  version: () => `${debianVersions('gearman-job-server')}, ${phpVersion()}`,
  async start({ folder, waiting }) {
    const queuePort = await freePort();
    const queue = start({
      folder,
      command: mustFind('gearmand'),
      args: ['--listen=127.0.0.1', `--port=${queuePort}`, '--backlog=4096', '--log-file=stderr'],
    });
    await up(queuePort, queue);
    const port = await freePort();
    const env = { GEARMAN_PORT: String(queuePort) };
    const php = await startPhp({ folder, port, processes: waiting, env });
    const producer = new GearmanClient(queuePort);
    const http = httpServer({
      processes: [queue, ...php],
      port,
      publish: () => '',
      poll: (channel) => requestText('GET', `/take?channel=${channel}`),
      read: ({ status, body }, cursor) => ({ numbers: status === 204 ? [] : [numberIn(body)], cursor }),
    });
    return {
      ...http,
      publish: (channel, event) => producer.submit(channel, event),
      async stop() {
        producer.close();
        await http.stop();
      },
    };
  },
};

/** No two readers are sent the same bytes here, so there is nothing to remember. */
function numberIn(body: Buffer): number {
  const { n }: { readonly n: number } = JSON.parse(body.toString());
  return n;
}
