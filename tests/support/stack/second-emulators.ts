/**
 * The second pair of emulators: AWS's own DynamoDB Local, and local-aws-sqs, whose new queues are not known for a second, as
 * SQS's may be. docs/evidence/emulators.md lists where they differ from the embedded pair.
 */

import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { createServer, IncomingMessage } from 'node:http';
import { type AddressInfo, Socket } from 'node:net';
import { text } from 'node:stream/consumers';
import { createRequestHandler } from 'local-aws-sqs';
import { inject } from 'vitest';
import type { Emulators } from '../../../local/emulators/emulators.ts';

const LOOPBACK = '127.0.0.1';

/** Why there is no second pair here; undefined when there is one. */
export function secondIsMissing(): string | undefined {
  const dynamodb = inject('dynamodbLocal');
  return 'missing' in dynamodb ? dynamodb.missing : undefined;
}

export interface SecondEmulators extends Emulators {
  /** From now on a new queue is not known for a second. */
  beSlow(): void;
}

/** Starts a queue service of its own; tables are in the one DynamoDB Local, under an access key that nobody else has. */
export async function startSecondEmulators(region: string): Promise<SecondEmulators> {
  const dynamodb = inject('dynamodbLocal');
  if ('missing' in dynamodb) throw new Error(`${dynamodb.missing}.`);
  const { service, requestHandler } = createRequestHandler({
    port: 0,
    hostname: LOOPBACK,
    region,
    // A queue that was deleted would be listed for a minute, which nothing here needs to be patient for.
    emulateQueueCreationLifecycle: false,
  });
  const server = createServer(async (request, response) => {
    await requestHandler(isReceive(request) ? await askForOne(request) : request, response);
  });
  server.listen(0, LOOPBACK);
  await once(server, 'listening');
  service.PORT = (server.address() as AddressInfo).port;
  return {
    sqsEndpoint: `http://${LOOPBACK}:${service.PORT}`,
    dynamodbEndpoint: dynamodb.endpoint,
    // Letters and digits only, or DynamoDB Local refuses it.
    accessKeyId: `second${randomBytes(8).toString('hex')}`,
    beSlow: () => {
      service.emulateLazyQueues = true;
    },
    stop: async () => {
      server.closeAllConnections();
      server.close();
      service.resetAll();
    },
  };
}

function isReceive({ headers }: IncomingMessage): boolean {
  return headers['x-amz-target'] === 'AmazonSQS.ReceiveMessage';
}

/**
 * The same request for one message. This emulator keeps a receive waiting until it has as many as were asked for; SQS answers as soon as it
 * has one, and may always answer with fewer. It also knows system attributes only by the parameter's older name.
 */
async function askForOne(request: IncomingMessage): Promise<IncomingMessage> {
  const asked: { readonly MessageSystemAttributeNames?: readonly string[] } = JSON.parse(await text(request));
  // A socket that leads nowhere: a request that has been read takes its socket with it.
  const one = new IncomingMessage(new Socket());
  const body = JSON.stringify({
    ...asked,
    MaxNumberOfMessages: 1,
    AttributeNames: asked.MessageSystemAttributeNames,
  });
  Object.assign(one, { method: request.method, url: request.url });
  one.headers = { ...request.headers, 'content-length': String(Buffer.byteLength(body)) };
  one.push(body);
  one.push(null);
  return one;
}
