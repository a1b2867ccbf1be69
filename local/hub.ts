/**
 * `npm run hub`: the hub from the sources. With EVENTS_TABLE and its like in the environment on AWS, as in a container; without, on one file in DATA_DIR (default
 * .doorbell; `:memory:` keeps nothing), with a development key and the sample producer.
 */

import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { hubMetrics } from '../hub/metrics.ts';
import { goOnUnheard } from '../hub/output.ts';
import { startHub } from '../hub/server.ts';
import { hubSettings } from '../hub/settings.ts';
import { secretsIn } from '../lib/auth/settings.ts';
import type { Base, Compose, HubPorts } from '../lib/compose/hub-ports.ts';
import { text } from '../lib/config.ts';
import { isLoopback } from '../lib/protocol/loopback.ts';
import { systemClock, systemRandom } from '../lib/runtime/system.ts';
import { powertoolsLogger } from '../lib/telemetry/logger.ts';
import { banner, urlOf } from './banner.ts';
import { builtOrSay, sourcesOf } from './bundle/build-cache.ts';
import { SERVICE_DIR } from './folder.ts';
import { endWithParent, exitOnSecondSignal } from './process.ts';
import { developmentToken } from './secret.ts';

const ASSETS = { dashboard: 'dashboard.html', client: 'client.js', openapi: 'openapi.json' };

/** What the hub stands on. */
interface Ground {
  readonly env: Record<string, string | undefined>;
  readonly compose: Compose;
  readonly token?: string;
  /** Starts what runs beside the hub; returns how to end it, and then the ground itself. */
  attend?(common: Base, ports: HubPorts, url: string): Promise<Attended>;
}

interface Attended {
  /** Before the hub stops: what would publish. */
  stop(): Promise<void>;
  /** After it has stopped. */
  close(): Promise<void>;
}

async function start(): Promise<void> {
  goOnUnheard([process.stdout, process.stderr]);
  let end: () => void = () => process.exit(130);
  // Only under npm: whoever starts this file itself may well leave it alone in the background.
  if (process.env.npm_lifecycle_event === 'hub') endWithParent(() => end());
  process.on('SIGTERM', () => end()).on('SIGINT', () => end());
  const settings = hubSettings(process.env);
  process.env.POWERTOOLS_LOG_LEVEL ||= text(process.env, 'LOG_LEVEL');
  await build();
  const metrics = hubMetrics();
  const common = { clock: systemClock, random: systemRandom, logger: powertoolsLogger() };
  const ground = process.env.EVENTS_TABLE ? await onAws() : await onOneFile(settings.host, common);
  const { env, compose, token } = ground;
  const built = (name: string) => readFileSync(join(SERVICE_DIR, 'dist', name), 'utf8');
  const assets = {
    dashboard: built(ASSETS.dashboard),
    client: built(ASSETS.client),
    openapi: built(ASSETS.openapi),
  };
  const hub = await startHub({ settings, env, common, metrics, assets, compose });
  const url = urlOf(settings.host, hub.port);
  const attended = await ground.attend?.({ ...common, meter: metrics.meter }, hub.ports, url);
  if (token) process.stdout.write(banner(url, token));
  console.log(`  metrics   http://${settings.adminHost}:${hub.adminPort}/metrics`);
  const stop = async () => {
    await Promise.all([attended?.stop(), hub.stop()]);
    await attended?.close();
    process.exit(0);
  };
  end = () => {
    end = () => undefined;
    exitOnSecondSignal();
    stop().catch(failed);
  };
}

/** In a process of its own: the compilers would leave a hundred megabytes behind here. */
async function build(): Promise<void> {
  if (await builtOrSay(await sourcesOf())) return;
  await promisify(execFile)(process.execPath, [join(import.meta.dirname, 'bundle/bundle.ts')]);
}

async function onAws(): Promise<Ground> {
  const { onAws: compose } = await import('../lib/compose/hub.ts');
  return { env: process.env, compose: compose(process.env) };
}

/** Throws an error whose message is for the reader: what others can reach must not be open to a key that this program made up. */
async function onOneFile(host: string, common: Omit<Base, 'meter'>): Promise<Ground> {
  if (!isLoopback(host) && !process.env.DOORBELL_SECRET)
    throw new Error(
      `HOST=${host} lets others in. Set DOORBELL_SECRET (at least 32 bytes): openssl rand -base64 48`,
    );
  const { openLocalFile } = await import('./hub-file.ts');
  const { secret, compose, attend } = await openLocalFile(process.env, common);
  return {
    env: process.env,
    compose,
    token: await developmentToken(secretsIn(secret, 'DOORBELL_SECRET')[0] ?? ''),
    attend,
  };
}

function failed({ message }: Error): never {
  console.error(message);
  process.exit(1);
}

start().catch(failed);
