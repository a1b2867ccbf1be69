/**
 * Makes this process unable to reach anybody's AWS account. Handlers run in it with the SDK's own defaults, and
 * those would find the developer's profile, SSO session or metadata service. So everything that names an account
 * goes, and every service but the two emulated ones points at a port where nothing listens.
 */
import { devNull } from 'node:os';
import type { Emulators } from './emulators.ts';

/** The discard port: nothing listens there, so a call to a service that is not emulated fails at once. */
const NOWHERE = 'http://127.0.0.1:9';

/** Drops every AWS_* variable from `env`, then puts in what cannot reach AWS. Call it before an SDK client is made. */
export function forgetAws(env: NodeJS.ProcessEnv, region: string): void {
  for (const name of Object.keys(env)) if (name.startsWith('AWS_')) delete env[name];
  Object.assign(env, {
    AWS_REGION: region,
    AWS_DEFAULT_REGION: region,
    AWS_ACCESS_KEY_ID: 'local',
    AWS_SECRET_ACCESS_KEY: 'local',
    AWS_ENDPOINT_URL: NOWHERE,
    AWS_CONFIG_FILE: devNull,
    AWS_SHARED_CREDENTIALS_FILE: devNull,
    AWS_EC2_METADATA_DISABLED: 'true',
  });
}

/** Points the SDK's SQS and DynamoDB clients at the emulators, and keeps the handlers quiet. */
export function useEmulators(env: NodeJS.ProcessEnv, emulators: Emulators): void {
  Object.assign(env, {
    AWS_ENDPOINT_URL_SQS: emulators.sqsEndpoint,
    AWS_ENDPOINT_URL_DYNAMODB: emulators.dynamodbEndpoint,
    AWS_ACCESS_KEY_ID: emulators.accessKeyId,
    // Metrics are log lines for CloudWatch: on a terminal they are noise.
    POWERTOOLS_METRICS_DISABLED: 'true',
  });
}
