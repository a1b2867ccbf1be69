import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type Reply, ReplyReader } from '../../../bench/race/net/reply.ts';

const WITH_LENGTH = 'HTTP/1.1 200 OK\r\nX-Next:  7 \r\nContent-Length: 5\r\n\r\nhello';
const REPLIES: readonly (readonly [name: string, text: string, body: string])[] = [
  ['a Content-Length', WITH_LENGTH, 'hello'],
  ['no body by its status', 'HTTP/1.1 204 No Content\r\nETag: x\r\n\r\n', ''],
  ['no body although a length is told', 'HTTP/1.1 304 Not Modified\r\nContent-Length: 9\r\n\r\n', ''],
  [
    'chunks',
    'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nhel\r\n2;x=y\r\nlo\r\n0\r\n\r\n',
    'hello',
  ],
  [
    'chunks and trailers',
    'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\nT: 1\r\n\r\n',
    'hello',
  ],
  ['an announcement before it', `HTTP/1.1 100 Continue\r\n\r\n${WITH_LENGTH}`, 'hello'],
];

/** Hands the text over in pieces, and every piece but the last must not be enough. */
function readInPieces(reader: ReplyReader, text: string, cuts: readonly number[]): Reply | undefined {
  const bytes = Buffer.from(text);
  const places = [...new Set(cuts.map((cut) => cut % bytes.length))].filter((cut) => cut > 0);
  const ends = [...places.sort((a, b) => a - b), bytes.length];
  let reply: Reply | undefined;
  ends.forEach((end, i) => {
    expect(reply).toBeUndefined();
    reply = reader.push(bytes.subarray(ends[i - 1] ?? 0, end));
  });
  return reply;
}

describe('a reply', () => {
  test.each(REPLIES)('with %s is read however it is cut, and the next one after it', (_, text, body) => {
    const reader = new ReplyReader();

    fc.assert(
      fc.property(fc.array(fc.nat({ max: 500 }), { maxLength: 12 }), (cuts) => {
        expect(readInPieces(reader, text, cuts)?.body.toString()).toBe(body);
      }),
      { numRuns: 50 },
    );
  });

  test('has its headers by their names in lower case, without blanks', () => {
    const reply = new ReplyReader().push(Buffer.from(WITH_LENGTH));

    expect(reply?.status).toBe(200);
    expect(reply?.headers.get('x-next')).toBe('7');
    expect(reply?.keepAlive).toBe(true);
  });

  test('that says nothing of its length ends with the connection', () => {
    const reader = new ReplyReader();

    expect(reader.push(Buffer.from('HTTP/1.1 200 OK\r\n\r\nuntil'))).toBeUndefined();
    expect(reader.push(Buffer.from(' the end'))).toBeUndefined();
    expect(reader.end()).toMatchObject({ status: 200, keepAlive: false });
  });

  test.each([
    'HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 0\r\n\r\n',
    'HTTP/1.0 200 OK\r\nContent-Length: 0\r\n\r\n',
  ])('may be the last on its connection (case %#)', (text) => {
    expect(new ReplyReader().push(Buffer.from(text))?.keepAlive).toBe(false);
  });

  test('that is not HTTP is refused', () => {
    expect(() => new ReplyReader().push(Buffer.from('SSH-2.0-x\r\n\r\n'))).toThrow('not an HTTP reply');
  });

  test('whose chunk has no size is refused', () => {
    const text = 'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nxyz\r\n';

    expect(() => new ReplyReader().push(Buffer.from(text))).toThrow('a chunk without a size');
  });
});
