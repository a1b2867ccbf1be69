/**
 * Pushpin holds the connections; an origin behind it keeps the log. The origin is a small Node server (servers/pushpin-origin.ts) that names
 * the event before each one, so that Pushpin asks it again when a reader has missed something.
 */

import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { freePort } from '../../../packages/testing/src/check/crash/free-port.ts';
import { debianVersions, missingCommands, mustFind } from '../installed.ts';
import { requestText } from '../net/connections.ts';
import { httpServer } from '../net/http-server.ts';
import type { Peer } from '../peer.ts';
import { start, up } from '../processes.ts';
import { readLog } from './bare-node.ts';

const PACKAGED = '/etc/pushpin/pushpin.conf';
const PACKAGED_INTERNAL = '/usr/lib/pushpin/internal.conf';
/** Where the packaged files expect the machine's own zurl, which fetches from the origin. */
const PACKAGED_ZURL = '/var/run/zurl';

export const pushpin: Peer = {
  name: 'pushpin',
  about: 'Pushpin (condure, proxy, handler, zurl) before a Node origin that keeps the log; memory only',
  reaches: 'all',
  missing: () => missingCommands('pushpin', 'condure', 'zurl'),
  version: () => `${debianVersions('pushpin', 'condure', 'zurl')}, Node ${process.version}`,
  async start({ folder }) {
    const [port, originPort, control, push, sub, command] = await ports();
    const internal = readFileSync(PACKAGED_INTERNAL, 'utf8').replaceAll(PACKAGED_ZURL, folder);
    writeFileSync(join(folder, 'internal.conf'), internal);
    writeFileSync(join(folder, 'routes'), `* 127.0.0.1:${originPort}\n`);
    writeFileSync(join(folder, 'zurl.conf'), zurlSettings(folder));
    const settings = {
      include: join(folder, 'internal.conf'),
      rundir: folder,
      logdir: folder,
      ipc_prefix: 'race-',
      http_port: `127.0.0.1:${port}`,
      routesfile: join(folder, 'routes'),
      push_in_http_port: control,
      push_in_spec: `tcp://127.0.0.1:${push}`,
      push_in_sub_specs: `tcp://127.0.0.1:${sub}`,
      command_spec: `tcp://127.0.0.1:${command}`,
      log_level: 1,
      client_maxconn: 12_000,
      // What is published here must neither wait nor be dropped for its rate.
      message_rate: 100_000,
      message_hwm: 100_000,
    };
    writeFileSync(join(folder, 'pushpin.conf'), withSettings(readFileSync(PACKAGED, 'utf8'), settings));

    const script = join(import.meta.dirname, '../servers/pushpin-origin.ts');
    const node = [script, String(originPort), String(control)];
    const origin = start({ folder, command: process.execPath, args: node });
    const zurl = start({ folder, command: mustFind('zurl'), args: option(folder, 'zurl.conf') });
    const server = start({ folder, command: mustFind('pushpin'), args: option(folder, 'pushpin.conf') });
    await Promise.all([up(originPort, origin), up(port, server), up(control, server)]);
    return httpServer({
      processes: [server, zurl, origin],
      port,
      publishPort: originPort,
      publish: (channel, event) => requestText('POST', `/${channel}`, {}, event),
      poll: (channel, after) => requestText('GET', `/${channel}?after=${after ?? 0}`),
      read: ({ body }) => readLog(body),
    });
  },
};

type Six = [number, number, number, number, number, number];

async function ports(): Promise<Six> {
  const six = new Set<number>();
  while (six.size < 6) six.add(await freePort());
  return [...six] as Six;
}

/** The packaged file with other values for these keys; throws for a key that it does not have. */
export function withSettings(file: string, settings: Readonly<Record<string, string | number>>): string {
  return Object.entries(settings).reduce((text, [key, value]) => {
    const line = new RegExp(`^${key}=.*$`, 'm');
    if (!line.test(text))
      throw new Error(`there is no ${key} in ${PACKAGED}: has another version other names?`);
    return text.replace(line, `${key}=${value}`);
  }, file);
}

function zurlSettings(folder: string): string {
  const sockets = { in_spec: 'in', in_stream_spec: 'in-stream', out_spec: 'out', in_req_spec: 'req' };
  const lines = Object.entries(sockets).map(([key, name]) => `${key}=ipc://${folder}/zurl-${name}`);
  const limits = ['defpolicy=allow', 'max_open_requests=20000', 'in_hwm=100000', 'out_hwm=100000'];
  return ['[General]', ...lines, ...limits, ''].join('\n');
}

function option(folder: string, file: string): readonly string[] {
  return [`--config=${join(folder, file)}`];
}
