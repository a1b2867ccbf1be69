/** Parameter Store in memory: no emulator of ours has one. */

import { ParameterNotFound, SSMClient } from '@aws-sdk/client-ssm';

/** A client that knows these parameters and reaches nothing. */
export function parameterStore(values: Readonly<Record<string, string>> = {}): SSMClient {
  const client = new SSMClient({
    region: 'us-east-1',
    credentials: { accessKeyId: 'local', secretAccessKey: 'local' },
  });
  client.middlewareStack.add(
    (_next, { commandName }) =>
      async ({ input }) => {
        const { Name = '' } = input as { Name?: string };
        const Value = values[Name];
        if (commandName !== 'GetParameterCommand' || Value === undefined)
          throw new ParameterNotFound({ message: `${commandName} ${Name}`, $metadata: {} });
        return { output: { $metadata: {}, Parameter: { Name, Value } }, response: undefined };
      },
    // After everything else of this step, so that who notes calls sees them.
    { step: 'initialize', priority: 'low' },
  );
  return client;
}
