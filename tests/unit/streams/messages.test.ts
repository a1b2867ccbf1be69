/** What a writer sends, as what a block holds. */

import { describe, expect, test } from 'vitest';
import { LIMITS } from '../../../lib/protocol/doorbell.ts';
import { contentOf, isEmpty } from '../../../lib/streams/messages.ts';

const bytes = (text: string) => new TextEncoder().encode(text);
function json(text: string) {
  let made = 0;
  return contentOf(bytes(text), true, () => `id-${++made}`);
}
const nested = (depth: number) => `${'['.repeat(depth)}${']'.repeat(depth)}`;

describe('a body of JSON', () => {
  test.each([
    ['{"a":1}', [{ a: 1 }]],
    ['[1,"a",null]', [1, 'a', null]],
    ['[[1,2]]', [[1, 2]]],
    ['12', [12]],
    ['[]', []],
  ])('%s is the messages %j, each under an id of its own', (text, messages) => {
    const { events, bytes: none } = json(text);

    expect(events.map(({ data }) => data)).toEqual(messages);
    expect(events.map(({ id }) => id)).toEqual(messages.map((_, i) => `id-${i + 1}`));
    expect(none).toBeUndefined();
  });

  test.each([
    { what: 'that is not JSON', body: bytes('{') },
    { what: 'that is not UTF-8', body: Uint8Array.from([0x22, 0xff, 0x22]) },
  ])('$what is refused', ({ body }) => {
    expect(() => contentOf(body, true, () => 'id')).toThrow(
      expect.objectContaining({
        code: 'bad-body',
        message: 'The body is not JSON.',
        details: { field: 'body' },
      }),
    );
  });

  test('may hold messages as deep as events may be, and no deeper', () => {
    expect(json(`[${nested(LIMITS.dataDepth)}]`).events).toHaveLength(1);
    expect(() => json(`[1,${nested(LIMITS.dataDepth + 1)}]`)).toThrow(
      expect.objectContaining({ code: 'bad-body', details: { field: 'body' } }),
    );
  });
});

test('a body of any other type is its bytes, whatever they are', () => {
  const body = Uint8Array.from([0xff, 0x00, 0x5b]);

  expect(contentOf(body, false, () => 'id')).toEqual({ events: [], bytes: body });
});

test.each([
  { what: 'no messages', content: { events: [] }, empty: true },
  { what: 'no bytes', content: { events: [], bytes: bytes('') }, empty: true },
  { what: 'bytes', content: { events: [], bytes: bytes('x') }, empty: false },
  { what: 'a message', content: json('1'), empty: false },
])('content of $what adds nothing: $empty', ({ content, empty }) => {
  expect(isEmpty(content)).toBe(empty);
});
