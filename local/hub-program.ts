/** A hub as a developer starts it: `npm run hub` from the sources, and `doorbell dev` from the installed package. The two have the same settings and rules. */
import { hubMetrics } from '../hub/metrics.ts';
import { startHub } from '../hub/server.ts';
import type { HubSettings } from '../hub/settings.ts';
import { secretsIn } from '../lib/auth/settings.ts';
import type { Base, Compose, HubPorts } from '../lib/compose/hub-ports.ts';
import type { Environment } from '../lib/config.ts';
import type { Assets } from '../lib/http/site/site.ts';
import { isLoopback } from '../lib/protocol/loopback.ts';
import { systemClock, systemRandom } from '../lib/runtime/system.ts';
import { powertoolsLogger } from '../lib/telemetry/logger.ts';
import { banner, urlOf } from './banner.ts';
import { type BesideFile, openLocalFile } from './hub-file.ts';
import { developmentToken } from './secret.ts';

/** What the hub stands on. */
export interface HubTarget {
  readonly env: Environment;
  readonly compose: Compose;
  readonly token?: string;
  /** Starts what runs beside the hub; returns how to end it, and then the target itself. */
  attend?(common: Base, ports: HubPorts, url: string): Promise<Attended>;
}

interface Attended {
  /** Before the hub stops: what would publish. */
  stop(): Promise<void>;
  /** After it has stopped. */
  close(): Promise<void>;
}

export type Common = Omit<Base, 'meter'>;

export interface HubProgram {
  readonly settings: HubSettings;
  readonly assets: Assets;
  targetOf(common: Common): Promise<HubTarget>;
  say(text: string): void;
}

/** Serves when it resolves, and has said where. Returns how to stop it. */
export async function startHubProgram(program: HubProgram): Promise<() => Promise<void>> {
  const { settings, assets, say } = program;
  const metrics = hubMetrics();
  const common = { clock: systemClock, random: systemRandom, logger: powertoolsLogger() };
  const { env, compose, token, attend } = await program.targetOf(common);
  const hub = await startHub({ settings, env, common, metrics, assets, compose });
  const url = urlOf(settings.host, hub.port);
  const attended = await attend?.({ ...common, meter: metrics.meter }, hub.ports, url);
  if (token) say(banner(url, token));
  say(`  metrics   http://${settings.adminHost}:${hub.adminPort}/metrics\n`);
  return async () => {
    await Promise.all([attended?.stop(), hub.stop()]);
    await attended?.close();
  };
}

/** Throws an error whose message is for the reader: what others can reach must not be open to a key that this program made up. */
export async function onOneFile(
  env: Environment,
  host: string,
  common: Common,
  beside: BesideFile,
): Promise<HubTarget> {
  if (!isLoopback(host) && !env.DOORBELL_SECRET)
    throw new Error(
      `HOST=${host} lets others in. Set DOORBELL_SECRET (at least 32 bytes): openssl rand -base64 48`,
    );
  const { secret, compose, attend } = await openLocalFile(env, common, beside);
  const token = await developmentToken(secretsIn(secret, 'DOORBELL_SECRET')[0] ?? '');
  return { env, compose, token, attend };
}
