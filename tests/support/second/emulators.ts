/**
 * A stack's view of the second ground: moto's DynamoDB, and ElasticMQ behind a front of its own that refuses what
 * SQS would: what is asked of a queue in its first second, and a message whose attributes make it too large. docs/evidence/emulators.md lists where they differ from the embedded pair.
 */

import { once } from 'node:events';
import { Agent, createServer, type IncomingMessage, request, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { inject } from 'vitest';
import type { Emulators } from '../../../local/emulators/emulators.ts';

const LOOPBACK = '127.0.0.1';
/** A little more than the second that SQS's documentation asks for. */
const YOUNG_MS = 1_150;

/** A message with its attributes: the limit of SQS. */
const MAX_BYTES = 1024 * 1024;

/** Of a call, what the front looks at. */
interface Call {
  readonly QueueName?: string;
  readonly QueueUrl?: string;
  readonly MessageBody?: string;
  readonly MessageAttributes?: Readonly<
    Record<string, { readonly DataType: string; readonly StringValue?: string }>
  >;
}

interface Refusal {
  readonly code: string;
  readonly __type: string;
  readonly message: string;
}

const NOT_KNOWN: Refusal = {
  code: 'AWS.SimpleQueueService.NonExistentQueue',
  __type: 'com.amazonaws.sqs#QueueDoesNotExist',
  message: 'The queue is not known yet.',
};
const TOO_LARGE: Refusal = {
  code: 'InvalidParameterValue',
  __type: 'com.amazonaws.sqs#InvalidParameterValue',
  message: 'One or more parameters are invalid. Reason: Message must be shorter than 1048576 bytes.',
};

/** Why there is no second ground here; undefined when there is one. */
export function secondIsMissing(): string | undefined {
  const servers = inject('secondServers');
  return 'missing' in servers ? servers.missing : undefined;
}

export interface SecondEmulators extends Emulators {
  /** From now on a new queue is not known for a second. */
  beSlow(): void;
}

/** All stacks share the two servers: each must give its tables and queues names that nobody else has. */
export async function startSecondEmulators(): Promise<SecondEmulators> {
  const servers = inject('secondServers');
  if ('missing' in servers) throw new Error(`${servers.missing}.`);
  const front = new SqsFront(servers.sqsEndpoint);
  const sqsEndpoint = await front.listen();
  return {
    sqsEndpoint,
    dynamodbEndpoint: servers.dynamodbEndpoint,
    accessKeyId: 'second',
    beSlow: () => {
      front.isSlow = true;
    },
    stop: () => front.stop(),
  };
}

/** Hands everything on to ElasticMQ, but for what SQS would refuse: a message that is too large, and what is asked of a queue that is too new. */
class SqsFront {
  isSlow = false;
  readonly #endpoint: string;
  readonly #knownFrom = new Map<string, number>();
  readonly #agent = new Agent({ keepAlive: true });
  readonly #server = createServer((received, response) => {
    this.#answer(received, response).catch(() => response.destroy());
  });

  constructor(endpoint: string) {
    this.#endpoint = endpoint;
  }

  async listen(): Promise<string> {
    this.#server.listen(0, LOOPBACK);
    await once(this.#server, 'listening');
    return `http://${LOOPBACK}:${(this.#server.address() as AddressInfo).port}`;
  }

  async stop(): Promise<void> {
    this.#server.closeAllConnections();
    this.#server.close();
    this.#agent.destroy();
  }

  async #answer(received: IncomingMessage, response: ServerResponse): Promise<void> {
    const body = await text(received);
    const call: Call = JSON.parse(body || '{}');
    const name = call.QueueName ?? call.QueueUrl?.split('/').at(-1) ?? '';
    switch (received.headers['x-amz-target']) {
      case 'AmazonSQS.CreateQueue':
        if (this.isSlow) this.#knownFrom.set(name, performance.now() + YOUNG_MS);
        return this.#handOn(received, body, response);
      case 'AmazonSQS.SendMessage':
        if (sizeOf(call) > MAX_BYTES) return refuse(response, TOO_LARGE);
        break;
    }
    if ((this.#knownFrom.get(name) ?? 0) > performance.now()) return refuse(response, NOT_KNOWN);
    this.#handOn(received, body, response);
  }

  /** A caller that hangs up takes its receive with it. */
  #handOn({ method, url, headers }: IncomingMessage, body: string, response: ServerResponse): void {
    const { host: _, ...kept } = headers;
    const options = { method: method ?? 'POST', headers: kept, agent: this.#agent };
    const onward = request(`${this.#endpoint}${url}`, options, (answer) => {
      response.writeHead(answer.statusCode ?? 502, answer.headers);
      answer.pipe(response);
    });
    onward.on('error', () => response.destroy());
    response.on('close', () => onward.destroy());
    onward.end(body);
  }
}

/** What SQS counts: the body, and of each attribute its name, type and value. */
function sizeOf({ MessageBody = '', MessageAttributes = {} }: Call): number {
  const attributes = Object.entries(MessageAttributes).flatMap(([name, { DataType, StringValue }]) => [
    name,
    DataType,
    StringValue ?? '',
  ]);
  return Buffer.byteLength([MessageBody, ...attributes].join(''));
}

function refuse(response: ServerResponse, { code, __type, message }: Refusal): void {
  const headers = {
    'content-type': 'application/x-amz-json-1.0',
    'x-amzn-query-error': `${code};Sender`,
  };
  response.writeHead(400, headers).end(JSON.stringify({ __type, message }));
}
