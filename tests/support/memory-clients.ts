/**
 * SDK clients whose calls end in memory: `lib/deps.ts` and all of `lib/aws` run as they are, and every `send` passes through `wire`, which may
 * delay it, repeat it, fail it or keep its answer.
 */

import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { SQSClient } from '@aws-sdk/client-sqs';
import type { Clients } from '../../lib/deps.ts';
import type { DynamoInput, DynamoOutput, MemoryDynamo } from './memory-dynamo.ts';
import type { MemorySqs, SqsInput } from './memory-sqs.ts';

export interface MemoryCall {
  /** For example `PutItem events` or `ReceiveMessage`. */
  readonly name: string;
  readonly input: Partial<DynamoInput & SqsInput>;
}

/** Carries one call: `act` lets it take effect, each time that it is called. */
export type Wire = (call: MemoryCall, act: () => Promise<object>) => Promise<object>;

export interface MemoryServices {
  readonly dynamo: MemoryDynamo;
  readonly sqs: MemorySqs;
}

/** Clients of one process. */
export function memoryClients({ dynamo, sqs }: MemoryServices, wire: Wire): Required<Clients> {
  const options = {
    region: 'memory',
    credentials: { accessKeyId: 'memory', secretAccessKey: 'memory' },
    // The stack of middleware is then put together once per command, not once per call.
    cacheMiddleware: true,
  };
  const clients = { dynamo: new DynamoDBClient(options), sqs: new SQSClient(options) };
  // The initialize step comes first; not calling `next` ends the call here.
  clients.dynamo.middlewareStack.add(
    (_next, { commandName }) =>
      async ({ input }) => {
        const command = nameOf(commandName);
        const known = input as DynamoInput;
        const act = async (): Promise<DynamoOutput> => dynamo.apply(command, known);
        const output = await wire({ name: `${command} ${known.TableName}`, input: known }, act);
        return { response: {}, output: { $metadata: {}, ...output } };
      },
    { step: 'initialize', priority: 'high' },
  );
  clients.sqs.middlewareStack.add(
    (_next, { commandName }) =>
      async ({ input }) => {
        const command = nameOf(commandName);
        const known = input as SqsInput;
        const output = await wire({ name: command, input: known }, () => sqs.apply(command, known));
        return { response: {}, output: { $metadata: {}, ...output } };
      },
    { step: 'initialize', priority: 'high' },
  );
  return clients;
}

function nameOf(commandName: string | undefined): string {
  return commandName?.replace(/Command$/, '') ?? 'unknown';
}
