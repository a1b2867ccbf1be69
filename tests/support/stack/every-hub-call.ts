/** Makes a hub do all that it can do, with clients that note its calls. */

import { mint } from '../../../lib/auth/mint.ts';
import { CursorsTable } from '../../../lib/aws/dynamodb/cursors-table.ts';
import { MailboxRegistryTable } from '../../../lib/aws/dynamodb/mailbox-registry.ts';
import { WaitersTable } from '../../../lib/aws/dynamodb/waiters-table.ts';
import type { Clients } from '../../../lib/compose/base.ts';
import { eventsPath, over, posting, type Served } from '../http/http.ts';
import { Calls, notingClients } from '../repo/permissions.ts';
import { until } from '../time/until.ts';
import { clearDeadLetters, SECRET_PARAMETER } from './every-call.ts';
import { HUB_SECRET, testHub } from './hub.ts';
import { environmentOf, freshClients, startProcess } from './process.ts';
import { mailboxOf } from './queues.ts';
import type { Call } from './simulator.ts';
import type { Stack } from './stack.ts';

/** Throws when the hub does not do what it is to do here. Uses channels of its own. */
export async function everyHubCall(stack: Stack): Promise<readonly Call[]> {
  const calls = new Calls();
  const clients: Required<Clients> = notingClients(stack, calls, { [SECRET_PARAMETER]: HUB_SECRET });
  const env = { DOORBELL_SECRET_PARAMETER: SECRET_PARAMETER };
  const hub = await testHub(stack, { clients, env, secret: '' });
  const token = await mint(HUB_SECRET, {
    read: ['*'],
    write: ['*'],
    manage: ['*'],
    dead: ['*'],
    ttlS: 600,
    now: Date.now(),
  });
  const served = over(`http://127.0.0.1:${hub.port}`, token);
  await mailboxOf(stack, hub.ports);
  const { WAITERS_TABLE: table = '', CURSORS_TABLE = '', MAILBOX_PREFIX = '' } = environmentOf(stack);
  const { dynamo } = freshClients(stack);

  // An arm whose mailbox is gone: whoever rings it removes it.
  const mailbox = stack.references.IngestQueue?.ref.replace('ingest.fifo', 'mailbox-gone') ?? '';
  const dead = { mailbox, nonce: 'n', turn: 1, until: Date.now() + 60_000 };
  await new WaitersTable({ client: dynamo, table }).arm('hub.a', dead);
  await ask(served, 201, eventsPath('hub.a'), posting({ data: 1 }));
  // Past the first thousand the channel's own item is raised.
  await ask(served, 201, eventsPath('hub.a'), posting('1\n'.repeat(1_001), 'application/x-ndjson'));
  // A poll that another process's newer one ends; one that another process's publish wakes.
  const stranger = startProcess(stack);
  await mailboxOf(stack, stranger);
  const elsewhere = Promise.resolve(
    stranger.app.request(eventsPath('hub.a', { maxvid: 1_002, client: 'me', wait: 5 })),
  );
  await until(async () => stranger.poll.held.size > 0, 5_000);
  const woken = ask(served, 200, eventsPath('hub.a', { maxvid: 1_002, client: 'me', wait: 5 }));
  if (!('superseded' in ((await (await elsewhere).json()) as object)))
    throw new Error('the older poll was not ended');
  await stranger.app.request(eventsPath('hub.a'), posting({ data: 2 }));
  await woken;
  // Places that cannot be: one is taken back, one is moved.
  await ask(served, 200, eventsPath('hub.unborn', { maxvid: 0, wait: 0 }));
  await ask(served, 409, eventsPath('hub.a', { maxvid: 9_999, client: 'lost', wait: 0 }));
  const cursors = new CursorsTable({ client: dynamo, table: CURSORS_TABLE, keepMs: 60_000 });
  await cursors.visit('hub.a', 'lost', { maxvid: 9_999 }, undefined, Date.now());
  await ask(served, 200, eventsPath('hub.a', { maxvid: 0, client: 'lost', wait: 0 }));
  // The lease is renewed by polls that come much later; here at once.
  await new MailboxRegistryTable({ client: clients.dynamo, table }).renew(
    `${MAILBOX_PREFIX}mine`,
    Date.now(),
  );
  // Once its state is folded.
  const { states, records } = startProcess(stack).fold;
  await states.foldTo('hub.a', (await records.get('hub.a'))?.epoch ?? '', 1);
  await ask(served, 200, '/v1/channels/hub.a/state?key=1');
  for (const path of [
    '/healthz',
    '/v1/channels',
    '/v1/channels/hub.a',
    '/v1/channels/hub.a/clients',
    '/v1/channels/hub.a/state',
  ])
    await ask(served, 200, path);
  await ask(served, 204, '/v1/channels/hub.a/clients/me', { method: 'DELETE' });
  // Of an event whose data stand in the state too, and of one that was folded already.
  await ask(served, 201, eventsPath('hub.erased'), posting({ key: 'k', data: 1 }));
  await ask(served, 201, eventsPath('hub.erased'), posting({ key: 'l', data: 1 }));
  await states.foldTo('hub.erased', (await records.get('hub.erased'))?.epoch ?? '', 1);
  await ask(served, 204, `${eventsPath('hub.erased')}/1`, { method: 'DELETE' });
  await ask(served, 204, '/v1/channels/hub.erased', { method: 'DELETE' });
  await clearDeadLetters(stack, 'hub', (...asked) => ask(served, ...asked));
  await hub.stop();
  return calls.all();
}

async function ask(served: Served, status: number, path: string, init: RequestInit = {}): Promise<object> {
  const response = await served.request(path, init);
  const text = await response.text();
  if (response.status !== status) throw new Error(`${path}: ${status} expected, ${response.status}: ${text}`);
  return text === '' ? {} : (JSON.parse(text) as object);
}
