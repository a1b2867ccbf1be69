/** The hub as a program: `node dist/hub.mjs`, in a container. On AWS by environment, as the functions are; see `hub/settings.ts` for its own variables. */

import { readFileSync } from 'node:fs';
import { systemChance, systemClock } from '../lib/clock.ts';
import { powertoolsLogger } from '../lib/log.ts';
import { startHub } from './hub.ts';
import { hubMetrics } from './metrics.ts';
import { goOnUnheard } from './output.ts';
import { hubSettings } from './settings.ts';

/** The build puts these files beside this one. */
const built = (name: string) => readFileSync(new URL(name, import.meta.url), 'utf8');

async function main(): Promise<void> {
  goOnUnheard([process.stdout, process.stderr]);
  const hub = await startHub({
    settings: hubSettings(process.env),
    env: process.env,
    common: { clock: systemClock, chance: systemChance, logger: powertoolsLogger() },
    metrics: hubMetrics(),
    assets: {
      dashboard: built('dashboard.html'),
      client: built('client.js'),
      openapi: built('openapi.json'),
    },
  });
  console.log(`Doorbell hub on port ${hub.port}, for its operator on ${hub.adminPort}`);
  const stop = async () => {
    // A second signal ends it at once.
    process.once('SIGTERM', () => process.exit(130)).once('SIGINT', () => process.exit(130));
    await hub.stop();
    process.exit(0);
  };
  process.once('SIGTERM', () => void stop()).once('SIGINT', () => void stop());
}

main().catch((error: Error) => {
  console.error(error.message);
  // Not only its code: a port of the two may be open already.
  process.exit(1);
});
