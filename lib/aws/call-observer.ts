/**
 * Watches the calls of an AWS client where they leave it: every attempt, so that a retry is seen too, with what it asked, what was answered and how many bytes went each
 * way. It changes nothing. What the calls cost is for others to say.
 */

import type { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import type { SQSClient } from '@aws-sdk/client-sqs';

/** One attempt, as it goes out. */
export interface Call {
  /** AWS's name of the operation, for example `PutItem`. */
  readonly operation: string;
  readonly input: object;
  /** Of the body. */
  readonly sentBytes: number;
}

/** How it ended. */
export interface Ended {
  /** Undefined when it failed. */
  readonly output: object | undefined;
  /** Of the body, as far as the answer says how long it is. */
  readonly receivedBytes: number;
}

/** Told of each attempt; what it returns is told how the attempt ended. Must not throw. */
export type CallObserver = (call: Call) => ((ended: Ended) => void) | undefined;

/** From now on `watch` is told of every attempt of every call of this client. */
export function observeCalls(client: DynamoDBClient | SQSClient, watch: CallObserver): void {
  // The clients' stacks differ by the types of their operations, which are not looked at here.
  const stack = client.middlewareStack as DynamoDBClient['middlewareStack'];
  stack.add(
    (next, { commandName }) =>
      async (args) => {
        const tell = watch({
          operation: operationOf(commandName),
          input: args.input,
          sentBytes: bodyBytes(args.request),
        });
        try {
          const result = await next(args);
          tell?.({ output: result.output, receivedBytes: lengthOf(result.response) });
          return result;
        } catch (error) {
          tell?.({ output: undefined, receivedBytes: 0 });
          throw error;
        }
      },
    // Inside the retries, and outside of what makes an output of an answer.
    { step: 'deserialize', priority: 'high', name: 'watchCalls' },
  );
}

/** AWS's name of the operation, for example `PutItem`, of what the SDK calls its command. */
export function operationOf(commandName: string | undefined): string {
  return commandName?.replace(/Command$/, '') ?? 'unknown';
}

function bodyBytes(request: unknown): number {
  const { body } = request as { readonly body?: unknown };
  return typeof body === 'string' || body instanceof Uint8Array ? Buffer.byteLength(body) : 0;
}

function lengthOf(response: unknown): number {
  const { headers = {} } = response as { readonly headers?: Readonly<Record<string, string>> };
  return Number(headers['content-length'] ?? 0);
}
