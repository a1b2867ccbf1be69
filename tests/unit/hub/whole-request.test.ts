/** Requests whose bodies are taken whole or left out, on a real socket: in pieces, broken off, and one after the other on a connection. */

import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { type AddressInfo, connect, type Socket } from 'node:net';
import { text } from 'node:stream/consumers';
import { afterEach, expect, test } from 'vitest';
import { WholeRequest } from '../../../hub/whole-request.ts';

type Handle = (request: WholeRequest, response: ServerResponse) => Promise<string>;

const closing: Array<() => void> = [];
afterEach(() => {
  for (const close of closing.splice(0)) close();
});

/** A server that answers with what `handle` makes of a request, or with the code of its error. */
async function serve(handle: Handle) {
  const codes: unknown[] = [];
  const ended = Promise.withResolvers<void>();
  const server = createServer({ IncomingMessage: WholeRequest }, (request, response) => {
    handle(request, response).then(
      (answer) => response.end(answer),
      (error: { readonly code?: unknown }) => {
        codes.push(error.code);
        ended.resolve();
      },
    );
  });
  server.listen({ port: 0, host: '127.0.0.1' });
  await once(server, 'listening');
  const socket = connect((server.address() as AddressInfo).port, '127.0.0.1');
  closing.push(() => {
    socket.destroy();
    server.close();
  });
  await once(socket, 'connect');
  return { socket, codes, failed: ended.promise };
}

/** Resolves with the body of the next answer. */
async function answer(socket: Socket): Promise<string> {
  let all = '';
  for (;;) {
    const [piece] = (await once(socket, 'data')) as [Buffer];
    all += piece.toString();
    const [head, body] = all.split('\r\n\r\n');
    const length = Number(/content-length: (\d+)/i.exec(head ?? '')?.[1]);
    if (body !== undefined && body.length === length) return body;
  }
}

const post = (body: string, more = '') =>
  `POST / HTTP/1.1\r\nHost: x\r\n${more}Content-Length: ${body.length}\r\n\r\n${body}`;
const GET = 'GET / HTTP/1.1\r\nHost: x\r\n\r\n';
const whole: Handle = async (request) => Buffer.from(await request.whole()).toString();

test('a body that comes with its head is given whole, and so is the next one', async () => {
  const { socket } = await serve(whole);

  socket.write(post('first'));
  expect(await answer(socket)).toBe('first');
  socket.write(post('second'));
  expect(await answer(socket)).toBe('second');
});

test('a body in pieces is given whole', async () => {
  const begun = Promise.withResolvers<void>();
  const { socket } = await serve((request) => {
    begun.resolve();
    return whole(request, undefined as never);
  });

  socket.write('POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 6\r\n\r\nab');
  await begun.promise;
  socket.write('cd');
  socket.write('ef');

  expect(await answer(socket)).toBe('abcdef');
});

test('an empty body is none', async () => {
  const { socket } = await serve(async (request) => `${(await request.whole()).byteLength} bytes`);

  socket.write(post(''));

  expect(await answer(socket)).toBe('0 bytes');
});

test('a body that breaks off is refused', async () => {
  const begun = Promise.withResolvers<void>();
  const { socket, codes, failed } = await serve((request) => {
    begun.resolve();
    return whole(request, undefined as never);
  });

  socket.write('POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 6\r\n\r\nab');
  await begun.promise;
  socket.destroy();
  await failed;

  expect(codes).toEqual(['bad-body']);
});

test('a body that nobody wants is dropped, and the next request is read', async () => {
  const { socket } = await serve(async (request) => {
    request.skip();
    return request.method ?? '';
  });

  socket.write(post('x'.repeat(100_000)));
  expect(await answer(socket)).toBe('POST');
  socket.write(GET);
  expect(await answer(socket)).toBe('GET');
});

test('whoever takes nothing has the stream', async () => {
  const { socket } = await serve((request) => text(request));

  socket.write(post('as a stream'));
  expect(await answer(socket)).toBe('as a stream');
  socket.write(post('again'));
  expect(await answer(socket)).toBe('again');
});

test('what has come before anybody asked stands in the stream', async () => {
  const unread: boolean[] = [];
  const { socket } = await serve(async (request) => {
    unread.push(request.isUnread);
    await new Promise(setImmediate);
    unread.push(request.isUnread);
    return text(request);
  });

  socket.write(post('early'));

  expect(await answer(socket)).toBe('early');
  expect(unread).toEqual([true, false]);
});

test('a client that waits to be asked for its body is served from the stream', async () => {
  const request = (headers: IncomingMessage['headers']) => {
    const one = new WholeRequest(undefined as never);
    Object.assign(one.headers, headers);
    return one.isUnread;
  };

  expect([request({}), request({ expect: '100-continue' })]).toEqual([true, false]);
});
