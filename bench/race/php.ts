/**
 * PHP-FPM behind nginx. A request that waits keeps one PHP process, so there are as many from the start as requests will wait: with
 * processes made on demand the first thousand readers would measure how fast they are forked.
 */

import { execFileSync } from 'node:child_process';
import { existsSync, writeFileSync } from 'node:fs';
import { userInfo } from 'node:os';
import { join } from 'node:path';
import { command, mustFind } from './installed.ts';
import { startNginx } from './nginx.ts';
import { type Process, start, until } from './processes.ts';

export const PHP_FPM = 'php-fpm*';
const SCRIPTS = join(import.meta.dirname, 'servers/php');

export interface Php {
  readonly folder: string;
  readonly port: number;
  readonly processes: number;
  /** What the scripts find in their environment. */
  readonly env: Readonly<Record<string, string>>;
}

/** Serves servers/php/NAME.php at /NAME. Resolves when it answers. */
export async function startPhp({ folder, port, processes, env }: Php): Promise<readonly Process[]> {
  const socket = join(folder, 'php.sock');
  const file = join(folder, 'php-fpm.conf');
  const user = userInfo().username;
  const variables = Object.entries(env).map(([name, value]) => `env[${name}] = "${value}"`);
  writeFileSync(
    file,
    [
      '[global]',
      'daemonize = no',
      `error_log = ${folder}/php-fpm.log`,
      '[race]',
      `user = ${user}`,
      `group = ${user}`,
      `listen = ${socket}`,
      'listen.backlog = 4096',
      'pm = static',
      `pm.max_children = ${processes}`,
      ...variables,
      '',
    ].join('\n'),
  );
  // It refuses to run as root unless told that this is meant.
  const asRoot = process.getuid?.() === 0 ? ['--allow-to-run-as-root'] : [];
  const fpm = start({ folder, command: mustFind(PHP_FPM), args: ['--fpm-config', file, ...asRoot] });
  await until(() => existsSync(socket), fpm, socket);
  const locations = `
    location ~ ^/(\\w+)$ {
      fastcgi_pass unix:${socket};
      fastcgi_read_timeout 90s;
      fastcgi_param SCRIPT_FILENAME ${SCRIPTS}/$1.php;
      fastcgi_param QUERY_STRING $query_string;
      fastcgi_param REQUEST_METHOD $request_method;
      fastcgi_param CONTENT_TYPE $content_type;
      fastcgi_param CONTENT_LENGTH $content_length;
    }`;
  return [fpm, await startNginx({ folder, port, locations })];
}

export function phpVersion(): string {
  const path = command(PHP_FPM);
  return path === undefined
    ? 'PHP'
    : (/^PHP [\d.]+/.exec(execFileSync(path, ['-v'], { encoding: 'utf8' }))?.[0] ?? 'PHP');
}
