/** The shared secrets in SSM Parameter Store: a SecureString, one secret a line, the newest first. */

import { GetParameterCommand, type SSMClient } from '@aws-sdk/client-ssm';
import { secretsIn } from '../auth/settings.ts';

/** Throws when the parameter is missing, may not be read, or holds a secret that is too short. */
export async function readSecrets(client: SSMClient, name: string): Promise<readonly string[]> {
  const { Parameter } = await client.send(new GetParameterCommand({ Name: name, WithDecryption: true }));
  return secretsIn(Parameter?.Value ?? '', `parameter ${name}`);
}
