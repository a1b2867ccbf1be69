// The whole package on this Node: a handler that is run twice, against a server that says what it was sent; and the module of the queue beside it.
import { createServer } from 'node:http';
import { httpSink, Producer, SinkError, scheduled } from '@doorbell/producer';

const got = [];
const server = createServer(async (request, response) => {
  const pieces = await request.toArray();
  got.push(JSON.parse(Buffer.concat(pieces).toString()));
  // The first answer is lost: it is sent again.
  if (got.length === 1) request.socket.destroy();
  else response.writeHead(201).end('{}');
}).listen(0, '127.0.0.1', async () => {
  const url = `http://127.0.0.1:${server.address().port}`;
  const producer = new Producer({ sink: httpSink({ url, token: 'token' }), sleep: async () => {} });
  const handler = scheduled({ producer, channel: 'probes' }, () => ({ data: 1 }));
  await handler({ time: '2026-01-01T00:00:00Z', resources: ['arn:rule/minute'] });
  const { queueSink } = await import('@doorbell/producer/sqs');
  const failing = { send: () => Promise.reject(Object.assign(new Error('no'), { $fault: 'client' })) };
  const queue = queueSink({ queueUrl: 'https://sqs.example/q.fifo', client: failing });
  const error = await queue.send('probes', []).catch((one) => one);
  console.log(JSON.stringify({ got, isOne: error instanceof SinkError, retryable: error.retryable }));
  server.close();
});
