/** Wrong paths, methods and parameters: a problem that names the field, and nothing has changed. */

import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { eventsPath, numbered, poll, posting, publish } from '../support/http/http.ts';
import { expectProblem } from '../support/http/problems.ts';
import { startProcess, type TestProcess } from '../support/stack/process.ts';
import { type Stack, startStack } from '../support/stack/stack.ts';

const METHODS = ['GET', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS'];
const EVENTS = '/v1/channels/doors/events';

let stack: Stack;
let app: TestProcess['app'];
beforeAll(async () => {
  stack = await startStack();
  ({ app } = startProcess(stack));
  await publish(app, 'doors', numbered(1, 3));
  await poll(app, 'doors', { client: 'lobby', maxvid: 1, wait: 0 });
});
afterAll(() => stack.stop());

const wrongMethods = [
  ['/', 'GET'],
  ['/client.js', 'GET'],
  ['/openapi.json', 'GET'],
  ['/healthz', 'GET'],
  [EVENTS, 'GET, POST'],
  ['/v1/events', 'GET'],
  ['/v1/channels', 'GET'],
  ['/v1/channels/doors', 'GET, DELETE'],
  [`${EVENTS}/1`, 'DELETE'],
  ['/v1/channels/doors/clients', 'GET'],
  ['/v1/channels/doors/clients/lobby', 'DELETE'],
].flatMap(([path = '', allow = '']) =>
  METHODS.filter((method) => !allow.split(', ').includes(method)).map((method) => ({ method, path, allow })),
);

test.each(wrongMethods)('$method $path is not allowed', async ({ method, path, allow }) => {
  const response = await expectProblem(stack, { status: 405 }, () => app.request(path, { method }));

  expect(response.headers.get('allow')).toBe(allow);
});

test.each([EVENTS, '/v1/events?cursor=doors:3', '/v1/channels/doors'])(
  'HEAD %s is not allowed, lest a long poll be held for nobody',
  async (path) => {
    const response = await app.request(path, { method: 'HEAD' });

    expect(response.status).toBe(405);
    expect(response.headers.get('allow')).toMatch(/GET/);
    expect(await response.text()).toBe('');
  },
);

test.each([
  '/nothing',
  '/v1',
  '/v1/',
  '/v1/channels/',
  '/v1/channels//events',
  '/v1/channels/doors/',
  `${EVENTS}/`,
  `${EVENTS}/1/`,
  '/v2/channels/doors/events',
  '/V1/events',
])('there is nothing at %s', async (path) => {
  await expectProblem(stack, { status: 404, type: 'not-found' }, () => app.request(path));
  await expectProblem(stack, { status: 404, type: 'not-found' }, () =>
    app.request(path, posting({ data: 1 })),
  );
});

test.each(['/v1/channels/unborn', '/v1/channels/unborn/clients'])(
  '%s is not found before the first event',
  async (path) => {
    await expectProblem(stack, { status: 404, field: 'channel' }, () => app.request(path));
  },
);

test.each([
  'maxvid=-1',
  'maxvid=1e99',
  'maxvid=abc',
  'maxvid=1.5',
  'maxvid=',
  'maxvid=%201',
  'maxvid=0x10',
  'maxvid=9007199254740992',
  `maxvid=${'9'.repeat(400)}`,
  'wait=21',
  'wait=-1',
  'wait=abc',
  'wait=',
  'limit=0',
  'limit=1001',
  'limit=1.5',
  'client=',
  'client=a%20b',
  'client=..',
  `client=${'c'.repeat(65)}`,
  'epoch=',
  'epoch=a.b',
  `epoch=${'e'.repeat(65)}`,
  'maxVid=1',
  'cursor=doors',
  'constructor=1',
  'toString=1',
  '__proto__=1',
  'maxvid=1&maxvid=2',
  'maxvid=1&maxvid=1',
  'maxvid=1&client=a&client=b',
])('a poll with %s is refused', async (query) => {
  const field = query.split('&').at(-1)?.split('=')[0] ?? '';

  // A wait that is refused cannot be waited for; one that is wrongly taken must not be.
  const more = /wait=/.test(query) ? '' : '&wait=0';

  await expectProblem(stack, { status: 400, type: 'bad-parameter', field }, () =>
    app.request(`${EVENTS}?${query}${more}`),
  );
});

test.each([
  ['no cursor', ''],
  ['11 cursors', Array.from({ length: 11 }, (_, i) => `cursor=c${i}`).join('&')],
  ['a channel twice', 'cursor=doors:1&cursor=alerts&cursor=doors:2'],
  ['a bad channel name', 'cursor=a%20b:1'],
  ['no channel name', 'cursor=:1'],
  ['an empty cursor', 'cursor='],
  ['a bad maxvid', 'cursor=doors:-1'],
  ['an empty maxvid', 'cursor=doors:'],
  ['an empty epoch', 'cursor=doors:1:'],
  ['too many parts', 'cursor=doors:1:e:2'],
])('a poll of several channels with %s is refused', async (_, query) => {
  await expectProblem(stack, { status: 400, type: 'bad-parameter', field: 'cursor' }, () =>
    app.request(`/v1/events?${query}&wait=0`),
  );
});

test.each(['maxvid', 'epoch', 'channel', 'valueOf'])(
  'a poll of several channels does not know %s',
  async (field) => {
    await expectProblem(stack, { status: 400, type: 'bad-parameter', field }, () =>
      app.request(`/v1/events?cursor=doors:1&wait=0&${field}=1`),
    );
  },
);

describe.each(['a%20b', 'a%2Fb', 'a:b', '%C3%BC', '%00', '%', '%E0%A4%A', 'c'.repeat(129)])(
  'the channel name %s',
  (channel) => {
    test.each([
      ['GET', eventsPath(channel, { wait: 0 })],
      ['POST', eventsPath(channel)],
      ['GET', `/v1/channels/${channel}`],
      ['GET', `/v1/channels/${channel}/clients`],
      ['DELETE', `/v1/channels/${channel}/clients/lobby`],
    ])('is refused: %s %s', async (method, path) => {
      const init = method === 'POST' ? posting({ data: 1 }) : { method };

      await expectProblem(stack, { status: 400, type: 'bad-parameter', field: 'channel' }, () =>
        app.request(path, init),
      );
    });
  },
);

test.each(['a%20b', 'c'.repeat(65)])('the client name %s is refused', async (client) => {
  await expectProblem(stack, { status: 400, type: 'bad-parameter', field: 'client' }, () =>
    app.request(`/v1/channels/doors/clients/${client}`, { method: 'DELETE' }),
  );
});

test.each([
  ['POST', EVENTS],
  ['GET', '/v1/channels/doors'],
  ['GET', '/v1/channels/doors/clients'],
  ['DELETE', '/v1/channels/doors/clients/lobby'],
])('%s %s takes no parameters', async (method, path) => {
  const init = method === 'POST' ? posting({ data: 1 }) : { method };

  await expectProblem(stack, { status: 400, type: 'bad-parameter', field: 'maxvid' }, () =>
    app.request(`${path}?maxvid=1`, init),
  );
});
