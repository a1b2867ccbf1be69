import { SendMessageCommand, SQSClient } from '@aws-sdk/client-sqs';

const sqs = new SQSClient({});
const { DOORBELL_URL, DOORBELL_TOKEN, INGEST_QUEUE_URL } = process.env;

/** A producer: the queue keeps the order of a door's events. */
export async function opened({ pathParameters: { doorno }, requestContext: { requestId } }) {
  await sqs.send(
    new SendMessageCommand({
      QueueUrl: INGEST_QUEUE_URL,
      MessageGroupId: 'doors',
      MessageDeduplicationId: requestId,
      MessageBody: JSON.stringify({ channel: 'doors', id: requestId, data: { doorno: Number(doorno) } }),
    }),
  );
  return { statusCode: 202 };
}

/** A reader: waits up to 10 s for the first event. */
export async function latest() {
  const response = await fetch(`${DOORBELL_URL}/v1/channels/doors/events?maxvid=0&wait=10`, {
    headers: { authorization: `Bearer ${DOORBELL_TOKEN}` },
  });
  return { statusCode: response.status, body: await response.text() };
}
