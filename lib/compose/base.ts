/**
 * What every process has, and who is let in. The files beside this one compose the kinds of process, each from an environment to real
 * ports. Only this room knows `lib/aws` and `lib/sqlite`; a function imports just its own kind, so its bundle carries nothing else.
 */

import type { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import type { SQSClient } from '@aws-sdk/client-sqs';
import type { SSMClient } from '@aws-sdk/client-ssm';
import { ssmClient } from '../aws/clients.ts';
import { readSecrets } from '../aws/ssm/secret-parameter.ts';
import type { Environment } from '../config.ts';
import { systemClock, systemRandom } from '../runtime/system.ts';
import { powertoolsLogger } from '../telemetry/logger.ts';
import { powertoolsMeter } from '../telemetry/metrics.ts';
import { gateOf } from './auth.ts';
import type { Base, Gate, HubPorts, HubSeams } from './hub-ports.ts';

export type { Base, HubPorts, HubSeams };

/** The AWS clients to use; each is made from the process's environment when it is not given. */
export interface Clients {
  readonly dynamo?: DynamoDBClient;
  readonly sqs?: SQSClient;
  readonly ssm?: SSMClient;
}

export function base(): Base {
  return { clock: systemClock, random: systemRandom, logger: powertoolsLogger(), meter: powertoolsMeter() };
}

/** Who is let in, as the environment says. Throws when it names no key. */
export function access(env: Environment, common: Base, { ssm }: Clients = {}): Gate {
  return gateOf(env, common, (name) => readSecrets(ssm ?? ssmClient(), name));
}
