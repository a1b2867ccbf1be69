/**
 * AWS's own clients before `npm start`: boto3 and the AWS CLI send to the ingest queue as a producer does that has never heard of Doorbell, and
 * readers in other languages have what they sent.
 */

import { readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import type { Event } from '../../lib/protocol/doorbell.ts';
import type { Endpoints } from '../../local/endpoints.ts';
import { output, start } from '../support/cli/commands.ts';
import { commandOf, LANGUAGES, lackingFor } from '../support/readers/languages.ts';
import { freePort, newDataDir, type Offline, startOffline } from '../support/stack/offline.ts';
import { judge } from './judge.ts';

const clients = await judge('aws-clients');
const CHANNEL = 'queued';

/** Also what SQS is asked and answers besides: the queue's address, its attributes, and the digests that boto3 compares. */
const BOTO3 = `
import boto3, json, sys
sqs = boto3.client("sqs")
url = sqs.get_queue_url(QueueName=sys.argv[1])["QueueUrl"]
assert sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["FifoQueue"])["Attributes"]["FifoQueue"] == "true"
def message(n, body):
    return {"MessageBody": json.dumps(body), "MessageGroupId": "queued", "MessageDeduplicationId": f"boto3-{n}"}
sqs.send_message(QueueUrl=url, **message(1, {"channel": "queued", "id": "one", "data": "ünïcode"}))
sqs.send_message(QueueUrl=url, **message(1, {"channel": "queued", "id": "one", "data": "ünïcode"}))
many = {"channel": "queued", "events": [{"data": 2}, {"data": {"three": 3}}]}
answer = sqs.send_message_batch(QueueUrl=url, Entries=[{"Id": "a", **message(2, many)}, {"Id": "b", **message(3, {"channel": "queued", "data": None})}])
assert len(answer["Successful"]) == 2 and not answer.get("Failed")
`;
const SENT = ['ünïcode', 2, { three: 3 }, null, 'from a shell', 'and a batch'];

describe.skipIf(clients.missing)(`boto3 and the AWS CLI${clients.why}`, () => {
  let offline: Offline;
  let folder: string;
  let env: NodeJS.ProcessEnv;
  let queueUrl: string;
  beforeAll(async () => {
    folder = await newDataDir();
    offline = await startOffline(folder, await freePort());
    const { sqsEndpoint = '' }: Endpoints = JSON.parse(
      await readFile(join(folder, 'endpoints.json'), 'utf8'),
    );
    queueUrl = `${sqsEndpoint}/000000000000/doorbell-dev-ingest.fifo`;
    env = {
      PATH: process.env.PATH,
      HOME: folder,
      AWS_DEFAULT_REGION: 'us-east-1',
      AWS_ACCESS_KEY_ID: 'local',
      AWS_SECRET_ACCESS_KEY: 'local',
      AWS_ENDPOINT_URL_SQS: sqsEndpoint,
      PYTHONDONTWRITEBYTECODE: '1',
    };
  });
  afterAll(async () => {
    await offline?.end('SIGKILL');
    await rm(folder, { recursive: true, force: true });
  });

  test('send single messages and batches to the ingest queue', async () => {
    await output(clients.program('python'), ['-c', BOTO3, 'doorbell-dev-ingest.fifo'], { env });
    // Version 1 of it takes no endpoint from the environment, as boto3 does.
    const aws = (...args: readonly string[]) =>
      output(clients.program('aws'), ['--endpoint-url', env.AWS_ENDPOINT_URL_SQS ?? '', 'sqs', ...args], {
        env,
      });
    const message = (data: string) => JSON.stringify({ channel: CHANNEL, data });
    const single = await aws(
      ...['send-message', '--queue-url', queueUrl, '--message-body', message('from a shell')],
      ...['--message-group-id', CHANNEL, '--message-deduplication-id', 'cli-1'],
    );
    const entry = { Id: 'a', MessageBody: message('and a batch'), MessageGroupId: CHANNEL };
    const entries = JSON.stringify([{ ...entry, MessageDeduplicationId: 'cli-2' }]);
    const batch = await aws('send-message-batch', '--queue-url', queueUrl, '--entries', entries);

    expect(JSON.parse(single)).toMatchObject({ MessageId: expect.any(String) });
    expect(JSON.parse(batch)).toMatchObject({ Successful: [{ Id: 'a' }] });
  });

  for (const each of LANGUAGES)
    test.skipIf(lackingFor(each) !== undefined)(
      `the ${each.language} reader has all of it, in order`,
      async () => {
        const [program = '', ...args] = await commandOf('poll', each, folder);
        const reader = start(program, [...args, CHANNEL], {
          PATH: process.env.PATH,
          DOORBELL_URL: offline.url,
          DOORBELL_TOKEN: offline.token,
        });
        try {
          await vi.waitUntil(() => reader.lines().length >= SENT.length, { timeout: 120_000, interval: 50 });
        } finally {
          await reader.end('SIGKILL');
        }

        const events = reader.lines().map((line) => JSON.parse(line) as Event);
        expect(events.map(({ vid }) => vid)).toEqual([1, 2, 3, 4, 5, 6]);
        expect(events.map(({ data }) => data)).toEqual(SENT);
        expect(events[0]?.id).toBe('one');
      },
    );
});
