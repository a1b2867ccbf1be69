/** POST …/waits and GET /v1/wait, where readers have mailboxes of their own and where a hub holds their waits: the same addresses, the same answers. */

import { describe, expect, test, vi } from 'vitest';
import { createApp } from '../../../lib/http/app.ts';
import { authenticate } from '../../../lib/http/middleware/authenticate.ts';
import { waitRoutes } from '../../../lib/http/v1/waits.ts';
import { TICKET_MS } from '../../../lib/poll/direct-wait.ts';
import { HeldPolls } from '../../../lib/poll/held-polls.ts';
import type { MultiWaitsAnswer, WaitsAnswer } from '../../../lib/protocol/doorbell.ts';
import { problem } from '../../support/http/http.ts';
import { expectProblemDocument } from '../../support/http/problems.ts';
import { heldPorts, queuedPorts } from '../../support/memory/direct.ts';
import { everyone } from '../../support/memory/everyone.ts';
import { memoryProcess, memoryWorld, say, track } from '../../support/memory/world.ts';
import { WAIT_MS } from '../../support/time/limits.ts';

const DOORS = '/v1/channels/doors/waits';
const WAIT = '/v1/wait';

const GROUNDS = { 'a mailbox of its own': queuedPorts, 'a hub that holds it': heldPorts };

async function setUp(portsOf: typeof heldPorts = queuedPorts, access = everyone) {
  const world = memoryWorld();
  const process = memoryProcess(world);
  await say(process, 'doors', 'a', 'b');
  const ports = portsOf(world, process);
  const app = createApp({ logger: process.logger, random: world.random }, access, [waitRoutes(ports)]);
  const post = async (path: string) => {
    const response = await app.request(path, { method: 'POST' });
    return (await response.json()) as WaitsAnswer & MultiWaitsAnswer;
  };
  /** The ticket of a reader at `maxvid`, whose mailbox is old enough. */
  const settled = async (path: string) => {
    const joint = path.includes('?') ? '&' : '?';
    const young = await post(path);
    await world.clock.advance(2_000);
    const { wait } = await post(`${path}${joint}ticket=${young.wait?.ticket}`);
    return wait?.ticket ?? '';
  };
  const waiting = (ticket: string, init?: RequestInit) => app.request(`${WAIT}?ticket=${ticket}`, init);
  /** A wait that has begun. */
  const begun = async (ticket: string, init?: RequestInit) => {
    const before = world.clock.sleeping;
    const one = track(Promise.resolve(waiting(ticket, init)));
    await vi.waitUntil(() => world.clock.sleeping > before, WAIT_MS);
    return one;
  };
  return { app, world, process, post, settled, waiting, begun };
}

const hasBell = (text: string) => text.includes('ReceiptHandle');

describe.each(Object.entries(GROUNDS))('on %s', (_name, portsOf) => {
  test('a reader is told the news, waits, hears of more, and is told that too', async () => {
    const { process, post, settled, begun } = await setUp(portsOf);

    const first = await post(`${DOORS}?maxvid=0`);
    const ticket = await settled(`${DOORS}?maxvid=${first.maxvid}&epoch=${first.epoch}`);
    const waiting = await begun(ticket);
    await say(process, 'doors', 'c');
    const heard = await (await waiting.promise).text();
    const next = await post(`${DOORS}?maxvid=2&epoch=${first.epoch}&ticket=${ticket}`);

    expect(first).toMatchObject({ channel: 'doors', maxvid: 2, events: [{ data: 'a' }, { data: 'b' }] });
    expect(hasBell(heard)).toBe(true);
    expect(next).toMatchObject({ maxvid: 3, events: [{ vid: 3, data: 'c' }] });
    expect(next.wait?.life).toBe(TICKET_MS / 1_000);
  });

  test('a bell says nothing of the event', async () => {
    const { process, settled, begun } = await setUp(portsOf);
    const waiting = await begun(await settled(`${DOORS}?maxvid=2`));

    await say(process, 'doors', 'secret-text');

    expect(await (await waiting.promise).text()).not.toContain('secret-text');
  });

  test.each([
    ['in XML', {}, /^text\/xml/],
    ['in JSON', { accept: 'application/json' }, /^application\/json/],
  ])('hears %s', async (_form, headers: Record<string, string>, type) => {
    const { world, process, settled, begun } = await setUp(portsOf);
    const ticket = await settled(`${DOORS}?maxvid=2`);

    const quiet = await begun(ticket, { headers });
    await world.clock.advance(20_000);
    const silence = await quiet.promise;
    const loud = await begun(ticket, { headers });
    await say(process, 'doors', '<&>');
    const bell = await loud.promise;

    for (const response of [silence, bell]) {
      expect([response.status, response.headers.get('cache-control')]).toEqual([200, 'no-store']);
      expect(response.headers.get('content-type')).toMatch(type);
    }
    expect([hasBell(await silence.text()), hasBell(await bell.text())]).toEqual([false, true]);
  });

  test('several channels have one ticket, which each of them rings', async () => {
    const { process, post, settled, begun } = await setUp(portsOf);
    await say(process, 'alerts', 'x');
    const path = '/v1/waits?cursor=doors:2&cursor=alerts:1&cursor=unborn:0';
    const ticket = await settled(path);

    const waiting = await begun(ticket);
    await say(process, 'unborn', 'y');
    const heard = hasBell(await (await waiting.promise).text());
    const next = await post(`${path}&ticket=${ticket}`);

    expect(heard).toBe(true);
    expect(next.channels).toMatchObject([{ channel: 'unborn', events: [{ data: 'y' }] }]);
    expect(next.wait).toBeDefined();
  });

  test('what came before the wait began is heard at once', async () => {
    const { process, settled, waiting } = await setUp(portsOf);
    const ticket = await settled(`${DOORS}?maxvid=2`);

    await say(process, 'doors', 'c');

    expect(hasBell(await (await waiting(ticket)).text())).toBe(true);
  });

  test('keeps the cursor of a client that says where it is', async () => {
    const { world, post } = await setUp(portsOf);

    await post(`${DOORS}?maxvid=1&client=wall`);
    const again = await post(`${DOORS}?client=wall`);

    expect(again).toMatchObject({ events: [{ vid: 2 }] });
    expect(await world.cursors.list('doors')).toMatchObject([{ client: 'wall', maxvid: 1 }]);
  });

  test('needs a ticket, and one that is good still', async () => {
    const { app, world, settled, waiting } = await setUp(portsOf);
    const ticket = await settled(`${DOORS}?maxvid=2`);

    await expectProblemDocument(await app.request(WAIT), 401, 'no-token', 'ticket');
    await expectProblemDocument(await waiting('a.b.c'), 403, 'forbidden', 'ticket');
    await world.clock.advance(TICKET_MS);
    await expectProblemDocument(await waiting(ticket), 403, 'forbidden', 'ticket');
  });
});

test('tickets of one owner count together in a hub, so that others find room', async () => {
  const held = new HeldPolls(10, 1);
  const { settled, begun, waiting } = await setUp((world, process) =>
    heldPorts(world, { ...process, poll: { ...process.poll, held } }),
  );
  const hangup = new AbortController();
  const first = await begun(await settled(`${DOORS}?maxvid=2`), { signal: hangup.signal });

  await expectProblemDocument(await waiting(await settled(`${DOORS}?maxvid=1`)), 429, 'too-many-requests');

  hangup.abort();
  await first.promise;
  expect(held.size).toBe(0);
});

test('a hub that is about to end answers at once, as if the wait were over', async () => {
  const { process, settled, begun } = await setUp(heldPorts);
  const waiting = await begun(await settled(`${DOORS}?maxvid=2`));

  process.poll.held.close();

  expect(hasBell(await (await waiting.promise).text())).toBe(false);
});

describe('what is refused', () => {
  test.each([
    [`${DOORS}?maxvid=-1`, 'maxvid'],
    [`${DOORS}?wait=5`, 'wait'],
    [`${DOORS}?ticket=`, 'ticket'],
    [`${DOORS}?ticket=a.b`, 'ticket'],
    [`${DOORS}?ticket=a.b.c&ticket=a.b.c`, 'ticket'],
    [`${DOORS}?maxVid=1`, 'maxVid'],
    ['/v1/channels/do%20ors/waits', 'channel'],
    ['/v1/waits', 'cursor'],
    ['/v1/waits?cursor=doors&cursor=doors', 'cursor'],
    ['/v1/waits?cursor=doors&wait=0', 'wait'],
  ])('%s, for %s', async (path, field) => {
    const { app, world } = await setUp();

    const response = await app.request(path, { method: 'POST' });

    expect(response.status).toBe(400);
    expect(await problem(response)).toMatchObject({ field });
    expect(await world.mailboxes.list()).toEqual([]);
    expect(await world.waiters.armed('doors')).toEqual([]);
  });

  test.each([`${WAIT}?ticket=a.b.c&seconds=90`, `${WAIT}?ticket=a.b.c&ticket=a.b.c`])('%s', async (path) => {
    const { app } = await setUp();

    expect((await app.request(path)).status).toBe(400);
  });

  test.each([
    ['GET', DOORS, 'POST'],
    ['GET', '/v1/waits', 'POST'],
    ['POST', WAIT, 'GET'],
    ['HEAD', WAIT, 'GET'],
  ])('%s %s', async (method, path, allow) => {
    const { app } = await setUp();

    const response = await app.request(path, { method });

    expect([response.status, response.headers.get('allow')]).toEqual([405, allow]);
  });
});

test('no token is looked at of whoever waits, and one is needed to ask', async () => {
  const closed = { verify: async () => Promise.reject(new Error('a token was looked at')) };
  const access = { ...everyone, authenticate: authenticate(closed, { query: false }) };
  const { app } = await setUp(queuedPorts, access);
  const headers = { authorization: 'Bearer a.b.c' };

  expect((await app.request(`${WAIT}?ticket=a.b.c`, { headers })).status).toBe(403);
  expect((await app.request(DOORS, { method: 'POST' })).status).toBe(401);
});

test('where direct waits are off there are no such addresses', async () => {
  const { logger } = memoryProcess(memoryWorld());
  const app = createApp({ logger, random: memoryWorld().random }, everyone, [waitRoutes(undefined)]);

  const responses = [
    await app.request(DOORS, { method: 'POST' }),
    await app.request('/v1/waits?cursor=doors', { method: 'POST' }),
    await app.request(`${WAIT}?ticket=a.b.c`),
  ];

  expect(responses.map(({ status }) => status)).toEqual([404, 404, 404]);
});
