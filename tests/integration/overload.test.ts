/** Tables that are throttled, and a channel that everybody writes to. */

import { afterAll, beforeAll, expect, test } from 'vitest';
import type { PublishAnswer } from '../../lib/protocol/doorbell.ts';
import { breakCalls, type Call } from '../support/http/aws-faults.ts';
import {
  dataOf,
  eventsPath,
  eventsUpTo,
  numbered,
  posting,
  publish,
  range,
  vids,
} from '../support/http/http.ts';
import { expectProblemDocument } from '../support/http/problems.ts';
import { startLeapingProcess } from '../support/stack/leaping-process.ts';
import { freshClients, startProcess, type TestProcess } from '../support/stack/process.ts';
import { type Stack, startStack } from '../support/stack/stack.ts';
import { scan, scanAll } from '../support/stack/tables.ts';

const THROTTLED = 'ProvisionedThroughputExceededException';
const DEADLINE_MS = 10_000;

let stack: Stack;
beforeAll(async () => {
  stack = await startStack();
});
afterAll(() => stack.stop());

/** A process whose calls are throttled where `hits` says so, until its publishers give up, which a leap of its clock makes soon. */
function throttledProcess(hits: (call: Call) => boolean) {
  const clients = freshClients(stack);
  const process = startLeapingProcess(stack, clients);
  breakCalls(
    clients,
    (call) => {
      if (!hits(call)) return 'none';
      process.clock.leap(DEADLINE_MS / 3);
      return 'refused';
    },
    THROTTLED,
  );
  return process;
}

test.each<readonly [what: string, hits: (call: Call) => boolean]>([
  ['reads', ({ name }) => name === 'Query' || name === 'GetItem'],
  ['writes of blocks', ({ name, vid = 0 }) => name === 'PutItem' && vid > 0],
  ['everything', () => true],
])('while %s are throttled a publish is a 503, and leaves nothing half-written', async (what, hits) => {
  const channel = `throttled-${what.replaceAll(' ', '-')}`;
  await publish(startProcess(stack).app, channel, numbered(1, 3));
  const before = await scanAll(stack);
  const { app } = throttledProcess(hits);

  for (const body of [{ data: 4 }, numbered(4, 9), [{ id: 'own', data: 4 }]]) {
    const response = await app.request(eventsPath(channel), posting(body));
    await expectProblemDocument(response.clone(), 503, 'unavailable');
    expect(Number(response.headers.get('retry-after'))).toBeGreaterThanOrEqual(1);
    expect(Number(response.headers.get('retry-after'))).toBeLessThanOrEqual(5);
  }

  expect(await scanAll(stack)).toEqual(before);
  expect(await publish(startProcess(stack).app, channel, { data: 'later' })).toMatchObject({
    first: 4,
    count: 1,
  });
});

test('a channel whose numbers cannot be reserved gives out none beyond', async () => {
  const { app } = startProcess(stack);
  for (const first of range(0, 9))
    await publish(app, 'reserving', numbered(first * 100 + 1, first * 100 + 100));
  const before = await scanAll(stack);
  const { app: throttled } = throttledProcess(({ name }) => name === 'UpdateItem');

  const response = await throttled.request(eventsPath('reserving'), posting({ data: 1_001 }));

  await expectProblemDocument(response, 503, 'unavailable');
  expect(await scanAll(stack)).toEqual(before);
  expect(await publish(app, 'reserving', { data: 1_001 })).toMatchObject({ first: 1_001 });
});

test('publishers outlast a table that is throttled for a while', async () => {
  const clients = freshClients(stack);
  let left = 12;
  breakCalls(clients, ({ vid = 0 }) => (vid > 0 && left-- > 0 ? 'refused' : 'none'), THROTTLED);
  const { app } = startProcess(stack, { clients });

  const answers = await Promise.all(range(1, 50).map((data) => publish(app, 'outlasted', { data })));

  expect(answers.map(({ first }) => first).sort((a, b) => a - b)).toEqual(range(1, 50));
  expect(await eventsUpTo(startProcess(stack).app, 'outlasted', 50)).toHaveLength(50);
});

interface Publisher {
  readonly name: number;
  readonly process: TestProcess;
}

/** Publishes its events one after the other, each when the one before was answered; one that had no place in time is published again, with its id. */
async function publishOneByOne(
  { name, process }: Publisher,
  events: number,
): Promise<readonly PublishAnswer[]> {
  const answers: PublishAnswer[] = [];
  const path = eventsPath('hot');
  for (const at of range(1, events)) {
    const body = posting({ data: [name, at], id: `${name} ${at}` });
    let response = await process.app.request(path, body);
    while (response.status === 503) response = await process.app.request(path, body);
    expect(response.status).toBe(201);
    answers.push((await response.json()) as PublishAnswer);
  }
  return answers;
}

test('50 publishers in 5 processes on one channel all succeed, and each one keeps its order', async () => {
  const [publishers, events] = [50, 10];
  const processes = range(1, 5).map(() => startProcess(stack));
  const all = range(1, publishers).flatMap((name) => {
    const process = processes[name % processes.length];
    return process ? { name, process } : [];
  });

  const answers = await Promise.all(all.map((publisher) => publishOneByOne(publisher, events)));

  const total = publishers * events;
  expect(answers.flat().every(({ count }) => count === 1)).toBe(true);
  const log = await eventsUpTo(startProcess(stack).app, 'hot', total);
  expect(vids(log)).toEqual(range(1, total));
  for (const { name } of all) {
    const own = dataOf(log).filter((data) => Array.isArray(data) && data[0] === name);
    expect(own).toEqual(range(1, events).map((at) => [name, at]));
  }
  // Whoever lost a number looks at the log, so it loses once per block of another process at most, however many publish.
  const items = await scan(stack, 'EVENTS_TABLE');
  const blocks = items.filter(({ channel, vid }) => channel?.S === 'hot' && vid?.N !== '0').length;
  const conflicts = processes.reduce((sum, { counts }) => sum + (counts.get('AppendConflicts') ?? 0), 0);
  expect(conflicts).toBeLessThanOrEqual(blocks * (processes.length - 1));
});
