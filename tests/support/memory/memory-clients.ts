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

const OPTIONS = {
  region: 'memory',
  credentials: { accessKeyId: 'memory', secretAccessKey: 'memory' },
  // Whatever is given need not be looked for in files, which takes real time.
  maxAttempts: 1,
  retryMode: 'standard',
  defaultsMode: 'standard',
  requestHandler: { handle: () => Promise.reject(new Error('a call has left the memory')) },
} as const;
/** Made once: to make one takes as long as a hundred calls in memory. */
const DYNAMO = new DynamoDBClient(OPTIONS);
const SQS = new SQSClient(OPTIONS);

/** Clients of one process. */
export function memoryClients({ dynamo, sqs }: MemoryServices, wire: Wire): Omit<Required<Clients>, 'ssm'> {
  return {
    dynamo: calling(DYNAMO, (command, input) => {
      const known = input as DynamoInput;
      const act: Act = async (given) => dynamo.apply(command, given as DynamoInput);
      return wire({ name: `${command} ${known.TableName}`, input: known }, act);
    }),
    sqs: calling(SQS, (command, input) =>
      wire({ name: command, input: input as SqsInput }, (given) => sqs.apply(command, given)),
    ),
  };
}

/** A client whose calls end where `send` would hand them to the SDK's stack of middleware, of which none could be seen in memory. */
function calling<C extends DynamoDBClient | SQSClient>(
  client: C,
  call: (command: string, input: object) => Promise<object>,
): C {
  const send = async (command: { readonly input: object }) => ({
    $metadata: {},
    ...(await call(operationOf(command.constructor.name), command.input)),
  });
  return Object.assign(Object.create(client) as C, { middlewareStack: client.middlewareStack.clone(), send });
}
