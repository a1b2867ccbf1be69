/**
 * SDK clients whose calls end in memory: `lib/compose/base.ts` and all of `lib/aws` run as they are, and every `send` passes through `wire`, which may
 * delay it, repeat it, fail it or keep its answer.
 */

import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { SQSClient } from '@aws-sdk/client-sqs';
import { operationOf } from '../../../lib/aws/call-observer.ts';
import type { Clients } from '../../../lib/compose/base.ts';
import type { DynamoInput, MemoryDynamo } from './memory-dynamo.ts';
import type { MemorySqs, SqsInput } from './memory-sqs.ts';

export interface MemoryCall {
  /** For example `PutItem events` or `ReceiveMessage`. */
  readonly name: string;
  readonly input: Partial<DynamoInput & SqsInput>;
}

/** Lets a call take effect, each time that it is called. */
export type Act = (input: MemoryCall['input']) => Promise<object>;

/** Carries one call. */
export type Wire = (call: MemoryCall, act: Act) => Promise<object>;

export interface MemoryServices {
  readonly dynamo: MemoryDynamo;
  readonly sqs: MemorySqs;
}

/** Clients of one process. */
export function memoryClients({ dynamo, sqs }: MemoryServices, wire: Wire): Omit<Required<Clients>, 'ssm'> {
  const options = {
    region: 'memory',
    credentials: { accessKeyId: 'memory', secretAccessKey: 'memory' },
    // Whatever is given need not be looked for in files, which takes real time.
    maxAttempts: 1,
    retryMode: 'standard',
    defaultsMode: 'standard',
    requestHandler: { handle: () => Promise.reject(new Error('a call has left the memory')) },
    // The stack of middleware is then put together once per command, not once per call.
    cacheMiddleware: true,
  } as const;
  const clients = { dynamo: new DynamoDBClient(options), sqs: new SQSClient(options) };
  // The initialize step comes first; not calling `next` ends the call here.
  clients.dynamo.middlewareStack.add(
    (_next, { commandName }) =>
      async ({ input }) => {
        const command = operationOf(commandName);
        const known = input as DynamoInput;
        const act: Act = async (given) => dynamo.apply(command, given as DynamoInput);
        const output = await wire({ name: `${command} ${known.TableName}`, input: known }, act);
        return { response: {}, output: { $metadata: {}, ...output } };
      },
    { step: 'initialize', priority: 'high' },
  );
  clients.sqs.middlewareStack.add(
    (_next, { commandName }) =>
      async ({ input }) => {
        const command = operationOf(commandName);
        const call = { name: command, input: input as SqsInput };
        const output = await wire(call, (given) => sqs.apply(command, given));
        return { response: {}, output: { $metadata: {}, ...output } };
      },
    { step: 'initialize', priority: 'high' },
  );
  return clients;
}
