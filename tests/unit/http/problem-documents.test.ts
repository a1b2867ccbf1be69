/** A refused request as a problem document: its title, and the headers that tell a client what to do next. */

import { expect, test } from 'vitest';
import { PushError } from '../../../lib/errors.ts';
import { problemAnswer } from '../../../lib/http/problem.ts';
import { PROBLEMS, type ProblemCode } from '../../../lib/protocol/problems.ts';
import { MemoryLogger } from '../../support/memory/doubles.ts';
import { SeededRandom } from '../../support/time/clock.ts';

function answer(error: PushError, fraction?: number) {
  const logger = new MemoryLogger();
  const random = new SeededRandom();
  if (fraction !== undefined) random.fraction = () => fraction;
  const { status, headers, body } = problemAnswer(error, '/v1/events', { logger, random });
  return { status, headers, problem: JSON.parse(body), logged: logger.lines };
}

const CODES = Object.keys(PROBLEMS) as ProblemCode[];

test('each code has a title of its own, which does not depend on the request', () => {
  const titles = CODES.map((code) => answer(new PushError(code, 'One.')).problem.title);
  const again = CODES.map((code) => answer(new PushError(code, 'Another.')).problem.title);

  expect(new Set(titles).size).toBe(CODES.length);
  expect(again).toEqual(titles);
});

test.each(CODES)('%s is told as its status, under its name, with what was said of it', (code) => {
  const { status, headers, problem } = answer(new PushError(code, 'What and how.', { field: 'maxvid' }));

  expect(status).toBe(PROBLEMS[code].status);
  expect(headers['Content-Type']).toBe('application/problem+json');
  expect(problem).toMatchObject({
    type: `urn:doorbell:problem:${code}`,
    status: PROBLEMS[code].status,
    detail: 'What and how.',
    field: 'maxvid',
  });
});

test.each(CODES.filter((code) => code !== 'internal'))('%s is no fault of ours: it is not logged', (code) => {
  expect(answer(new PushError(code, 'No.')).logged).toEqual([]);
});

test.each([
  { what: 'a missing token', code: 'no-token', header: 'Bearer' },
  { what: 'a bad token', code: 'bad-token', header: 'Bearer error="invalid_token"' },
  { what: 'an expired token', code: 'expired-token', header: 'Bearer error="invalid_token"' },
  { what: 'a token that does not allow it', code: 'forbidden', header: undefined },
] as const)('the challenge for $what is $header', ({ code, header }) => {
  expect(answer(new PushError(code, 'No.')).headers['WWW-Authenticate']).toBe(header);
});

test('a wrong method is told which methods there are, in the header and not in the document', () => {
  const { headers, problem } = answer(new PushError('method-not-allowed', 'No.', { allow: ['GET', 'POST'] }));

  expect(headers.Allow).toBe('GET, POST');
  expect(problem).not.toHaveProperty('allow');
});

test('a refusal that has nothing to do with methods names none', () => {
  expect(answer(new PushError('not-found', 'No.')).headers).not.toHaveProperty('Allow');
});

test.each([
  { fraction: 0, retryAfter: undefined, seconds: '1' },
  { fraction: 0.5, retryAfter: undefined, seconds: '3' },
  { fraction: 0.999, retryAfter: undefined, seconds: '5' },
  { fraction: 0, retryAfter: 30, seconds: '30' },
  { fraction: 0.999, retryAfter: 30, seconds: '34' },
])(
  'where chance is $fraction and the wait $retryAfter, a client comes again in $seconds s',
  ({ fraction, retryAfter, seconds }) => {
    const details = retryAfter === undefined ? {} : { retryAfter };

    const { headers, problem } = answer(new PushError('unavailable', 'Busy.', details), fraction);

    expect(headers['Retry-After']).toBe(seconds);
    expect(problem).not.toHaveProperty('retryAfter');
  },
);

test('a request that would fail again is not told to come again', () => {
  expect(answer(new PushError('bad-parameter', 'No.')).headers).not.toHaveProperty('Retry-After');
});

test('what is thrown and is no error is logged as unknown', () => {
  const logger = new MemoryLogger();

  const { status } = problemAnswer('a text', '/v1/events', { logger, random: new SeededRandom() });

  expect(status).toBe(500);
  expect(logger.lines).toMatchObject([{ level: 'error', fields: { path: '/v1/events', reason: 'unknown' } }]);
});
