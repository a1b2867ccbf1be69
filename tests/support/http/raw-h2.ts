/** HTTP/2 frame by frame (RFC 9113, section 4): a client that sends what no library would, and sees what no library shows. */

import { once } from 'node:events';
import { connect, type Socket } from 'node:net';

export const FRAME = { data: 0, headers: 1, reset: 3, settings: 4, ping: 6, goaway: 7, window: 8 } as const;
export const FLAG = { ack: 1, endStream: 1, endHeaders: 4 } as const;

const PREFACE = 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n';
const HEAD_BYTES = 9;

export interface Frame {
  readonly type: number;
  readonly flags: number;
  readonly stream: number;
  readonly payload: Buffer;
}

export interface RawClient {
  readonly socket: Socket;
  /** All frames that have come so far. */
  readonly frames: readonly Frame[];
  readonly closed: Promise<unknown>;
  send(type: number, flags: number, stream: number, payload?: Uint8Array): void;
  /** The frames of a stream that carry its answer: HEADERS and DATA. */
  answerOn(stream: number): readonly Frame[];
}

/** SETTINGS_INITIAL_WINDOW_SIZE (RFC 9113, 6.5.2) */
const INITIAL_WINDOW = 4;
const WIDE = 2 ** 30;

/** Connects, and begins as the protocol asks; acknowledges the server's SETTINGS. It takes a gigabyte before the server waits for it. */
export async function rawClient(port: number): Promise<RawClient> {
  const socket = connect({ host: '127.0.0.1', port });
  // Being cut off is what some tests wait for.
  socket.on('error', () => undefined);
  const closed = once(socket, 'close');
  const frames: Frame[] = [];
  const send = (type: number, flags: number, stream: number, payload: Uint8Array = Buffer.alloc(0)) => {
    socket.write(frameOf(type, flags, stream, payload));
  };
  let rest: Buffer = Buffer.alloc(0);
  socket.on('data', (piece: Buffer) => {
    rest = Buffer.concat([rest, piece]);
    for (let frame = firstOf(rest); frame; frame = firstOf(rest)) {
      rest = rest.subarray(HEAD_BYTES + frame.payload.length);
      frames.push(frame);
      if (frame.type === FRAME.settings && frame.flags === 0) send(FRAME.settings, FLAG.ack, 0);
    }
  });
  await once(socket, 'connect');
  socket.write(PREFACE);
  const setting = Buffer.alloc(6);
  setting.writeUInt16BE(INITIAL_WINDOW, 0);
  setting.writeUInt32BE(WIDE, 2);
  send(FRAME.settings, 0, 0, setting);
  const wider = Buffer.alloc(4);
  wider.writeUInt32BE(WIDE);
  send(FRAME.window, 0, 0, wider);
  while (!frames.some(({ type }) => type === FRAME.settings)) await once(socket, 'data');
  const answerOn = (stream: number) =>
    frames.filter(
      (frame) => frame.stream === stream && (frame.type === FRAME.headers || frame.type === FRAME.data),
    );
  return { socket, frames, closed, send, answerOn };
}

/** A header block of literals that no table remembers (RFC 7541, 6.2.2). */
export function headerBlock(headers: Readonly<Record<string, string>>): Buffer {
  return Buffer.concat(
    Object.entries(headers).flatMap(([name, value]) => [
      Buffer.from([0]),
      ...[name, value].flatMap((text) => [lengthOf(text), Buffer.from(text)]),
    ]),
  );
}

/** RFC 7541, 5.1, with a prefix of 7 bits. */
function lengthOf(text: string): Buffer {
  const length = Buffer.byteLength(text);
  if (length < 127) return Buffer.from([length]);
  const bytes = [127];
  let rest = length - 127;
  for (; rest >= 128; rest = Math.floor(rest / 128)) bytes.push((rest % 128) + 128);
  return Buffer.from([...bytes, rest]);
}

function frameOf(type: number, flags: number, stream: number, payload: Uint8Array): Buffer {
  const head = Buffer.alloc(HEAD_BYTES);
  head.writeUIntBE(payload.length, 0, 3);
  head.writeUInt8(type, 3);
  head.writeUInt8(flags, 4);
  head.writeUInt32BE(stream, 5);
  return Buffer.concat([head, payload]);
}

function firstOf(bytes: Buffer): Frame | undefined {
  if (bytes.length < HEAD_BYTES) return undefined;
  const end = HEAD_BYTES + bytes.readUIntBE(0, 3);
  if (bytes.length < end) return undefined;
  const payload = bytes.subarray(HEAD_BYTES, end);
  return { type: bytes.readUInt8(3), flags: bytes.readUInt8(4), stream: bytes.readUInt32BE(5), payload };
}
