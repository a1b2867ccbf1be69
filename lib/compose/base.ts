/**
 * What every process has, and who is let in. The files beside this one compose the kinds of process, each from an environment to real
 * ports. Only this room knows `lib/aws` and `lib/sqlite`; a function imports just its own kind, so its bundle carries nothing else.
 */

import { ssmClient } from '../aws/clients.ts';
import { readSecrets } from '../aws/ssm/secret-parameter.ts';
import { choice, type Environment } from '../config.ts';
import { systemClock, systemRandom } from '../runtime/system.ts';
import { powertoolsLogger } from '../telemetry/logger.ts';
import { powertoolsMeter } from '../telemetry/metrics.ts';
import { gateOf } from './auth.ts';
import type { Clients } from './clients.ts';
import type { Base, Gate, HubPorts, HubSeams } from './hub-ports.ts';

export type { Base, Clients, HubPorts, HubSeams };

export function base(env: Environment): Base {
  const meter = powertoolsMeter(choice(env, 'METRICS'));
  return { clock: systemClock, random: systemRandom, logger: powertoolsLogger(), meter };
}

/** Who is let in, as the environment says. Throws when it names no key. */
export function access(env: Environment, common: Base, { ssm }: Clients = {}): Gate {
  return gateOf(env, common, (name) => readSecrets(ssm ?? ssmClient(), name));
}
