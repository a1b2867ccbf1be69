/** A private nginx in a folder of its own, as whoever runs the race: nothing of the machine's own nginx is read or touched. */

import { existsSync, writeFileSync } from 'node:fs';
import { userInfo } from 'node:os';
import { join } from 'node:path';
import { mustFind } from './installed.ts';
import { type Process, start, up } from './processes.ts';

const NCHAN = '/usr/lib/nginx/modules/ngx_nchan_module.so';

export const NGINX_MODULE_NCHAN = {
  load: `load_module ${NCHAN};`,
  missing: () =>
    existsSync(NCHAN) ? undefined : `${NCHAN} not found: npm run bench:setup installs libnginx-mod-nchan`,
};

export interface Nginx {
  readonly folder: string;
  readonly port: number;
  /** Lines for the top of the file, for its http block, and for its server block. */
  readonly load?: string;
  readonly http?: string;
  readonly locations: string;
}

/** Resolves when it answers. */
export async function startNginx({ folder, port, load = '', http = '', locations }: Nginx): Promise<Process> {
  const file = join(folder, 'nginx.conf');
  const temporary = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'];
  writeFileSync(
    file,
    `${load}
    user ${userInfo().username};
    daemon off;
    pid ${folder}/nginx.pid;
    error_log ${folder}/nginx-error.log warn;
    worker_processes auto;
    worker_rlimit_nofile 20000;
    events { worker_connections 16384; }
    http {
      access_log off;
      default_type application/json;
      tcp_nodelay on;
      keepalive_timeout 120s;
      keepalive_requests 10000000;
      client_max_body_size 8m;
      client_body_buffer_size 512k;
      ${temporary.map((name) => `${name}_temp_path ${folder}/nginx-${name};`).join(' ')}
      ${http}
      server { listen 127.0.0.1:${port} backlog=4096; ${locations} }
    }`,
  );
  const nginx = start({
    folder,
    command: mustFind('nginx'),
    args: ['-c', file, '-e', join(folder, 'nginx-start.log')],
  });
  await up(port, nginx);
  return nginx;
}
