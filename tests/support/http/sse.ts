/** A reader of server-sent events that shows what comes over the wire, message by message. */

import type { Served } from './http.ts';

/** One message or comment: its fields, as they were sent. */
export interface Message {
  readonly event?: string;
  readonly id?: string;
  readonly data?: string;
  /** True for a line that only keeps the connection alive. */
  readonly comment?: true;
}

export interface Stream {
  readonly response: Response;
  /** The next message; undefined when the stream has ended. */
  next(): Promise<Message | undefined>;
  close(): void;
}

/** Opens a stream. Throws unless it is answered with 200. */
export async function openStream(
  served: Served,
  path: string,
  headers: Readonly<Record<string, string>> = {},
): Promise<Stream> {
  const hangup = new AbortController();
  const init = { headers: { accept: 'text/event-stream', ...headers }, signal: hangup.signal };
  const response = await served.request(path, init);
  if (response.status !== 200 || !response.body)
    throw new Error(`no stream: ${response.status} ${await response.text()}`);
  const messages = messagesOf(response.body.pipeThrough(new TextDecoderStream()));
  return {
    response,
    next: async () => (await messages.next()).value,
    close: () => hangup.abort(),
  };
}

async function* messagesOf(pieces: AsyncIterable<string>): AsyncGenerator<Message, undefined> {
  let text = '';
  for await (const piece of pieces) {
    text += piece;
    for (let end = text.indexOf('\n\n'); end >= 0; end = text.indexOf('\n\n')) {
      yield messageOf(text.slice(0, end));
      text = text.slice(end + 2);
    }
  }
  return undefined;
}

/** The messages of a whole text. Throws when there is none, and when one lacks the empty line that ends it. */
export function messagesIn(text: string): readonly Message[] {
  const blocks = text.split('\n\n');
  if (blocks.pop()?.trim() !== '' || blocks.length === 0) throw new Error(`no whole messages: ${text}`);
  return blocks.map(messageOf);
}

function messageOf(block: string): Message {
  const fields = block.split('\n').map((line) => /^(\w*): ?(.*)$/.exec(line) ?? [line, 'none', '']);
  if (fields.some(([, name]) => name === '')) return { comment: true };
  return Object.fromEntries(fields.map(([, name = '', value = '']) => [name, value]));
}
