/** The proxies of examples/proxies, each as its file has it but for addresses, folders and the token. Where a program is missing, its tests are skipped, and say so. */

import { execFileSync } from 'node:child_process';
import { chmodSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { tmpdir, userInfo } from 'node:os';
import { join } from 'node:path';
import { vi } from 'vitest';
import type { Hub } from '../../../hub/server.ts';
import { SERVICE_DIR } from '../../../local/emulators/service.ts';
import { type Running, start } from '../cli/commands.ts';
import { WAIT_MS } from '../time/limits.ts';
import { freePort } from './offline.ts';

/** What is put in place of what the files name. */
interface Ground {
  readonly hub: Hub;
  readonly port: number;
  readonly edgeToken: string;
  readonly folder: string;
}

export interface ProxyKind {
  readonly name: string;
  readonly program: string;
  /** By default SIGTERM. */
  readonly end?: NodeJS.Signals;
  /** Joins equal shared polls. */
  readonly isCollapsing: boolean;
  /** Writes its files and says how it is started. */
  readonly command: (ground: Ground) => readonly string[];
}

export const PROXIES: readonly ProxyKind[] = [
  { name: 'nginx', program: 'nginx', isCollapsing: true, command: nginx },
  { name: 'Varnish', program: 'varnishd', isCollapsing: true, command: varnish },
  { name: 'HAProxy', program: 'haproxy', isCollapsing: false, command: haproxy },
  { name: 'Caddy', program: 'caddy', isCollapsing: false, command: caddy, end: 'SIGKILL' },
];

/** Where the program is; undefined where it is missing. Debian keeps some where only root looks. */
export function pathOf(program: string): string | undefined {
  const PATH = `${process.env.PATH ?? ''}:/usr/sbin:/usr/local/sbin`;
  try {
    return execFileSync('sh', ['-c', `command -v ${program}`], { env: { PATH }, encoding: 'utf8' }).trim();
  } catch {
    return undefined;
  }
}

export interface RunningProxy {
  readonly url: string;
  end(): Promise<void>;
}

/** Resolves when the hub answers through it. */
export async function startProxy(kind: ProxyKind, hub: Hub, edgeToken: string): Promise<RunningProxy> {
  const folder = mkdtempSync(join(tmpdir(), 'doorbell-proxy-'));
  // Varnish reads its file as a user of its own.
  chmodSync(folder, 0o755);
  const port = await freePort();
  const args = kind.command({ hub, port, edgeToken, folder });
  const program = pathOf(kind.program);
  if (program === undefined) throw new Error(`${kind.program} is not installed`);
  const env = { PATH: process.env.PATH, HOME: folder, XDG_DATA_HOME: folder, XDG_CONFIG_HOME: folder };
  const running = start(program, args, env);
  const url = `http://127.0.0.1:${port}`;
  await isUp(url, running);
  return {
    url,
    async end() {
      await running.end(kind.end ?? 'SIGTERM');
      await rm(folder, { recursive: true, force: true });
    },
  };
}

async function isUp(url: string, running: Running): Promise<void> {
  const answers = () =>
    fetch(`${url}/healthz`).then(
      ({ status }) => status === 200,
      () => false,
    );
  await vi.waitUntil(answers, { timeout: WAIT_MS }).catch((cause: unknown) => {
    throw new Error(`the proxy does not answer: ${running.errors()}`, { cause });
  });
}

/** The file as it is, with other addresses. */
function example(name: string, { hub, port, edgeToken, folder }: Ground): string {
  return (
    readFileSync(join(SERVICE_DIR, 'examples/proxies', name), 'utf8')
      .replaceAll('127.0.0.1:3000', `127.0.0.1:${hub.port}`)
      .replaceAll('127.0.0.1:3001', `127.0.0.1:${hub.h2cPort}`)
      .replaceAll('"3000"', `"${hub.port}"`)
      .replaceAll('8080', String(port))
      .replaceAll('/var/cache/doorbell', join(folder, 'cache'))
      .replaceAll('/etc/nginx/', `${folder}/`)
      // Of what this process may have open.
      .replace('maxconn 25000', 'maxconn 4000')
      .replaceAll('EDGE_TOKEN', edgeToken)
  );
}

function nginx(ground: Ground): readonly string[] {
  const { folder } = ground;
  writeFileSync(join(folder, 'doorbell.conf'), example('nginx.conf', ground));
  writeFileSync(join(folder, 'doorbell-shared.conf'), example('nginx-shared.conf', ground));
  const temporary = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'];
  const main = `user ${userInfo().username};
    daemon off;
    pid ${folder}/nginx.pid;
    error_log stderr warn;
    worker_processes 1;
    events { worker_connections 4096; }
    http {
      access_log off;
      ${temporary.map((name) => `${name}_temp_path ${folder}/nginx-${name};`).join(' ')}
      include ${folder}/doorbell.conf;
    }`;
  writeFileSync(join(folder, 'nginx.conf'), main);
  return ['-c', join(folder, 'nginx.conf'), '-e', 'stderr'];
}

function varnish(ground: Ground): readonly string[] {
  const { folder, port } = ground;
  const file = join(folder, 'varnish.vcl');
  writeFileSync(file, example('varnish.vcl', ground));
  const parameters = ['-p', 'timeout_idle=65', '-p', 'thread_pool_min=50', '-p', 'thread_pool_max=4000'];
  return [
    '-F',
    '-a',
    `127.0.0.1:${port}`,
    '-f',
    file,
    '-n',
    join(folder, 'work'),
    '-s',
    'malloc,64m',
    ...parameters,
  ];
}

function haproxy(ground: Ground): readonly string[] {
  const file = join(ground.folder, 'haproxy.cfg');
  writeFileSync(file, example('haproxy.cfg', ground));
  return ['-db', '-f', file];
}

function caddy(ground: Ground): readonly string[] {
  const file = join(ground.folder, 'Caddyfile');
  writeFileSync(file, example('Caddyfile', ground));
  return ['run', '--config', file, '--adapter', 'caddyfile'];
}
