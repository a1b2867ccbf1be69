/** A body as text: how much of it is taken, and how it must be written. */

import { expect, test } from 'vitest';
import { type Body, bodyText } from '../../../lib/http/v1/body.ts';
import { LIMITS } from '../../../lib/protocol/doorbell.ts';

const bytesOf = (text: string) => new TextEncoder().encode(text);
const LARGEST = 'x'.repeat(LIMITS.bodyBytes);

/** A body of these pieces, and what was done with it. */
function setUp(pieces: readonly Uint8Array[], declared?: string) {
  const done = { whole: 0, pieces: 0, cancelled: false };
  const body: Body = {
    declared,
    whole: async () => {
      done.whole++;
      return Buffer.concat(pieces);
    },
    async *pieces() {
      let ended = false;
      try {
        for (const piece of pieces) {
          done.pieces++;
          yield piece;
        }
        ended = true;
      } finally {
        done.cancelled = !ended;
      }
    },
  };
  return { body, done };
}

test('a body in pieces is put together, also where a character is cut in two', async () => {
  const bytes = bytesOf('{"data":"日本"}');
  const { body } = setUp([bytes.slice(0, 10), bytes.slice(10, 11), bytes.slice(11)]);

  expect(await bodyText(body)).toBe('{"data":"日本"}');
});

test('a body whose length is declared is read at once', async () => {
  const { body, done } = setUp([bytesOf('{"data":1}')], '10');

  expect(await bodyText(body)).toBe('{"data":1}');
  expect(done).toMatchObject({ whole: 1, pieces: 0 });
});

test.each([
  { what: 'of a declared length', declared: String(LIMITS.bodyBytes) },
  { what: 'in pieces', declared: undefined },
])('the largest body there may be is taken, $what', async ({ declared }) => {
  const { body } = setUp([bytesOf(LARGEST)], declared);

  expect(await bodyText(body)).toHaveLength(LIMITS.bodyBytes);
});

test('a body that declares to be larger is refused unread', async () => {
  const { body, done } = setUp([], String(LIMITS.bodyBytes + 1));

  await expect(bodyText(body)).rejects.toMatchObject({ code: 'too-large', details: { field: 'body' } });
  await expect(bodyText(body)).rejects.toThrow(
    `at most ${LIMITS.bodyBytes} bytes, got ${LIMITS.bodyBytes + 1}.`,
  );
  expect(done).toMatchObject({ whole: 0, pieces: 0 });
});

test('a body that turns out larger than it declared is refused', async () => {
  const { body } = setUp([bytesOf(`${LARGEST}x`)], '10');

  await expect(bodyText(body)).rejects.toMatchObject({ code: 'too-large', details: { field: 'body' } });
});

test('a body in pieces is broken off at the piece that is too much', async () => {
  const { body, done } = setUp([bytesOf(LARGEST), bytesOf('x'), bytesOf('never read')]);

  await expect(bodyText(body)).rejects.toMatchObject({ code: 'too-large', details: { field: 'body' } });
  expect(done).toMatchObject({ pieces: 2, cancelled: true });
});

test.each([
  { what: 'a byte that UTF-8 does not have', bytes: [0x22, 0xff, 0x22] },
  { what: 'half a character at the end', bytes: [0xe6, 0x97] },
  { what: 'a character that is written too long', bytes: [0xc0, 0xaf] },
])('a body with $what is refused', async ({ bytes }) => {
  const { body } = setUp([Uint8Array.from(bytes)]);

  await expect(bodyText(body)).rejects.toMatchObject({ code: 'bad-body', details: { field: 'body' } });
  await expect(bodyText(body)).rejects.toThrow('The body must be UTF-8.');
});

test('what a broken body left behind is not part of the next one', async () => {
  const { body: broken } = setUp([Uint8Array.from([0xe6, 0x97])]);
  await bodyText(broken).catch(() => undefined);

  expect(await bodyText(setUp([bytesOf('[1]')]).body)).toBe('[1]');
});
