/** Bodies that end before they should: nobody's fault here, and nothing for the log. */

import { expect, test } from 'vitest';
import { bodyText } from '../../../lib/http/v1/body.ts';
import { LIMITS } from '../../../lib/protocol/doorbell.ts';

const brokenOff = {
  code: 'bad-body',
  details: { field: 'body' },
  message: expect.stringContaining('broke off'),
};

async function* piecesOf(text: string, error?: Error) {
  yield new TextEncoder().encode(text);
  if (error) throw error;
}
const aborted = () => new Error('aborted');

test('a body in pieces that breaks off is refused as such, and is no fault', async () => {
  const body = {
    declared: undefined,
    whole: () => Promise.reject(aborted()),
    pieces: () => piecesOf('{"da', aborted()),
  };

  await expect(bodyText(body)).rejects.toMatchObject(brokenOff);
});

test('a body of a declared length that breaks off, too', async () => {
  const body = { declared: '10', whole: () => Promise.reject(aborted()), pieces: () => piecesOf('') };

  await expect(bodyText(body)).rejects.toMatchObject(brokenOff);
});

test('what is too large is told so, and not that it broke off', async () => {
  const text = 'x'.repeat(LIMITS.bodyBytes + 1);
  const body = {
    declared: undefined,
    whole: () => Promise.reject(aborted()),
    pieces: () => piecesOf(text, aborted()),
  };

  await expect(bodyText(body)).rejects.toMatchObject({ code: 'too-large' });
});
