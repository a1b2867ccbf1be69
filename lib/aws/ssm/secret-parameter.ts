/** The shared secrets in SSM Parameter Store: a SecureString, one secret a line, the newest first. */

import { GetParameterCommand, type SSMClient } from '@aws-sdk/client-ssm';
import { secretsIn } from '../../auth/settings.ts';
import { calling } from '../errors.ts';

/** Throws when the parameter is missing, may not be read, or holds a secret that is too short. */
export async function readSecrets(client: SSMClient, name: string): Promise<readonly string[]> {
  const command = new GetParameterCommand({ Name: name, WithDecryption: true });
  const { Parameter } = await calling('SSM', client.send(command));
  return secretsIn(Parameter?.Value ?? '', `parameter ${name}`);
}
