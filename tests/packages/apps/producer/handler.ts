import { httpSink, Producer, SinkError, scheduled } from '@doorbell/producer';

const producer = new Producer({ sink: httpSink({ url: 'https://doorbell.example', token: () => 'token' }) });

export const handler = scheduled({ producer, channel: 'probes' }, async ({ time }) => ({
  key: 'a',
  data: time,
}));

export async function job(): Promise<number> {
  try {
    await producer.publishAll('probes', [{ data: 1 }, { data: 2, id: 'b' }]);
    return 2;
  } catch (error) {
    return error instanceof SinkError ? error.published : 0;
  }
}

// @ts-expect-error an event has data
void producer.publishAll('probes', [{ id: 'a' }]);
// @ts-expect-error a producer has somewhere to send to
new Producer({});
