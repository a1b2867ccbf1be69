/**
 * `npm run hub`: the hub from the sources. With EVENTS_TABLE and its like in the environment on AWS, as in a container; without, on embedded emulators that
 * keep the log in DATA_DIR (default .doorbell; `:memory:` keeps nothing), with a development key and everything that AWS would run besides: ingest, sweep and the sample producer.
 */
import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { startHub } from '../hub/hub.ts';
import { type HubMetrics, hubMetrics } from '../hub/metrics.ts';
import { goOnUnheard } from '../hub/output.ts';
import { hubSettings, isLoopback } from '../hub/settings.ts';
import { secretsIn } from '../lib/auth/settings.ts';
import { systemChance, systemClock } from '../lib/clock.ts';
import type { Base, Clients } from '../lib/deps.ts';
import { powertoolsLogger } from '../lib/log.ts';
import { banner } from './banner.ts';
import { builtOf, sourcesOf } from './built.ts';
import { nearbyDynamodb } from './emulators.ts';
import { startErrands } from './errands.ts';
import { endWithParent, exitOnSecondSignal } from './process.ts';
import { rehearse } from './rehearsal.ts';
import { developmentSecret, developmentToken } from './secret.ts';
import { loadService, SERVICE_DIR } from './service.ts';
import { type LocalStack, startLocalStack, wholeEnvironment } from './stack.ts';

const ASSETS = { dashboard: 'dashboard.html', client: 'client.js', openapi: 'openapi.json' };

/** As SQLite has it. */
const IN_MEMORY = ':memory:';

interface Ground {
  readonly env: Record<string, string | undefined>;
  readonly stack?: LocalStack;
  readonly token?: string;
  readonly clients?: Clients;
}

async function start(): Promise<void> {
  goOnUnheard([process.stdout, process.stderr]);
  let end: () => void = () => process.exit(130);
  // Only under npm: whoever starts this file itself may well leave it alone in the background.
  if (process.env.npm_lifecycle_event === 'hub') endWithParent(() => end());
  process.on('SIGTERM', () => end()).on('SIGINT', () => end());
  const settings = hubSettings(process.env);
  process.env.POWERTOOLS_LOG_LEVEL ||= process.env.LOG_LEVEL || 'WARN';
  await build();
  const metrics = hubMetrics();
  const common = { clock: systemClock, chance: systemChance, logger: powertoolsLogger() };
  const {
    env,
    stack,
    token,
    clients = {},
  }: Ground = process.env.EVENTS_TABLE
    ? { env: process.env }
    : await emulated(settings.host, common, metrics.onCall);
  const built = (name: string) => readFileSync(join(SERVICE_DIR, 'dist', name), 'utf8');
  const assets = {
    dashboard: built(ASSETS.dashboard),
    client: built(ASSETS.client),
    openapi: built(ASSETS.openapi),
  };
  const hub = await startHub({ settings, env, common, metrics, assets, clients });
  const errands = stack && startErrands(stack, env, { ...common, meter: metrics.meter }, hub.ports.publish);
  if (token) process.stdout.write(banner({ host: settings.host, httpPort: hub.port }, token));
  console.log(`  metrics   http://${settings.adminHost}:${hub.adminPort}/metrics`);
  const stop = async () => {
    await Promise.all([errands?.stop(), hub.stop()]);
    await stack?.stop();
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
  if (await builtOf(await sourcesOf())) return;
  await promisify(execFile)(process.execPath, [join(import.meta.dirname, 'bundle.ts')]);
}

/** Throws an error whose message is for the reader: what others can reach must not be open to a key that this program made up. */
async function emulated(
  host: string,
  common: Omit<Base, 'meter'>,
  onCall: HubMetrics['onCall'],
): Promise<Ground> {
  if (!isLoopback(host) && !process.env.DOORBELL_SECRET)
    throw new Error(
      `HOST=${host} lets others in. Set DOORBELL_SECRET (at least 32 bytes): openssl rand -base64 48`,
    );
  const service = await loadService();
  const dataDir =
    process.env.DATA_DIR === IN_MEMORY
      ? undefined
      : resolve(SERVICE_DIR, process.env.DATA_DIR || '.doorbell');
  const secret = process.env.DOORBELL_SECRET || (await developmentSecret(dataDir));
  const stack = await startLocalStack(dataDir === undefined ? { service } : { service, dataDir });
  stack.lead(process.env);
  await rehearse(service, common, { onDisk: dataDir !== undefined });
  const env = { ...wholeEnvironment(stack), ...process.env, DOORBELL_SECRET: secret };
  const clients = { dynamo: nearbyDynamodb(stack.emulators, service.provider.region, onCall) };
  return {
    env,
    stack,
    clients,
    token: await developmentToken(secretsIn(secret, 'DOORBELL_SECRET')[0] ?? ''),
  };
}

function failed({ message }: Error): never {
  console.error(message);
  process.exit(1);
}

start().catch(failed);
