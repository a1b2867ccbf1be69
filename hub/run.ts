/** A hub as a program, on whatever ground: serves until it is told to stop, and ends with one line and 1 where it cannot. */

import { readFileSync } from 'node:fs';
import type { Base, Compose } from '../lib/compose/hub-ports.ts';
import { systemClock, systemRandom } from '../lib/runtime/system.ts';
import { powertoolsLogger } from '../lib/telemetry/logger.ts';
import { hubMetrics } from './metrics.ts';
import { goOnUnheard } from './output.ts';
import { startHub } from './server.ts';
import { hubSettings } from './settings.ts';

export interface HubTarget {
  readonly compose: Compose;
  /** Called when the hub has stopped. */
  close?(): Promise<void>;
}

/** The build puts these files beside this one. */
const built = (name: string) => readFileSync(new URL(name, import.meta.url), 'utf8');

export function run(targetOf: (common: Omit<Base, 'meter'>) => HubTarget): void {
  goOnUnheard([process.stdout, process.stderr]);
  serve(targetOf).catch((error: Error) => {
    console.error(error.message);
    // Not only its code: a port of the two may be open already.
    process.exit(1);
  });
}

async function serve(targetOf: (common: Omit<Base, 'meter'>) => HubTarget): Promise<void> {
  const common = { clock: systemClock, random: systemRandom, logger: powertoolsLogger() };
  const settings = hubSettings(process.env);
  const target = targetOf(common);
  const hub = await startHub({
    settings,
    env: process.env,
    common,
    compose: target.compose,
    metrics: hubMetrics(),
    assets: {
      dashboard: built('dashboard.html'),
      client: built('client.js'),
      more: built('client-more.js'),
      openapi: built('openapi.json'),
    },
  });
  console.log(`Doorbell hub on port ${hub.port}, for its operator on ${hub.adminPort}`);
  const stop = async () => {
    // A second signal ends it at once.
    process.once('SIGTERM', () => process.exit(130)).once('SIGINT', () => process.exit(130));
    await hub.stop();
    await target.close?.();
    process.exit(0);
  };
  process.once('SIGTERM', () => void stop()).once('SIGINT', () => void stop());
}
