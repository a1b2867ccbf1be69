/** What polls ask for: the same whether it was read before or not, and whoever asks. */

import fc from 'fast-check';
import { expect, test } from 'vitest';
import { PollRequests } from '../../../hub/poll-requests.ts';
import { manyRequest, pollRequest } from '../../../lib/http/v1/poll-params.ts';

const MANY = '/v1/events';
const ONE = '/v1/channels/doors/events';

/** As the schema reads it: a request, or what it refuses. */
function read<T>(asked: () => T) {
  try {
    return asked();
  } catch (error) {
    return { refused: (error as Error).message };
  }
}

test('keeps two clients apart who ask from one place', () => {
  const requests = new PollRequests();

  const clients = ['ann', 'bob', 'ann'].map(
    (name) => requests.of(MANY, undefined, `cursor=doors:7&client=${name}&wait=5`).client,
  );

  expect(clients).toEqual(['ann', 'bob', 'ann']);
});

test('has no client for a reader without one who asks as a client did', () => {
  const requests = new PollRequests();
  requests.of(MANY, undefined, 'cursor=doors:7&client=ann');

  expect(requests.of(MANY, undefined, 'cursor=doors:7').client).toBeUndefined();
});

test('reads what clients ask for from one place once', () => {
  const requests = new PollRequests();

  const [first, second] = ['ann', 'bob'].map((name) =>
    requests.of(MANY, undefined, `cursor=doors:7&client=${name}`),
  );

  expect(first?.cursors).toBe(second?.cursors);
});

test.each([
  'cursor=doors:7&client=ann&client=bob',
  'client=ann&cursor=doors:7&client=bob',
  'cursor=doors:7&client=',
])('refuses %s, however often it comes', (query) => {
  const requests = new PollRequests();
  requests.of(MANY, undefined, 'cursor=doors:7&client=ann');

  expect(() => requests.of(MANY, undefined, query)).toThrow();
  expect(() => requests.of(MANY, undefined, query)).toThrow();
});

test('reads every query as the schema does, again and again', () => {
  const part = fc.constantFrom(
    'cursor=doors:7',
    'cursor=doors',
    'cursor=gates:9:life',
    'maxvid=7',
    'epoch=life',
    'client=ann',
    'client=bob',
    'client=..',
    'client=a%6en',
    'client=',
    'client',
    'xclient=ann',
    'wait=5',
    'wait=x',
    'limit=3',
    'narrow=client=ann',
    '',
  );
  const queries = fc.array(
    fc.array(part, { maxLength: 5 }).map((parts) => parts.join('&')),
    { maxLength: 12 },
  );
  fc.assert(
    fc.property(queries, fc.boolean(), (list, isMany) => {
      const requests = new PollRequests();
      for (const query of [...list, ...list]) {
        const params = () => new URLSearchParams(query);
        const asked = read(() => requests.of(isMany ? MANY : ONE, isMany ? undefined : 'doors', query));

        expect(asked).toEqual(read(() => (isMany ? manyRequest(params()) : pollRequest('doors', params()))));
      }
    }),
    { numRuns: 500 },
  );
});
