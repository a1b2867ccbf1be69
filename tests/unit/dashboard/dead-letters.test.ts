/** What the page says of a message that could not be published. */

import { expect, test } from 'vitest';
import { reasonWords } from '../../../dashboard/model/dead-letters.ts';
import { dateAndClock } from '../../../dashboard/model/wording.ts';

const AT = '2026-11-26T08:00:00.000Z';
const MESSAGE = {
  id: 'a',
  channel: 'doors',
  body: '{',
  bytes: 1,
  at: AT,
  reason: 'The message is not JSON.',
  sentBack: 0,
};

test('a letter says why it is one, how often it was sent again, and since when in local time', () => {
  const local = dateAndClock(AT);

  expect(reasonWords({ ...MESSAGE, sentBack: 2 })).toBe(
    `The message is not JSON. It was sent again 2 times. Here since ${local?.date} ${local?.clock}.`,
  );
});

test('what is not told, or is no time, is not made up', () => {
  expect(reasonWords({ ...MESSAGE, at: null })).toBe('The message is not JSON.');
  expect(reasonWords({ ...MESSAGE, at: 'some day' })).toMatch(/Here since some day\.$/);
  expect(reasonWords({ ...MESSAGE, reason: null, at: null })).toMatch(/^No reason is told/);
});
