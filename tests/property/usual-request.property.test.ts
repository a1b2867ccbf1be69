/** The short way to read a query says what the schema says, or nothing. */

import fc from 'fast-check';
import { expect, test } from 'vitest';
import { manyRequest, pollRequest } from '../../lib/http/v1/poll-params.ts';
import { usualRequest } from '../../lib/http/v1/usual-request.ts';

const value = fc.oneof(
  fc.constantFrom(
    '0',
    '1',
    '7',
    '20',
    '21',
    '500',
    '1000',
    '1001',
    '007',
    '-1',
    '1.5',
    '1e3',
    '',
    ' ',
    '+',
    '%30',
  ),
  fc.constantFrom('9007199254740991', '9007199254740992', '999999999999999', '1000000000000000'),
  fc.constantFrom(
    'doors',
    'doors:3',
    'doors:3:e-1',
    'doors:',
    'doors::e',
    'a:1:e:x',
    '..',
    '.',
    '...',
    '__proto__',
  ),
  fc.stringMatching(/^[A-Za-z0-9_.:%+=-]{0,70}$/),
);
const name = fc.constantFrom(
  'maxvid',
  'epoch',
  'client',
  'wait',
  'limit',
  'cursor',
  'cursor',
  'maxVid',
  '',
  'toString',
);
const query = fc
  .array(fc.tuple(name, value), { maxLength: 6 })
  .map((parts) => parts.map(([key, text]) => `${key}=${text}`).join('&'));
const usual = fc
  .tuple(fc.nat(30), fc.option(fc.constantFrom('e', 'x-1')), fc.option(fc.constantFrom('wall')), fc.nat(20))
  .map(([maxvid, epoch, client, wait]) =>
    [`maxvid=${maxvid}`, epoch && `epoch=${epoch}`, client && `client=${client}`, `wait=${wait}`]
      .filter(Boolean)
      .join('&'),
  );

const several = fc
  .tuple(
    fc.array(fc.tuple(fc.constantFrom('a', 'b', 'c'), fc.nat(9), fc.constantFrom('', ':e')), {
      maxLength: 3,
    }),
    fc.constantFrom('', '&client=wall', '&wait=3&limit=7'),
  )
  .map(([cursors, more]) => cursors.map(([of, at, life]) => `cursor=${of}:${at}${life}`).join('&') + more);

test('of one channel and of several', () => {
  const read = { one: 0, several: 0 };
  fc.assert(
    fc.property(
      fc.oneof(query, usual, several),
      fc.constantFrom('doors', undefined, '..'),
      (text, channel) => {
        const short = usualRequest(channel, text);
        if (short === undefined) return;
        read[channel === undefined ? 'several' : 'one']++;
        const params = new URLSearchParams(text);
        const whole = channel === undefined ? manyRequest(params) : pollRequest(channel, params);

        expect(short).toEqual(whole);
      },
    ),
    { numRuns: 5_000, seed: 20261129 },
  );

  expect(Math.min(read.one, read.several)).toBeGreaterThan(50);
});
