/**
 * Reads server-sent events off a socket, as cheaply as the polls are read: a thousand readers are sent the same bytes, which are compared with those
 * that the last of them had. Chunks of HTTP/1.1 are told apart from events by their lines: no event of the race has a line like a chunk's size.
 */

import { connect } from 'node:net';
import type { Streaming } from '../peer.ts';
import type { RequestText } from './connections.ts';

const DATA = 'data:';

/** Opens a stream on a connection of its own; `onNumber` is told of each event, whose data `numberOf` reads. */
export function openStream(
  port: number,
  request: RequestText,
  numbersOf: (piece: Buffer) => readonly number[] | undefined,
  onNumber: (number: number) => void,
): Streaming {
  const { promise: ended, resolve } = Promise.withResolvers<Error>();
  const socket = connect({ port, host: '127.0.0.1', noDelay: true });
  let rest: Buffer = Buffer.alloc(0);
  let head = true;
  socket.on('data', (piece) => {
    const bytes = rest.length > 0 ? Buffer.concat([rest, piece]) : piece;
    if (head && !/^HTTP\/1\.[01] 200 /.test(bytes.toString('latin1', 0, 13))) {
      resolve(new Error(`stream: ${bytes.toString('latin1', 0, 120)}`));
      socket.destroy();
      return;
    }
    head = false;
    const end = bytes.lastIndexOf('\n\n');
    if (end < 0) {
      rest = bytes;
      return;
    }
    rest = bytes.subarray(end + 2);
    for (const number of numbersOf(bytes.subarray(0, end)) ?? []) onNumber(number);
  });
  socket.on('error', resolve);
  socket.on('close', () => resolve(new Error('the server closed the stream')));
  socket.write(request);
  return { ended, hangUp: () => socket.destroy() };
}

/** The `n` of each event in whole messages, by what a server's `data` holds. */
export function numbersReader(numbersIn: (data: unknown) => readonly number[]) {
  let last: { readonly piece: Buffer; readonly numbers: readonly number[] } | undefined;
  return (piece: Buffer): readonly number[] => {
    if (last?.piece.equals(piece)) return last.numbers;
    const lines = piece.toString().split('\n');
    const data = lines.filter((line) => line.startsWith(DATA)).map((line) => line.slice(DATA.length));
    last = { piece, numbers: data.flatMap((text) => numbersIn(JSON.parse(text))) };
    return last.numbers;
  };
}
