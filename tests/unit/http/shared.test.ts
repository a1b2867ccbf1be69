/** GET /v1/shared/…/events: the one form of its address, what caches are told, and who may ask. */

import { describe, expect, test } from 'vitest';
import { createApp } from '../../../lib/http/app.ts';
import { authenticate } from '../../../lib/http/middleware/authenticate.ts';
import { sharedRoutes } from '../../../lib/http/v1/shared.ts';
import { HeldPolls } from '../../../lib/poll/held-polls.ts';
import { SLOT_MS, slotAt } from '../../../lib/poll/slots.ts';
import type { SharedAnswer } from '../../../lib/protocol/doorbell.ts';
import { problem } from '../../support/http/http.ts';
import { expectProblemDocument } from '../../support/http/problems.ts';
import { Calls, counting } from '../../support/memory/doubles.ts';
import { everyone } from '../../support/memory/everyone.ts';
import { type MemoryProcess, memoryProcess, memoryWorld, say, track } from '../../support/memory/world.ts';
import { settle } from '../../support/time/clock.ts';

const DOORS = '/v1/shared/doors/events';

async function setUp({
  channels = ['*'],
  longestS,
}: {
  readonly channels?: readonly string[];
  readonly longestS?: number;
} = {}) {
  const world = memoryWorld();
  const process = memoryProcess(world);
  await say(process, 'doors', 'a', 'b');
  const app = serve(process, channels, everyone, longestS);
  const [block] = world.log.blocks('doors');
  return { app, world, process, epoch: block?.epoch ?? '', slot: slotAt(world.clock.now()) };
}

function serve(
  { logger, poll }: MemoryProcess,
  channels: readonly string[],
  access: typeof everyone,
  longestS?: number,
) {
  return createApp({ logger, random: poll.random }, access, [sharedRoutes(poll, channels, longestS)]);
}

const answerOf = async (response: Response) => (await response.json()) as SharedAnswer;
const cached = (response: Response) => response.headers.get('cache-control');

describe('an answer', () => {
  test('with events may be kept for a minute, and says with what slot to go on', async () => {
    const { app, epoch, slot } = await setUp();

    const response = await app.request(`${DOORS}?maxvid=1&epoch=${epoch}&slot=${slot}`);

    expect(cached(response)).toBe('public, max-age=60');
    expect(await answerOf(response)).toMatchObject({ events: [{ vid: 2 }], maxvid: 2, epoch, slot });
  });

  test('without events comes when the slot is over, may be kept for a second, and names a later slot', async () => {
    const { app, world, epoch, slot } = await setUp();
    const asking = track(Promise.resolve(app.request(`${DOORS}?maxvid=2&epoch=${epoch}&slot=${slot}`)));

    await world.clock.advance(SLOT_MS - (world.clock.now() % SLOT_MS) - 1);
    expect(asking.done).toBe(false);
    await world.clock.advance(2_000);
    const response = await asking.promise;

    expect(cached(response)).toBe('public, max-age=1');
    expect(await answerOf(response)).toMatchObject({ events: [], maxvid: 2, slot: slot + 1 });
  });

  test('without events costs the calls of a poll without a cursor: an arm, a check, a receive', async () => {
    const { world, epoch } = await setUp();
    const calls = new Calls();
    const { log, cursors, waiters, mailboxes } = world;
    const process = memoryProcess(world, {
      log: counting(log, calls),
      cursors: counting(cursors, calls),
      waiters: counting(waiters, calls),
      mailboxes: counting(mailboxes, calls),
    });
    const app = serve(process, ['*'], everyone);
    const slotNow = () => slotAt(world.clock.now());
    // The mailbox is opened, and grows older than a second.
    const path = () => `${DOORS}?maxvid=2&epoch=${epoch}&slot=${slotNow()}`;
    const first = Promise.resolve(app.request(path()));
    await world.clock.advance(SLOT_MS + 2_000);
    await first;
    await world.clock.advance(SLOT_MS - (world.clock.now() % SLOT_MS));
    const before = { ...calls.all };

    const second = Promise.resolve(app.request(path()));
    await world.clock.advance(SLOT_MS + 2_000);
    await second;

    const made = Object.entries(calls.all).map(([name, count]) => [name, count - (before[name] ?? 0)]);
    expect(Object.fromEntries(made.filter(([, count]) => count !== 0))).toEqual({
      arm: 1,
      last: 1,
      receive: 1,
    });
  });

  test('comes with the event that was waited for', async () => {
    const { app, process, epoch, slot } = await setUp();
    const asking = Promise.resolve(app.request(`${DOORS}?maxvid=2&epoch=${epoch}&slot=${slot}`));
    await settle();

    await say(process, 'doors', 'c');

    expect(await answerOf(await asking)).toMatchObject({ events: [{ vid: 3, data: 'c' }], slot });
  });

  test.each([
    ['', { events: [], maxvid: 2 }],
    ['?maxvid=2', { events: [], maxvid: 2 }],
    ['?maxvid=0', { maxvid: 2 }],
  ])('to %j does not wait', async (query, expected) => {
    const { app, slot } = await setUp();

    expect(await answerOf(await app.request(`${DOORS}${query}`))).toMatchObject({ ...expected, slot });
  });

  test('in a slot that is over does not wait, and names the one of now', async () => {
    const { app, slot } = await setUp();

    const answer = await answerOf(await app.request(`${DOORS}?maxvid=2&slot=${slot - 5}`));

    expect(answer).toMatchObject({ events: [], slot });
  });

  test('where events have expired tells how many, and may be kept', async () => {
    const { app, world, process, epoch } = await setUp();
    await say(process, 'doors', 'c');
    world.log.expire('doors', 2);

    const response = await app.request(`${DOORS}?maxvid=0&epoch=${epoch}`);

    expect(cached(response)).toBe('public, max-age=60');
    expect(await answerOf(response)).toMatchObject({ events: [{ vid: 3 }], missed: 2 });
  });

  test('is the same for everybody: no cookie, header or range of the request is in it', async () => {
    const { app, epoch } = await setUp();
    const path = `${DOORS}?maxvid=0&epoch=${epoch}`;
    const headers = { cookie: 'a=b', range: 'bytes=0-3', accept: 'text/event-stream', 'if-none-match': '*' };

    const plain = await app.request(path);
    const odd = await app.request(path, { headers });

    expect([odd.status, [...odd.headers]]).toEqual([plain.status, [...plain.headers]]);
    expect(await odd.text()).toBe(await plain.text());
    expect(plain.headers.get('set-cookie')).toBeNull();
  });

  test('that depends on the origin of a page says so, also where none asks', async () => {
    const { process } = await setUp();
    const app = serve(process, ['*'], { ...everyone, corsOrigins: ['https://page.example'] });

    expect((await app.request(`${DOORS}?maxvid=0`)).headers.get('vary')).toBe('Origin');
  });
});

describe('where polls may be held for 55 s', () => {
  test('an answer says so, and a slot is as long as the hold that was asked for', async () => {
    const { app, world, slot } = await setUp({ longestS: 55 });

    const short = await answerOf(await app.request(`${DOORS}?maxvid=1`));
    const long = await answerOf(await app.request(`${DOORS}?maxvid=1&hold=55`));

    expect([short.hold, short.slot]).toEqual([55, slot]);
    expect([long.hold, long.slot]).toEqual([55, slotAt(world.clock.now(), 55_000)]);
  });

  test('one is held until its slot is over, and hears of an event at once', async () => {
    const { app, world, process } = await setUp({ longestS: 55 });
    const slot = slotAt(world.clock.now(), 55_000) + 1;
    const asking = track(Promise.resolve(app.request(`${DOORS}?maxvid=2&slot=${slot}&hold=55`)));

    await world.clock.advance(54_000);
    expect(asking.done).toBe(false);
    await say(process, 'doors', 'c');

    expect(await answerOf(await asking.promise)).toMatchObject({ events: [{ vid: 3 }], slot });
  });

  test('one without an event ends with its slot, and names a later one', async () => {
    const { app, world } = await setUp({ longestS: 55 });
    const slot = slotAt(world.clock.now(), 55_000);
    const asking = track(Promise.resolve(app.request(`${DOORS}?maxvid=2&slot=${slot}&hold=55`)));

    await world.clock.advance(57_000);

    expect(await answerOf(await asking.promise)).toMatchObject({ events: [], slot: slot + 1 });
  });
});

describe('what is refused is never kept', () => {
  test.each([
    ['?maxvid=9', 409, 'reset'],
    ['?maxvid=1&epoch=other', 409, 'reset'],
  ])('%s: %i', async (query, status, code) => {
    const { app } = await setUp();

    await expectProblemDocument(await app.request(DOORS + query), status, code);
  });

  test.each([
    ['?maxvid=01', 'query'],
    ['?maxvid=1&', 'query'],
    ['?&maxvid=1', 'query'],
    ['?', 'query'],
    ['?epoch=e&maxvid=1', 'query'],
    ['?maxvid=1&slot=3&epoch=e', 'query'],
    ['?maxvid=1&slot=%33', 'query'],
    ['?maxvid=1&epoch=', 'epoch'],
    ['?maxvid=', 'maxvid'],
    ['?MAXVID=1', 'MAXVID'],
    ['?maxvid=1&maxvid=1', 'maxvid'],
    ['?maxvid=1&slot=1&slot=1', 'slot'],
    ['?maxvid=1&slot=-1', 'slot'],
    ['?maxvid=1&slot=9007199254740991', 'slot'],
    ['?maxvid=9007199254740992', 'maxvid'],
    ['?slot=1', 'maxvid'],
    ['?hold=30', 'maxvid'],
    ['?maxvid=1&hold=30&slot=1', 'query'],
    ['?maxvid=1&hold=055', 'query'],
    ['?maxvid=1&hold=20', 'hold'],
    ['?maxvid=1&hold=111', 'hold'],
    // Longer than polls are held here.
    ['?maxvid=1&hold=55', 'hold'],
    ['?epoch=e', 'maxvid'],
    ['?maxvid=1&client=wall', 'client'],
    ['?maxvid=1&wait=5', 'wait'],
    ['?maxvid=1&limit=5', 'limit'],
    ['?maxvid=1&access_token=a.b.c', 'access_token'],
    ['?maxvid=1&_=1', '_'],
  ])('the address with %s is another form', async (query, field) => {
    const { app } = await setUp();

    const response = await app.request(DOORS + query);

    expect([response.status, cached(response)]).toEqual([400, 'no-store']);
    expect(await problem(response)).toMatchObject({ field });
  });

  test('nor is a name with an escape in it', async () => {
    const { app } = await setUp();

    expect((await app.request('/v1/shared/do%6Frs/events?maxvid=0')).status).toBe(400);
  });

  test.each(['HEAD', 'POST', 'DELETE'])('%s is no method of it, and holds nothing', async (method) => {
    const { app, process, slot } = await setUp();

    const response = await app.request(`${DOORS}?maxvid=2&slot=${slot}`, { method });

    expect([response.status, response.headers.get('allow'), cached(response)]).toEqual([
      405,
      'GET',
      'no-store',
    ]);
    expect(process.poll.held.size).toBe(0);
  });
});

describe('who may ask', () => {
  test('nobody for a channel that is not shared, whatever the token says', async () => {
    const { app } = await setUp({ channels: ['board.*', 'weather'] });

    await expectProblemDocument(await app.request(`${DOORS}?maxvid=0`), 403, 'forbidden');
  });

  const closed = { verify: async () => Promise.reject(new Error('a token was looked at')) };

  test('everybody for a public one, and a token is not looked at', async () => {
    const { process } = await setUp();
    const access = { ...everyone, authenticate: authenticate(closed, { query: true }, ['doors', 'board.*']) };
    const app = serve(process, ['doors'], access);
    const headers = { authorization: 'Bearer a.b.c' };

    const answers = [await app.request(DOORS), await app.request(DOORS, { headers })];

    expect(answers.map(({ status }) => status)).toEqual([200, 200]);
  });

  test.each([
    '/v1/shared/door/events',
    '/v1/shared/doors.3/events',
    '/v1/shared/board/events',
    '/v1/shared/doors/events/',
    '/v1/shared//events',
  ])('and nobody for %s beside it', async (path) => {
    const { process } = await setUp();
    const access = {
      ...everyone,
      authenticate: authenticate(closed, { query: false }, ['doors', 'board.*']),
    };

    const response = await serve(process, ['*'], access).request(path);

    expect([401, 404]).toContain(response.status);
  });

  test('public readers are counted as one, so that those with a token find room', async () => {
    const { process, slot } = await setUp();
    const access = { ...everyone, authenticate: authenticate(closed, { query: false }, ['doors']) };
    const held = new HeldPolls(10, 1);
    const app = serve({ ...process, poll: { ...process.poll, held } }, ['doors'], access);
    const hangup = new AbortController();
    const first = app.request(`${DOORS}?maxvid=2&slot=${slot}`, { signal: hangup.signal });
    await settle();

    await expectProblemDocument(
      await app.request(`${DOORS}?maxvid=2&slot=${slot}`),
      429,
      'too-many-requests',
    );

    hangup.abort();
    await first;
  });
});
