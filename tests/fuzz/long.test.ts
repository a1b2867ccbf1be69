/** One thing over and over: what a parser that tries again, or recurses, could not end with. */

import { describe, test } from 'vitest';
import { backendMaxvid } from '../../lib/http/v1/params.ts';
import { manyRequest, pollRequest } from '../../lib/http/v1/poll-params.ts';
import { eventsOfBody, eventsOfLines } from '../../lib/publish/parse-events.ts';
import { parseDoorbell } from '../../lib/wakeup/doorbell.ts';
import { allowing, BODY, given, QUERY } from './texts.ts';

const newId = () => 'made';

describe.each([
  '[',
  '{"a":',
  '{"":{},',
  '"',
  '\\',
  '"\\',
  '9',
  '0',
  '1e',
  '-',
  '.',
  ' ',
  '\n',
  ':',
  ',',
  '1,',
  '"a":',
  '\ud800',
  '%',
  'é',
])('100,000 characters of %j', (piece) => {
  const text = piece.repeat(100_000 / piece.length);

  test.each<readonly [string, string]>([
    ['alone', text],
    ['as a string', `{"data":"${text}"}`],
    ['as data', `{"data":${text}}`],
    ['before a long number', `{"data":[${text}1e400]}`],
  ])('%s are refused, or taken, by every parser', (_, whole) => {
    allowing(BODY, () => eventsOfBody(given(whole), newId));
    allowing(BODY, () => eventsOfLines(whole, newId));
    parseDoorbell(whole);
    allowing(QUERY, () => pollRequest(whole, new URLSearchParams()));
    allowing(QUERY, () => manyRequest(new URLSearchParams([['cursor', whole]])));
    allowing(QUERY, () => backendMaxvid(new URLSearchParams([['maxvid', whole]])));
  });
});
