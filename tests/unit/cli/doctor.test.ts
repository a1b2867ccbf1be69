/** `doorbell doctor`: each fault between here and the server is found, and each finding says what to do. */

import { expect, test } from 'vitest';
import { mint } from '../../../lib/auth/mint.ts';
import { call, cut, memoryServer } from '../../support/cli/terminal.ts';

const NOW = Date.parse('2026-01-01T12:00:00.000Z');
const SECRET = 'the-secret-of-these-tests-0123456789';
const token = (more: { readonly ttlS?: number; readonly read?: readonly string[] } = {}) =>
  mint(SECRET, { read: ['doors'], write: ['doors'], ttlS: 3_600, now: NOW, ...more });

type Answer = (url: URL) => Response | Promise<Response>;
const HEADERS = { date: new Date(NOW).toUTCString(), 'cache-control': 'no-store' };
const answer =
  (status: number, body: unknown, headers: Record<string, string> = {}) =>
  () =>
    new Response(typeof body === 'string' ? body : JSON.stringify(body), {
      status,
      headers: { ...HEADERS, ...headers },
    });

/** A healthy server whose answers may be replaced by path; a poll of 2 s passes them. */
async function visit(
  replaced: Readonly<Record<string, Answer>> = {},
  more: readonly string[] = [],
  env?: { readonly DOORBELL_TOKEN: string },
  isJoining = false,
) {
  const healthy: Readonly<Record<string, Answer>> = {
    'GET /healthz': answer(200, { status: 'ok' }),
    'GET /openapi.json': answer(200, { info: { version: '1' } }),
    'GET /v1/channels': answer(200, { channels: [{ channel: 'doors' }], next: null }),
    'GET /v1/channels/doors/events': answer(200, { events: [{ vid: 1 }], maxvid: 1 }),
    'POST /v1/channels/doors/events': answer(201, { first: 1, last: 1 }),
    'POST /v1/channels/doors/waits': answer(404, {}),
    'GET /v1/events': answer(200, { channels: [{ channel: 'doors', maxvid: 1 }] }),
    ...replaced,
  };
  const fetch: typeof globalThis.fetch = async (input, init) => {
    const url = new URL(String(input));
    const found = healthy[`${init?.method ?? 'GET'} ${url.pathname}`];
    if (!found) throw new Error(`nobody is to ask for ${String(input)}`);
    const isNobody = new Headers(init?.headers).get('authorization')?.includes('nobody');
    return isNobody && !isJoining ? answer(401, {})() : found(url);
  };
  return call(['doctor', '--quick', ...more], {
    fetch,
    now: NOW,
    env: env ?? { DOORBELL_TOKEN: await token() },
  });
}

test('doorbell doctor finds nothing where nothing is wrong', async () => {
  const { exit, out, err } = await visit({}, ['--deliver', 'doors']);

  expect([exit, err]).toEqual([0, '']);
  expect(out.match(/^ok/gm)?.length).toBeGreaterThanOrEqual(8);
  expect(out).not.toMatch(/WARN|FAIL/);
  expect(out).toContain('it says: read doors; publish to doors');
  expect(out).toContain('good for 60 min more');
  expect(out).toContain('readers with this token count together');
});

test('understands a real server', async () => {
  const { call } = await memoryServer();

  const { out } = await call(['doctor', '--quick']);

  expect(out).toContain('ok    the server takes the token');
  expect(out).toContain('ok    both speak protocol 1');
  // Offered, and tried. Its time is virtual: a ticket may have run out by then, or its wait be over at once.
  expect(out).toMatch(/a direct wait |a reader can wait without a poll/);
});

const page = '<!doctype html><title>Sign in</title>';
const early = answer(200, { events: [], maxvid: 1 });

test.each<[string, Record<string, Answer>, number, string, string]>([
  [
    'a server that is not there',
    { 'GET /healthz': cut('ECONNREFUSED') },
    3,
    'nothing listens there',
    'Is the URL right',
  ],
  [
    'a name that is unknown',
    { 'GET /healthz': cut('ENOTFOUND') },
    3,
    'the name is not known',
    'Is the URL right',
  ],
  [
    'something else at the address',
    { 'GET /healthz': answer(200, page) },
    3,
    'not as Doorbell does',
    'everything before /v1',
  ],
  [
    'a server without its log',
    { 'GET /healthz': answer(503, { status: 503 }) },
    1,
    'cannot read its log',
    'a table is missing',
  ],
  [
    'a clock that is behind',
    { 'GET /healthz': answer(200, { status: 'ok' }, { date: 'Thu, 01 Jan 2026 12:10:00 GMT' }) },
    1,
    'clock is 10 min behind',
    'NTP',
  ],
  [
    'a clock that is a little ahead',
    { 'GET /healthz': answer(200, { status: 'ok' }, { date: 'Thu, 01 Jan 2026 11:59:50 GMT' }) },
    0,
    'WARN  this clock is 10 s ahead',
    'NTP',
  ],
  [
    'a cache',
    { 'GET /healthz': answer(200, { status: 'ok' }, { age: '12' }) },
    1,
    'came out of a cache',
    'Turn caching off',
  ],
  [
    'a proxy that shows itself',
    { 'GET /healthz': answer(200, { status: 'ok' }, { via: '1.1 proxy' }) },
    0,
    'WARN  there is a proxy or CDN in between (via)',
    'proxy_read_timeout',
  ],
  [
    'headers that are rewritten',
    { 'GET /healthz': answer(200, { status: 'ok' }, { 'cache-control': 'max-age=60' }) },
    1,
    'rewrites',
    'Cache-Control',
  ],
  [
    'another protocol',
    { 'GET /openapi.json': answer(200, { info: { version: '2' } }) },
    1,
    'speaks protocol 2',
    'same release',
  ],
  [
    'a server that is too old to say',
    { 'GET /openapi.json': answer(404, {}) },
    0,
    'does not say which protocol',
    'update it',
  ],
  [
    'a token that is refused',
    { 'GET /v1/channels': answer(401, { detail: 'Wrong key.' }) },
    4,
    'does not take the token: Wrong key.',
    'doorbell token',
  ],
  [
    'polls that are cut',
    { 'GET /v1/channels/doors/events': cut('ECONNRESET') },
    1,
    'a held poll was cut',
    'read timeout',
  ],
  [
    'a token that too many share',
    { 'GET /v1/channels/doors/events': answer(429, { detail: 'This token holds 1000 polls.' }) },
    1,
    'refused with 429: This token holds 1000 polls.',
    'many readers share this token',
  ],
  [
    'a gateway without patience',
    { 'GET /v1/channels/doors/events': answer(504, page) },
    1,
    'answered with 504',
    'above 30 s',
  ],
  [
    'empty polls that are not held',
    { 'GET /v1/channels/doors/events': early },
    1,
    'an empty poll was answered after 0.',
    'in the place of the server',
  ],
  [
    'a sign-in page before polls',
    { 'GET /v1/channels/doors/events': answer(200, page) },
    1,
    'something that is not Doorbell',
    'stands between',
  ],
])('doorbell doctor finds %s', async (_, replaced, code, what, advice) => {
  const { exit, out, err } = await visit(replaced);

  expect([exit, err]).toEqual([code, '']);
  expect(out).toContain(what);
  expect(out).toContain(advice);
});

test('doorbell doctor finds out that an event does not come through, when it may publish', async () => {
  const notPublished = await visit({ 'POST /v1/channels/doors/events': answer(403, {}) }, [
    '--deliver',
    'doors',
  ]);
  const lost = await visit({ 'POST /v1/channels/doors/events': answer(201, { first: 9, last: 9 }) }, [
    '--deliver',
    'doors',
  ]);

  expect(notPublished.out).toContain('publishing to doors was answered with 403');
  expect(lost.out).toContain('did not come to a held poll');
  expect([notPublished.exit, lost.exit]).toEqual([1, 1]);
});

test.each([
  ['none', '', 4, 'there is no token'],
  ['one that is no token', 'nonsense', 4, 'not a JSON Web Token'],
])('doorbell doctor says of the token that there is %s', async (_, DOORBELL_TOKEN, code, what) => {
  const refused = { 'GET /v1/channels': answer(401, { detail: 'No.' }) };

  const { exit, out } = await visit(refused, [], { DOORBELL_TOKEN });

  expect(exit).toBe(code);
  expect(out).toContain(what);
});

test('doorbell doctor says when a token ends, what it may not do, and never the token itself', async () => {
  const old = await token({ ttlS: -600 });
  const soon = await token({ ttlS: 60, read: [] });
  const nothing = { 'GET /v1/channels': answer(200, { channels: [], next: null }) };

  const expired = await visit({}, [], { DOORBELL_TOKEN: old });
  const ending = await visit(nothing, [], { DOORBELL_TOKEN: soon });

  expect([expired.exit, ending.exit]).toEqual([1, 0]);
  expect(expired.out).toContain('the token expired 10 min ago');
  expect(ending.out).toContain('the token expires in 60 s');
  expect(ending.out).toContain('read nothing; publish to doors');
  expect(ending.out).toContain('polls were not tried');
  expect(expired.out + ending.out).not.toContain(old.slice(0, 20));
});

test('doorbell doctor says that it was interrupted, and blames nobody for it', async () => {
  const { call } = await memoryServer();
  const interrupt = new AbortController();

  const { exit, out, err } = await call(['doctor'], {
    interrupt,
    // All that is left then is the held poll.
    heard: (text) => text.includes('takes the token') && setImmediate(() => interrupt.abort()),
  });

  expect([exit, err]).toEqual([130, 'Interrupted.\n']);
  expect(out).not.toContain('FAIL');
});

test('doorbell doctor says what the network said when the server goes away during the visit', async () => {
  const { exit, err } = await visit({ 'GET /v1/channels': cut('ECONNRESET') });

  expect(exit).toBe(3);
  expect(err).toContain('the connection was cut (ECONNRESET)');
});

test('finds that something gives the answer of one token to another', async () => {
  const { exit, out } = await visit({}, [], undefined, true);

  expect(exit).toBe(1);
  expect(out).toContain("FAIL  a request without a good token was given another's answer");
  expect(out).toContain('Put Authorization into the key of its cache');
});

test('finds that something gives the refusal of another token to this one', async () => {
  let asked = 0;
  const refused = () =>
    asked++ < 3 ? answer(401, {})() : answer(200, { events: [{ vid: 1 }], maxvid: 1 })();

  const { exit, out } = await visit({ 'GET /v1/channels/doors/events': refused });

  expect(exit).toBe(1);
  expect(out).toContain("FAIL  this token's request was given the refusal of another's");
});

/** Without a number of seconds there is no ticket. */
function waits(seconds?: number): Record<string, Answer> {
  const wait = seconds && { ticket: 'aa.bb.cd', seconds, life: seconds };
  return { 'POST /v1/channels/doors/waits': answer(200, { events: [], maxvid: 1, wait }) };
}
const bell = answer(200, '<ReceiveMessageResponse><ReceiptHandle>x</ReceiptHandle></ReceiveMessageResponse>');
const quiet = answer(200, '<ReceiveMessageResponse></ReceiveMessageResponse>');
const onlyOwn: Answer = (url) => (url.search === '?ticket=aa.bb.cd' ? quiet() : answer(403, {})());

test.each<[string, Record<string, Answer>, number, string]>([
  ['that it works', { 'GET /v1/wait': onlyOwn }, 0, 'ok    a reader can wait without a poll'],
  ['that its way is closed', { 'GET /v1/wait': answer(502, {}) }, 1, 'a direct wait was answered with 502'],
  ['a page in its place', { 'GET /v1/wait': answer(200, page) }, 1, 'a direct wait was answered with 200'],
  [
    'that it does not wait',
    { ...waits(20), 'GET /v1/wait': quiet },
    1,
    'a direct wait of 20 s ended after 0.',
  ],
  ['that anybody may wait', { 'GET /v1/wait': bell }, 1, 'a forged ticket was taken'],
  ['that it gives no ticket', waits(), 1, 'answered with 200, without a ticket'],
  [
    'that it refuses its reader',
    { 'POST /v1/channels/doors/waits': answer(500, {}) },
    1,
    'answered with 500',
  ],
  [
    'too many mailboxes',
    { 'POST /v1/channels/doors/waits': answer(429, {}) },
    0,
    'WARN  direct waits were refused with 429',
  ],
])('doorbell doctor finds of direct waits %s', async (_, replaced, code, what) => {
  const { exit, out, err } = await visit({ ...waits(1), ...replaced });

  expect([exit, err]).toEqual([code, '']);
  expect(out).toContain(what);
});

const offering = (...ways: readonly unknown[]) => ({
  'GET /v1/events': answer(200, { channels: [{ channel: 'doors', maxvid: 1 }], ways }),
});
const SHARED = 'GET /v1/shared/doors/events';

test.each<[string, Record<string, Answer>, number, string]>([
  ['that there are some', offering('direct'), 0, 'ok    readers are offered direct waits'],
  [
    'in their order',
    { ...offering('shared', 'direct', 'a way of next year'), [SHARED]: answer(200, { slot: 7 }) },
    0,
    'readers are offered shared polls, then direct waits, then a way of next year',
  ],
  [
    'a shared poll that works',
    { ...offering('shared'), [SHARED]: answer(200, { slot: 7 }) },
    0,
    'ok    a shared poll is answered',
  ],
  [
    'a shared poll that is refused',
    { ...offering('shared'), [SHARED]: answer(403, {}) },
    1,
    'shared polls are offered, and one was answered with 403',
  ],
  [
    'a page in its place',
    { ...offering('shared'), [SHARED]: answer(200, page) },
    1,
    'shared polls are offered, and one was answered with 200',
  ],
])('doorbell doctor finds of other ways to wait %s', async (_, replaced, code, what) => {
  const { exit, out, err } = await visit(replaced);

  expect([exit, err]).toEqual([code, '']);
  expect(out).toContain(what);
});

test.each([
  ['none is', answer(200, { channels: [{ channel: 'doors', maxvid: 1 }] })],
  ['a page says nothing', answer(200, page)],
])('doorbell doctor says nothing of ways that are offered where %s', async (_, reply) => {
  const { out } = await visit({ 'GET /v1/events': reply });

  expect(out).not.toContain('offered');
});
