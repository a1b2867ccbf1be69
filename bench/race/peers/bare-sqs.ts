/** Send -> receive on the SQS emulator that Doorbell itself is measured with: what any service made of SQS can reach here. */

import { join } from 'node:path';
import {
  CreateQueueCommand,
  DeleteMessageCommand,
  ReceiveMessageCommand,
  SendMessageCommand,
  SQSClient,
} from '@aws-sdk/client-sqs';
import { freePort } from '../../../packages/testing/src/check/crash/free-port.ts';
import { npmVersion } from '../installed.ts';
import type { Peer, Running } from '../peer.ts';
import { start, stopAll, up } from '../processes.ts';

const PRODUCT = join(import.meta.dirname, '../../..');
/** A message whose receiver hung up comes again after this, as with SQS; its default of 30 s would outlast the race. */
const VISIBILITY_S = '2';

export const bareSqs: Peer = {
  name: 'bare-sqs',
  about: 'send -> receive on fauxqs, an SQS emulator on Node, through the AWS SDK; memory only',
  reaches: 'one',
  mostReaders: 20,
  missing: () => undefined,
  version: () =>
    `fauxqs ${npmVersion(PRODUCT, 'fauxqs')}, AWS SDK ${npmVersion(PRODUCT, '@aws-sdk/client-sqs')}`,
  async start({ folder }) {
    const port = await freePort();
    const script = join(import.meta.dirname, '../servers/fauxqs.ts');
    const server = start({ folder, command: process.execPath, args: [script, String(port)] });
    await up(port, server);
    const sqs = new SQSClient({
      endpoint: `http://127.0.0.1:${port}`,
      region: 'us-east-1',
      credentials: { accessKeyId: 'race', secretAccessKey: 'race' },
      useQueueUrlAsEndpoint: false,
    });
    const queues = new Map<string, Promise<string>>();
    const queue = (channel: string) => {
      const made = queues.get(channel) ?? makeQueue(sqs, channel);
      queues.set(channel, made);
      return made;
    };
    return {
      ...pair(sqs, queue),
      pids: [server.pid],
      async stop() {
        sqs.destroy();
        await stopAll([server]);
      },
    };
  },
};

function pair(
  sqs: SQSClient,
  queue: (channel: string) => Promise<string>,
): Pick<Running, 'publish' | 'poll'> {
  const receive = async (channel: string, abortSignal: AbortSignal) => {
    const QueueUrl = await queue(channel);
    const ask = new ReceiveMessageCommand({ QueueUrl, WaitTimeSeconds: 20, MaxNumberOfMessages: 10 });
    const { Messages = [] } = await sqs.send(ask, { abortSignal });
    // Delivered by now: what is deleted beside the next receive adds no latency, as in Doorbell.
    for (const { ReceiptHandle } of Messages)
      sqs.send(new DeleteMessageCommand({ QueueUrl, ReceiptHandle })).catch(() => undefined);
    return { numbers: Messages.map(({ Body }) => numberIn(Body)), cursor: true };
  };
  return {
    async publish(channel, event) {
      await sqs.send(new SendMessageCommand({ QueueUrl: await queue(channel), MessageBody: event }));
    },
    poll(channel) {
      const hungUp = new AbortController();
      return { answer: receive(channel, hungUp.signal), hangUp: () => hungUp.abort() };
    },
  };
}

async function makeQueue(sqs: SQSClient, channel: string): Promise<string> {
  const create = { QueueName: channel, Attributes: { VisibilityTimeout: VISIBILITY_S } };
  const { QueueUrl = '' } = await sqs.send(new CreateQueueCommand(create));
  return QueueUrl;
}

function numberIn(body = '{}'): number {
  const { n }: { readonly n: number } = JSON.parse(body);
  return n;
}
