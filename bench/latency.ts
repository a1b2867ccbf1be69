/**
 * `npm run bench`: publish -> delivered to a waiting reader, through `npm start`, beside a bare SQS send -> receive on the same emulator in the
 * same run. The two take turns, so that what disturbs the machine disturbs both.
 */

import { parseArgs } from 'node:util';
import {
  CreateQueueCommand,
  DeleteMessageCommand,
  ReceiveMessageCommand,
  SendMessageCommand,
  SQSClient,
} from '@aws-sdk/client-sqs';
import { machine, percentiles, row } from './figures.ts';
import { startOffline } from './offline.ts';

const { values } = parseArgs({ options: { events: { type: 'string', default: '300' } } });
const EVENTS = Number(values.events);
const WARM_UP = 30;
/** Lets the reader fall asleep again before the next event. */
const PAUSE_MS = 30;

const offline = await startOffline();
const sqs = new SQSClient({
  endpoint: offline.sqsEndpoint,
  region: 'us-east-1',
  credentials: { accessKeyId: 'local', secretAccessKey: 'local' },
  useQueueUrlAsEndpoint: false,
});
const { QueueUrl } = await sqs.send(new CreateQueueCommand({ QueueName: 'bare-pair' }));
const authorization = { Authorization: `Bearer ${offline.token}` };
const events = `${offline.url}/v1/channels/bench/events`;
const pause = () => new Promise((resolve) => setTimeout(resolve, PAUSE_MS));

async function publish(data: unknown): Promise<void> {
  const headers = { ...authorization, 'Content-Type': 'application/json' };
  const response = await fetch(events, { method: 'POST', headers, body: JSON.stringify({ data }) });
  if (response.status !== 201) throw new Error(`publish answered ${response.status}`);
  await response.arrayBuffer();
}

async function delivered(maxvid: number): Promise<number> {
  const response = await fetch(`${events}?maxvid=${maxvid}`, { headers: authorization });
  const answer: { events: readonly unknown[]; maxvid: number } = await response.json();
  if (answer.events.length !== 1) throw new Error(`expected one event, got ${answer.events.length}`);
  return answer.maxvid;
}

/** ms from the start of the publish until the reader has the event. */
async function doorbellPair(maxvid: number): Promise<number> {
  const reading = delivered(maxvid);
  await pause();
  const start = performance.now();
  const publishing = publish({ maxvid });
  await reading;
  const ms = performance.now() - start;
  await publishing;
  return ms;
}

/** ms from the start of the send until the receiver has the message; the message is deleted, as any receiver must. */
async function barePair(): Promise<number> {
  const receiving = sqs.send(new ReceiveMessageCommand({ QueueUrl, WaitTimeSeconds: 20 }));
  await pause();
  const start = performance.now();
  const sending = sqs.send(new SendMessageCommand({ QueueUrl, MessageBody: '{"data":{}}' }));
  const { Messages = [] } = await receiving;
  const ms = performance.now() - start;
  await sending;
  await sqs.send(new DeleteMessageCommand({ QueueUrl, ReceiptHandle: Messages[0]?.ReceiptHandle }));
  return ms;
}

await publish('the channel is born');
const doorbell: number[] = [];
const bare: number[] = [];
for (let i = 0; i < WARM_UP + EVENTS; i++) {
  const [mine, theirs] = [await doorbellPair(i + 1), await barePair()];
  if (i < WARM_UP) continue;
  doorbell.push(mine);
  bare.push(theirs);
}
await offline.stop();

const [mine, theirs] = [percentiles(doorbell), percentiles(bare)];
console.log(machine());
console.log(`${''.padEnd(34)} ${'events'.padStart(6)} ${'p50 ms'.padStart(9)} ${'p99 ms'.padStart(9)}`);
console.log(row('bare SQS send -> receive', theirs));
console.log(row('Doorbell publish -> delivered', mine));
console.log(`ratio: p50 ${(mine.p50 / theirs.p50).toFixed(2)}, p99 ${(mine.p99 / theirs.p99).toFixed(2)}`);
