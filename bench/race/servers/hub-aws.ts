/** The hub on AWS from its sources, by the environment: `hub/aws.ts` without a page to serve. */

import { hubMetrics } from '../../../hub/metrics.ts';
import { startHub } from '../../../hub/server.ts';
import { hubSettings } from '../../../hub/settings.ts';
import { onAws } from '../../../lib/compose/hub.ts';
import { systemClock, systemRandom } from '../../../lib/runtime/system.ts';
import { powertoolsLogger } from '../../../lib/telemetry/logger.ts';

const hub = await startHub({
  settings: hubSettings(process.env),
  env: process.env,
  common: { clock: systemClock, random: systemRandom, logger: powertoolsLogger() },
  compose: onAws(process.env),
  metrics: hubMetrics(),
  assets: { dashboard: '<!doctype html>', client: '', more: '', openapi: '{}' },
});
process.on('SIGTERM', () => void hub.stop().then(() => process.exit()));
