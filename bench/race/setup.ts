/**
 * `npm run bench:setup`: installs the servers that race against Doorbell. Debian packages need root; those of npm go to bench/npm-peers, apart
 * from the product's own. Nothing is started: what Debian would start at once is kept from it. May be repeated.
 */

import { spawnSync } from 'node:child_process';
import { chmodSync, existsSync, rmSync, writeFileSync } from 'node:fs';
import { command, GO_MODULES, GO_PEERS, NPM_PEERS } from './installed.ts';
import { PEERS } from './peers.ts';

const PACKAGES = [
  'gearman-job-server',
  'php-cli',
  'php-fpm',
  'php-gearman',
  'php-sqlite3',
  'nginx',
  'libnginx-mod-nchan',
  'pushpin',
];
/** invoke-rc.d asks this program whether a service may be started; 101 is no. See its manual page. */
const POLICY = '/usr/sbin/policy-rc.d';

function run(
  program: string,
  args: readonly string[],
  cwd?: string,
  more: Readonly<Record<string, string>> = {},
): void {
  console.log(`\n$ ${[program, ...args].join(' ')}`);
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive', ...more };
  const { status } = spawnSync(program, args, { cwd, env, stdio: 'inherit' });
  if (status !== 0) throw new Error(`${program} ended with ${status}`);
}

function installDebian(): void {
  if (command('apt-get') === undefined) {
    console.log('No apt-get here: only the servers from npm.');
    return;
  }
  if (process.getuid?.() !== 0) {
    console.log(
      `Not root, so nothing is installed from Debian. As root:\n  apt-get install ${PACKAGES.join(' ')}`,
    );
    return;
  }
  // A policy that is there already was meant.
  const mine = !existsSync(POLICY);
  if (mine) {
    writeFileSync(POLICY, '#!/bin/sh\nexit 101\n');
    chmodSync(POLICY, 0o755);
  }
  try {
    run('apt-get', ['update', '--quiet']);
    run('apt-get', ['install', '--quiet', '--yes', '--no-install-recommends', ...PACKAGES]);
  } finally {
    if (mine) rmSync(POLICY);
  }
}

function installGo(): void {
  if (command('go') === undefined) {
    console.log('No Go here: its servers are left out.');
    return;
  }
  for (const module of Object.values(GO_MODULES))
    run('go', ['install', module], undefined, { GOBIN: GO_PEERS });
}

try {
  installDebian();
  installGo();
  run('npm', ['ci', '--no-audit', '--no-fund', '--ignore-scripts'], NPM_PEERS);
} catch (error) {
  console.error((error as Error).message);
  process.exitCode = 1;
}
console.log('');
for (const { name, missing, version } of PEERS)
  console.log(`${name.padEnd(16)} ${missing() ?? `ready: ${version()}`}`);
