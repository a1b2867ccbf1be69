/** What a user is told when a request fails, and what only the log is. */

import { expect, test } from 'vitest';
import { internalError } from '../../../lib/errors.ts';
import { createApp } from '../../../lib/http/app.ts';
import { problem } from '../../support/http/http.ts';
import { expectProblemDocument } from '../../support/http/problems.ts';
import { MemoryLogger } from '../../support/memory/doubles.ts';
import { everyone } from '../../support/memory/everyone.ts';
import { SeededChance } from '../../support/time/clock.ts';

async function failWith(error: Error) {
  const logger = new MemoryLogger();
  const app = createApp({ logger, random: new SeededChance() }, everyone, [
    (routes) => {
      routes.get('/fails', () => {
        throw error;
      });
    },
  ]);
  return { response: await app.request('/fails'), logger };
}

const fault = new TypeError('secret of the table');

test.each([
  { what: 'a fault that nobody foresaw', error: fault },
  { what: 'one that came half-way', error: internalError(fault, { appended: 100 }) },
])('a problem document tells $what as a 500, and its reason to the log only', async ({ error }) => {
  const { response, logger } = await failWith(error);

  await expectProblemDocument(response.clone(), 500, 'internal');
  expect(await response.text()).not.toContain('secret');
  expect(logger.lines).toMatchObject([
    { level: 'error', fields: { reason: 'TypeError: secret of the table' } },
  ]);
});

test('a problem document tells with a fault that came half-way how far the request had come', async () => {
  const { response } = await failWith(internalError(fault, { appended: 100 }));

  expect(await problem(response)).toMatchObject({ status: 500, appended: 100 });
});

test('a problem document does not log what JSON.parse quotes of a text', async () => {
  const { logger } = await failWith(new SyntaxError('Unexpected token \'s\', "secret of" is not valid JSON'));

  expect(logger.lines).toMatchObject([{ level: 'error', fields: { reason: 'SyntaxError' } }]);
});
