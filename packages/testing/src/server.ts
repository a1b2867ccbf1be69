/** What the kinds of a test's server have in common: the router of a hub, and tokens for it. */

import { existsSync, readFileSync } from 'node:fs';
import { mint } from '../../../lib/auth/mint.ts';
import { Health } from '../../../lib/channels/health.ts';
import type { Base, Gate, HubPorts } from '../../../lib/compose/hub-ports.ts';
import { hubRoutes } from '../../../lib/compose/hub-routes.ts';
import type { Environment } from '../../../lib/config.ts';
import { createApp } from '../../../lib/http/app.ts';
import { systemRandom } from '../../../lib/runtime/system.ts';
import type { Grants } from './doorbell.ts';
import type { Backend } from './gateway/gateway.ts';

const SILENT = { debug() {}, info() {}, warn() {}, error() {} };
const UNCOUNTED = { count() {}, record() {}, refused() {}, flush() {} };

export function commonOf(clock: Base['clock']): Base {
  return { clock, random: systemRandom, logger: SILENT, meter: UNCOUNTED };
}

const HOUR_S = 3_600;
const ANY = ['*'] as const;
const PAGE =
  '<!doctype html><html lang="en"><title>Doorbell for a test</title><p>This Doorbell belongs to a test. It has no page.</p></html>';

export function routerOf(ports: HubPorts, gate: Gate, common: Base, env: Environment): Backend {
  const health = new Health(ports.channels);
  const assets = {
    dashboard: PAGE,
    client: built('client.js'),
    more: built('client-more.js'),
    openapi: '{}',
  };
  const app = createApp(common, gate, hubRoutes(ports, { env, common, gate, health, assets }));
  return async (request) => app.fetch(request);
}

/** The build puts them beside this file. From the sources there are none to serve. */
function built(name: string): string {
  const file = new URL(name, import.meta.url);
  return existsSync(file) ? readFileSync(file, 'utf8') : '';
}

export function tokenOf(secret: string, grants: Grants, now: number): Promise<string> {
  const { client, dead, ttlSeconds = HOUR_S } = grants;
  const all = grants.read === undefined && grants.write === undefined;
  const { read = all ? ANY : [], write = all ? ANY : [] } = grants;
  const narrowing = { ...(client === undefined ? {} : { client }), ...(dead === undefined ? {} : { dead }) };
  return mint(secret, { read, write, ttlS: ttlSeconds, now, ...narrowing });
}
