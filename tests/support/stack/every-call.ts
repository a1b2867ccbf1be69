/** Makes each function's operations do all that they can do, with clients that note their calls. */

import { CreateQueueCommand } from '@aws-sdk/client-sqs';
import { mint } from '../../../lib/auth/mint.ts';
import { CursorsTable } from '../../../lib/aws/dynamodb/cursors-table.ts';
import { MailboxRegistryTable } from '../../../lib/aws/dynamodb/mailbox-registry.ts';
import { WaitersTable } from '../../../lib/aws/dynamodb/waiters-table.ts';
import { ingestQueue } from '../../../lib/compose/ingest.ts';
import { ticketPorts } from '../../../lib/compose/ticket.ts';
import { tick } from '../../../lib/expectations/tick.ts';
import type { StreamRecord } from '../../../lib/log/stream-record.ts';
import type { DeadLettersAnswer } from '../../../lib/protocol/doorbell.ts';
import { ingest } from '../../../lib/publish/ingest.ts';
import { foldAll } from '../../../lib/state/fold-all.ts';
import { purge } from '../../../lib/streams/purge.ts';
import { sweep } from '../../../lib/wakeup/mailbox-sweep.ts';
import { posting } from '../http/http.ts';
import { Calls, FUNCTIONS, type FunctionName, lambdasOwnCalls, notingClients } from '../repo/permissions.ts';
import { until } from '../time/until.ts';
import { environmentOf, freshClients, startProcess, type TestProcess } from './process.ts';
import { known, mailboxOf } from './queues.ts';
import type { Call } from './simulator.ts';
import type { Stack } from './stack.ts';

/** The parameter that holds the secret, as in the packaged template. */
export const SECRET_PARAMETER = '/doorbell/prod/secret';
const SECRET = 'the-secret-of-these-tests-0123456789';
const EVENTS = '/v1/channels/doors/events';

/** Every call that each function makes, and those that Lambda makes in its name. Throws when an operation does not do what it is to do here. */
export async function everyCall(stack: Stack): Promise<Readonly<Record<FunctionName, readonly Call[]>>> {
  const noted = Object.fromEntries(FUNCTIONS.map((name) => [name, new Calls()])) as Record<
    FunctionName,
    Calls
  >;
  const all = { read: ['*'], write: ['*'], manage: ['*'], dead: ['*'] };
  const token = await mint(SECRET, { ...all, ttlS: 600, now: Date.now() });
  const exercise = new Exercise(stack, noted, token);
  await exercise.publish();
  await exercise.ingest();
  await exercise.poll();
  await exercise.page();
  await exercise.sweep();
  await exercise.ticket();
  await exercise.producer();
  const entries = FUNCTIONS.map((name) => [name, [...lambdasOwnCalls(name), ...noted[name].all()]] as const);
  return Object.fromEntries(entries) as Record<FunctionName, readonly Call[]>;
}

/** One letter that is mended and sent back, one that is left, and one that is dropped. */
export async function clearDeadLetters(
  stack: Stack,
  by: string,
  ask: (status: number, path: string, init?: RequestInit) => Promise<object>,
): Promise<void> {
  const { deadLetters } = startProcess(stack).ingest;
  const groups = ['a', 'b', 'c'].map((name) => `dead-${by}-${name}`);
  for (const group of groups) await deadLetters.moveToDlq({ id: group, group, body: '{' }, 'bad');
  const { messages } = (await ask(200, '/v1/dead-letters')) as DeadLettersAnswer;
  const pathOf = (group: string | undefined) =>
    `/v1/dead-letters/${messages.find(({ channel }) => channel === group)?.id}`;
  await ask(200, pathOf(groups[0]), { ...posting({ channel: 'dead', data: 1 }), method: 'PUT' });
  await ask(204, pathOf(groups[1]), { method: 'DELETE' });
  await ask(200, '/v1/dead-letters', { method: 'POST' });
}

class Exercise {
  readonly #stack: Stack;
  readonly #noted: Readonly<Record<FunctionName, Calls>>;
  readonly #token: string;

  constructor(stack: Stack, noted: Readonly<Record<FunctionName, Calls>>, token: string) {
    this.#stack = stack;
    this.#noted = noted;
    this.#token = token;
  }

  async publish(): Promise<void> {
    const process = this.#process('publish');
    await this.#leaveDeadArm('doors');
    await this.#ask(process, 201, EVENTS, posting({ data: 1 }));
    // Past the first thousand the channel's own item is raised.
    await this.#ask(process, 201, EVENTS, posting('1\n'.repeat(1_001), 'application/x-ndjson'));
    const erased = '/v1/channels/erased/events';
    await this.#ask(process, 201, erased, posting({ key: 'k', data: 1 }));
    await this.#ask(process, 204, `${erased}/1`, { method: 'DELETE' });
    await this.#ask(process, 204, '/v1/channels/erased', { method: 'DELETE' });
    const type = { 'content-type': 'text/plain' };
    const ttl = { ...type, 'stream-ttl': '600' };
    await this.#ask(process, 201, '/v1/stream/brief', { method: 'PUT', headers: ttl, body: 'a' });
    const headers = { ...type, 'stream-forked-from': '/v1/stream/brief' };
    await this.#ask(process, 201, '/v1/stream/fork', { method: 'PUT', headers });
    await this.#ask(process, 204, '/v1/stream/fork', { method: 'POST', headers: type, body: 'b' });
    await this.#ask(process, 204, '/v1/stream/fork', { method: 'DELETE' });
    await clearDeadLetters(this.#stack, 'publish', (...asked) => this.#ask(process, ...asked));
  }

  async ingest(): Promise<void> {
    const process = this.#process('ingest');
    await this.#leaveDeadArm('alerts');
    const events = Array.from({ length: 100 }, (_, data) => ({ data }));
    const body = JSON.stringify({ channel: 'alerts', events });
    const messages = Array.from({ length: 11 }, (_, i) => ({ id: `m${i}`, group: 'alerts', body }));
    const failed = await ingest(process.ingest, [
      ...messages,
      { id: 'bad', group: 'alerts', body: 'not JSON' },
    ]);
    if (failed.size > 0) throw new Error(`not published: ${[...failed].join(', ')}`);
  }

  /** Two polls of one client, of which the second ends the first, and a third that a publish wakes. */
  async poll(): Promise<void> {
    const process = this.#process('poll');
    const stranger = startProcess(this.#stack);
    await mailboxOf(this.#stack, stranger);
    await mailboxOf(this.#stack, process);
    const held = this.#ask(stranger, 200, `${EVENTS}?maxvid=1002&client=me&wait=5`);
    await until(async () => (await this.#clientsOfDoors()) > 0, 5_000);
    const woken = this.#ask(process, 200, `${EVENTS}?maxvid=1002&client=me&wait=5`);
    if (!('superseded' in (await held))) throw new Error('the older poll was not ended by the newer');
    await this.#ask(startProcess(this.#stack), 201, EVENTS, posting({ data: 2 }));
    await woken;
    await process.poll.afterResponse.flush();
    await this.#ask(process, 200, '/v1/channels/empty/events?maxvid=0&wait=0');
    // A place that cannot be, which is taken back, and a cursor that stands there, which is moved.
    await this.#ask(process, 409, `${EVENTS}?maxvid=9999&client=lost&wait=0`);
    const { dynamo } = freshClients(this.#stack);
    const table = environmentOf(this.#stack).CURSORS_TABLE ?? '';
    const cursors = new CursorsTable({ client: dynamo, table, keepMs: 60_000 });
    await cursors.visit('doors', 'lost', { maxvid: 9999 }, undefined, Date.now());
    await this.#ask(process, 200, `${EVENTS}?maxvid=0&client=lost&wait=0`);
    // A reader who waits on a mailbox of its own, and asks a process that has not made it.
    const ticket = await this.#ticket(this.#process('poll'));
    await this.#ask(process, 200, `/v1/channels/doors/waits?ticket=${ticket}`, { method: 'POST' });
    // The mailbox's lease is renewed by polls that come much later; here at once.
    const registry = new MailboxRegistryTable({
      client: process.clients.dynamo,
      table: this.#waitersTable(),
    });
    await registry.renew(`${this.#mailboxPrefix()}mine`, Date.now());
    // Each read of a stream that ends by itself is noted, though not each time.
    const headers = { 'stream-ttl': '60', 'content-type': 'application/json' };
    const writer = startProcess(this.#stack);
    await this.#ask(writer, 201, '/v1/stream/sliding', { method: 'PUT', headers });
    await writer.streams.streams.swap('sliding', 1, await this.#untouched('sliding'));
    await this.#ask(process, 200, '/v1/stream/sliding?offset=-1');
  }

  /** The record of a stream as if it had been read long ago. */
  async #untouched(name: string): Promise<StreamRecord> {
    const life = await startProcess(this.#stack).streams.records.get(name);
    if (!life?.stream) throw new Error(`stream ${name} is not recorded`);
    return { ...life.stream.record, touchedAt: Date.now() - 30_000 };
  }

  async page(): Promise<void> {
    const process = this.#process('page');
    await this.#ask(process, 200, '/healthz');
    await this.#ask(process, 200, '/v1/channels');
    await this.#ask(process, 200, '/v1/channels/doors');
    await this.#ask(process, 404, '/v1/channels/empty');
    // Once it is folded.
    const { states } = startProcess(this.#stack).fold;
    const { epoch = '' } = (await startProcess(this.#stack).fold.records.get('doors')) ?? {};
    await states.foldTo('doors', epoch, 1);
    await this.#ask(process, 200, '/v1/channels/doors/state');
    await this.#ask(process, 200, '/v1/channels/doors/state?key=1');
    await this.#ask(process, 200, '/v1/channels/doors/clients');
    await this.#ask(process, 204, '/v1/channels/doors/clients/me', { method: 'DELETE' });
  }

  async sweep(): Promise<void> {
    const { dynamo, sqs } = freshClients(this.#stack);
    const QueueName = `${this.#mailboxPrefix()}dead`;
    await new MailboxRegistryTable({ client: dynamo, table: this.#waitersTable() }).add(QueueName, 1);
    const { QueueUrl = '' } = await sqs.send(new CreateQueueCommand({ QueueName }));
    await known(sqs, QueueUrl);
    const process = this.#process('sweep');
    const swept = await sweep(process.sweep);
    if (swept !== 1) throw new Error(`one mailbox is dead, ${swept} were swept`);
    // One whose time is over though nobody has asked for it.
    const { streams } = startProcess(this.#stack).streams;
    const untouched = await this.#untouched('brief');
    const life = await process.streams.records.get('brief');
    await streams.swap('brief', life?.stream?.version, { ...untouched, ttlS: 1 });
    await streams.doom({ name: 'brief', log: untouched.log, due: 1 });
    const logs = await purge(process.streams, Number.POSITIVE_INFINITY);
    if (logs < 1) throw new Error('the log of a stream whose time is over was not removed');
    const keyed = posting({ key: 'door-1', data: 1 });
    await this.#ask(startProcess(this.#stack), 201, EVENTS, keyed);
    const { events } = await foldAll(process.fold, Number.POSITIVE_INFINITY);
    if (events < 1) throw new Error('no state was folded');
    await this.#tick(process);
  }

  /** An event that was promised and has not come, told to a reader who waits for that, and one that is gone. */
  async #tick({ ticking, common }: TestProcess): Promise<void> {
    const jobs = startProcess(this.#stack);
    const path = '/v1/channels/jobs/events';
    await this.#ask(jobs, 201, path, posting({ expect: 'PT1M', data: 1 }));
    await this.#leaveDeadArm('alarms.jobs');
    const clock = { ...common.clock, now: () => common.clock.now() + 300_000 };
    const { alarms } = await tick({ ...ticking, clock }, Number.POSITIVE_INFINITY);
    if (alarms !== 1) throw new Error(`one promise is overdue, ${alarms} were told`);
  }

  async ticket(): Promise<void> {
    const ticket = await this.#ticket(this.#process('poll'));
    const clients = notingClients(this.#stack, this.#noted.ticket, { [SECRET_PARAMETER]: SECRET });
    const env = { ...environmentOf(this.#stack), DOORBELL_SECRET_PARAMETER: SECRET_PARAMETER };
    const { authorized } = ticketPorts(env, startProcess(this.#stack).common, clients);
    await authorized(ticket);
  }

  /** Of a reader who waits directly, from now on. */
  async #ticket(process: TestProcess): Promise<string> {
    const answer = await this.#ask(process, 200, '/v1/channels/doors/waits', { method: 'POST' });
    const { wait } = answer as { readonly wait?: { readonly ticket: string } };
    return wait?.ticket ?? '';
  }

  async producer(): Promise<void> {
    const clients = notingClients(this.#stack, this.#noted.producer);
    await ingestQueue(environmentOf(this.#stack), clients).send('host', '{}', 'id');
  }

  /** A process of one function; those that check tokens read the secret as they do on AWS. */
  #process(name: FunctionName): TestProcess {
    const checksTokens = 'DOORBELL_SECRET_PARAMETER' in this.#stack.environment(name);
    return startProcess(this.#stack, {
      clients: notingClients(this.#stack, this.#noted[name], { [SECRET_PARAMETER]: SECRET }),
      env: checksTokens ? { DOORBELL_SECRET_PARAMETER: SECRET_PARAMETER, DIRECT_WAIT: 'true' } : {},
    });
  }

  async #ask(process: TestProcess, status: number, path: string, init: RequestInit = {}): Promise<object> {
    const headers = new Headers(init.headers);
    headers.set('authorization', `Bearer ${this.#token}`);
    const response = await process.app.request(path, { ...init, headers });
    const text = await response.text();
    if (response.status !== status)
      throw new Error(`${path}: ${status} expected, ${response.status}: ${text}`);
    return text === '' ? {} : JSON.parse(text);
  }

  /** An arm whose mailbox is gone: whoever rings it learns so, and removes it. */
  async #leaveDeadArm(channel: string): Promise<void> {
    const { dynamo } = freshClients(this.#stack);
    const waiters = new WaitersTable({ client: dynamo, table: this.#waitersTable() });
    const mailbox = this.#stack.references.IngestQueue?.ref.replace('ingest.fifo', 'mailbox-gone') ?? '';
    await waiters.arm(channel, { mailbox, nonce: 'n', turn: 1, until: Date.now() + 60_000 });
  }

  async #clientsOfDoors(): Promise<number> {
    const answer = await this.#ask(startProcess(this.#stack), 200, '/v1/channels/doors/clients');
    return (answer as { clients: unknown[] }).clients.length;
  }

  #mailboxPrefix(): string {
    return environmentOf(this.#stack).MAILBOX_PREFIX ?? '';
  }

  #waitersTable(): string {
    return environmentOf(this.#stack).WAITERS_TABLE ?? '';
  }
}
