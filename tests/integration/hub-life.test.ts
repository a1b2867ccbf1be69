/** A hub while its clients come and go, and while it stops: nobody who has gone is waited for, and nobody who is there is cut off. */

import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import { once } from 'node:events';
import { Agent, type IncomingMessage, request } from 'node:http';
import { afterAll, afterEach, beforeAll, expect, onTestFinished, test, vi } from 'vitest';
import type { Hub } from '../../hub/server.ts';
import { CursorsTable } from '../../lib/aws/dynamodb/cursors-table.ts';
import { MailboxRegistryTable } from '../../lib/aws/dynamodb/mailbox-registry.ts';
import { MailboxQueues } from '../../lib/aws/sqs/mailbox-queues.ts';
import type { PollAnswer } from '../../lib/protocol/doorbell.ts';
import { type LocalStack, startLocalStack } from '../../local/emulators/stack.ts';
import {
  byFastPath,
  byRouter,
  eventsPath,
  numbered,
  poll,
  posting,
  publish,
  range,
} from '../support/http/http.ts';
import { MemoryLogger } from '../support/memory/doubles.ts';
import { figuresOf, type HubTestOptions, hubToken, ownerOf, testHub, wireTo } from '../support/stack/hub.ts';
import { environmentOf, freshClients, startProcess } from '../support/stack/process.ts';
import { mailboxOf } from '../support/stack/queues.ts';
import { GROUND } from '../support/stack/stack.ts';
import { WAIT_MS } from '../support/time/limits.ts';

let stack: LocalStack;
const hubs: Hub[] = [];
beforeAll(async () => {
  stack = await startLocalStack();
});
afterEach(async () => {
  await Promise.all(hubs.splice(0).map((hub) => hub.stop()));
});
afterAll(() => stack?.stop());

async function start(options: HubTestOptions = {}) {
  const hub = await testHub(stack, options);
  hubs.push(hub);
  return { hub, owner: await ownerOf(hub) };
}
const held = async (hub: Hub) => (await figuresOf(hub)).get('doorbell_polls_held');
const holds = (hub: Hub, polls: number) => expect.poll(() => held(hub), { interval: 10 }).toBe(polls);
const ready = async ({ adminPort }: Hub) => (await fetch(`http://127.0.0.1:${adminPort}/readyz`)).status;
/** Counts what the servers of this process have read the head of. */
function requestsBegun(method: string) {
  const begun = { count: 0 };
  const onRequest = (message: unknown) => {
    const { request: asked } = message as { readonly request: IncomingMessage };
    if (asked.method === method && asked.url?.startsWith('/v1/channels/handed-over/')) begun.count++;
  };
  subscribe('http.server.request.start', onRequest);
  onTestFinished(() => void unsubscribe('http.server.request.start', onRequest));
  return begun;
}
const alive = async ({ adminPort }: Hub) => (await fetch(`http://127.0.0.1:${adminPort}/livez`)).status;

test('a hub with too few open files takes fewer connections, and says so', async () => {
  const logger = new MemoryLogger();
  const { hub } = await start({ logger, files: 103 });
  const wires = await Promise.all(range(1, 3).map(() => wireTo(hub)));
  const refused = await wireTo(hub);
  await once(refused.socket, 'close');

  expect(await alive(hub)).toBe(200);
  expect(logger.lines).toContainEqual(
    expect.objectContaining({ fields: expect.objectContaining({ connections: 3, files: 103 }) }),
  );
  for (const { socket } of wires) socket.destroy();
});

test('a poll whose client hangs up is counted neither as answered nor as empty', async () => {
  const { hub, owner } = await start();
  const hangup = new AbortController();
  const gone = Promise.allSettled([owner.request(eventsPath('nobody'), { signal: hangup.signal })]);
  await holds(hub, 1);
  hangup.abort();
  await gone;
  await holds(hub, 0);

  const figures = await figuresOf(hub);
  expect(figures.get('doorbell_polls_empty_total')).toBe(0);
  expect(figures.get('doorbell_polls_answered_total')).toBe(0);
});

test('one that cannot give its mailbox back stops all the same, and says so', async () => {
  const logger = new MemoryLogger();
  const clients = freshClients(stack);
  const hub = await testHub(stack, { clients, logger });
  const held = poll(await ownerOf(hub), 'unreachable', { maxvid: 0 });
  await holds(hub, 1);
  clients.sqs.middlewareStack.add(
    (next, { commandName }) =>
      async (args) => {
        if (commandName === 'DeleteQueueCommand') throw new Error('nobody is there');
        return next(args);
      },
    { step: 'initialize' },
  );
  await hub.stop();

  expect((await held).events).toEqual([]);
  expect(logger.lines.map(({ message }) => message)).toContain(
    'the hub stopped before all that it had put off was done',
  );
});

test('clients that hang up are released at once, by the fast path and by the router', async () => {
  const { hub, owner } = await start();
  const hangups = new AbortController();
  const { signal } = hangups;
  const polls = range(1, 20).map((i) =>
    owner.request((i % 2 ? byFastPath : byRouter)(eventsPath('hangups')), { signal }),
  );
  const gone = Promise.allSettled(polls);
  await holds(hub, 20);

  hangups.abort();

  await holds(hub, 0);
  expect((await gone).every(({ status }) => status === 'rejected')).toBe(true);
});

test('a hub keeps cursors without a call for each poll, shows them, and saves them when it stops', async () => {
  const { hub, owner } = await start({ env: { CURSOR_DELAY_SECONDS: '60' } });
  await publish(owner, 'kept-late', numbered(1, 5));
  const client = 'wall';
  const table = new CursorsTable({
    client: freshClients(stack).dynamo,
    table: environmentOf(stack).CURSORS_TABLE ?? '',
    keepMs: 60_000,
  });
  const saved = async () => (await table.list('kept-late')).map(({ maxvid }) => maxvid);

  for (const maxvid of range(1, 4)) await poll(owner, 'kept-late', { client, maxvid });
  const shown = await (await owner.request('/v1/channels/kept-late/clients')).json();
  const before = await saved();
  await hub.stop();

  expect(shown).toMatchObject({ clients: [{ client, maxvid: 4 }] });
  expect([before, await saved()]).toEqual([[1], [4]]);
});

test('a hub that stops answers what it holds as if the waits were over, and closes the connections', async () => {
  const { hub } = await start();
  const agent = new Agent({ keepAlive: true });
  const headers = { authorization: `Bearer ${await hubToken()}` };
  const answers = range(1, 5).map(async () => {
    const asked = request({
      port: hub.port,
      path: eventsPath('stopping', { maxvid: 0 }),
      headers,
      agent,
    }).end();
    const [response] = (await once(asked, 'response')) as [IncomingMessage];
    return { response, answer: JSON.parse((await response.toArray()).join('')) as PollAnswer };
  });
  await holds(hub, 5);

  await hub.stop();

  for (const { response, answer } of await Promise.all(answers)) {
    expect(response.statusCode).toBe(200);
    expect(response.headers.connection).toBe('close');
    expect(answer).toMatchObject({ channel: 'stopping', events: [], maxvid: 0, missed: 0 });
  }
  const port = hub.port;
  await expect(fetch(`http://127.0.0.1:${port}/`)).rejects.toThrow();
});

test('until it has drained a hub serves as before, but says that it is not ready', async () => {
  // Four requests must fit in it, on a busy machine too. On other ground than the embedded one a publish may take most of a second.
  const { hub, owner } = await start({ settings: { drainMs: GROUND === 'local' ? 2_000 : 5_000 } });
  expect([await ready(hub), await alive(hub)]).toEqual([200, 200]);

  const stopped = hub.stop();

  expect([await ready(hub), await alive(hub)]).toEqual([503, 200]);
  expect(await publish(owner, 'draining', { data: 1 })).toMatchObject({ first: 1 });
  expect((await poll(owner, 'draining', { maxvid: 0 })).events).toHaveLength(1);
  await stopped;
  await expect(ready(hub)).rejects.toThrow();
});

test('while a publish is under way a stopping hub answers a poll on an open connection at once', async () => {
  const { hub } = await start();
  const [writer, reader] = [await wireTo(hub), await wireTo(hub)];
  const head = (line: string, ...more: string[]) =>
    [line, 'Host: h', `Authorization: Bearer ${token}`, ...more, '', ''].join('\r\n');
  const token = await hubToken();
  writer.socket.write(
    head(`POST ${eventsPath('late')} HTTP/1.1`, 'Content-Type: application/json', 'Content-Length: 10'),
  );
  writer.socket.write('{"data":');
  // All but the end of its head: an idle connection would be closed.
  const asked = head(`GET ${eventsPath('late')} HTTP/1.1`);
  reader.socket.write(asked.slice(0, -2));
  await expect.poll(async () => (await figuresOf(hub)).get('doorbell_connections')).toBe(2);

  const stopped = hub.stop();
  await vi.waitUntil(() => hub.ports.poll.held.closed, { timeout: WAIT_MS });
  reader.socket.write(asked.slice(-2));
  await reader.closed;
  writer.socket.write('1}');
  await writer.closed;
  await stopped;

  expect(reader.received()).toMatch(/^HTTP\/1\.1 200 .*Connection: close.*"events":\[\]/s);
  expect(writer.received()).toMatch(/^HTTP\/1\.1 201 .*Connection: close.*"first":1/s);
});

test('a stopped hub has finished its publishes, and has given its mailbox and its entry back', async () => {
  const { hub, owner } = await start();
  const other = startProcess(stack);
  await mailboxOf(stack, hub.ports);
  const mailbox = await hub.ports.poll.mailbox.address();
  const hears = poll(other.app, 'handed-over', { maxvid: 0 });
  await expect.poll(() => other.poll.held.size).toBe(1);
  const begun = requestsBegun('POST');
  const publishes = range(1, 20).map((data) => owner.request(eventsPath('handed-over'), posting({ data })));
  // One that the system has taken, but the hub not yet read, is nobody's when the hub stops: `DRAIN_SECONDS` is for those.
  await expect.poll(() => begun.count, { interval: 1 }).toBe(20);

  await hub.stop();

  expect((await Promise.all(publishes)).map(({ status }) => status)).toEqual(range(1, 20).map(() => 201));
  expect((await hears).events.length).toBeGreaterThan(0);
  const { sqs: client, dynamo } = freshClients(stack);
  const { WAITERS_TABLE: table = '', MAILBOX_PREFIX: prefix = '' } = environmentOf(stack);
  const registry = await new MailboxRegistryTable({ client: dynamo, table }).list();
  const name = mailbox.split('/').at(-1) ?? '';
  expect(await new MailboxQueues({ client, prefix }).send(mailbox, '')).toBe('gone');
  expect(registry.map((entry) => entry.name)).not.toContain(name);
});

test('who waits on a hub hears what another process publishes, and the other way round', async () => {
  const { hub, owner } = await start();
  const other = startProcess(stack);
  for (const one of [hub.ports, other]) await mailboxOf(stack, one);
  const onHub = poll(owner, 'both', { maxvid: 0 });
  const elsewhere = poll(other.app, 'both', { maxvid: 0 });
  await holds(hub, 1);
  await expect.poll(() => other.poll.held.size).toBe(1);

  await publish(other.app, 'both', { data: 'from elsewhere' });
  expect(await onHub).toMatchObject({ maxvid: 1, events: [{ data: 'from elsewhere' }] });
  expect(await elsewhere).toMatchObject({ maxvid: 1 });

  const again = poll(other.app, 'both', { maxvid: 1 });
  const own = poll(owner, 'both', { maxvid: 1 });
  await holds(hub, 1);
  await publish(owner, 'both', { data: 'from the hub' });
  expect(await own).toMatchObject({ maxvid: 2, events: [{ data: 'from the hub' }] });
  expect(await again).toMatchObject({ maxvid: 2, events: [{ data: 'from the hub' }] });
});
