/** The AI SDK's chat, whose answer goes through a stream: a page that is loaded anew gets all of it. */

import { createDurableChatTransport, toDurableStreamResponse } from '@durable-streams/aisdk-transport';
import { simulateReadableStream } from 'ai';
import { describe, expect, test } from 'vitest';
import { fresh, headers } from './server.mjs';

const WORDS = ['The ', 'door ', 'is ', 'open: ', '🚪'];
const CHUNKS = [
  { type: 'start' },
  { type: 'text-start', id: 't' },
  ...WORDS.map((delta) => ({ type: 'text-delta', id: 't', delta })),
  { type: 'text-end', id: 't' },
  { type: 'finish' },
];

async function textOf(chunks) {
  let text = '';
  for await (const { type, delta } of chunks) if (type === 'text-delta') text += delta;
  return text;
}

describe('@durable-streams/aisdk-transport', () => {
  test('a chat has the whole answer, and once more when it comes again', async () => {
    const writeUrl = fresh('chat');
    const written = Promise.withResolvers();
    const answer = () => {
      const source = simulateReadableStream({ chunks: CHUNKS, chunkDelayInMs: 5 });
      return toDurableStreamResponse({ source, stream: { writeUrl, headers }, waitUntil: written.resolve });
    };
    const fetchClient = (_url, { method }) =>
      method === 'POST' ? answer() : new Response(null, { headers: { Location: writeUrl } });
    const transport = createDurableChatTransport({ api: 'http://chat.test/api', fetchClient });

    const first = await textOf(
      await transport.sendMessages({ chatId: 'c', messages: [], trigger: 'submit-message' }),
    );
    await await written.promise;
    const again = await textOf(await transport.reconnectToStream({ chatId: 'c' }));

    expect([first, again]).toEqual([WORDS.join(''), WORDS.join('')]);
  });
});
