/** Publishing again under the same id appends nothing within 5 minutes. */

import { expect, test } from 'vitest';
import { DEDUPLICATION_MS } from '../../../lib/log/append/recent-ids.ts';
import { Calls, counting } from '../../support/memory/doubles.ts';
import {
  draftsFor,
  eventsIn,
  type MemoryProcess,
  memoryProcess,
  memoryWorld,
  type World,
} from '../../support/memory/world.ts';

function append(process: MemoryProcess, ...ids: readonly string[]) {
  return process.publish.appender.append('doors', draftsFor(ids), true);
}

const idsIn = (world: World) => eventsIn(world, 'doors').map(({ vid, id }) => `${vid}:${id}`);

test('answers a repeated publish with where its event stands', async () => {
  const world = memoryWorld();
  const process = memoryProcess(world);
  await append(process, 'a');
  await append(process, 'b');

  const { answer, block, head } = await append(process, 'a');

  expect(answer).toEqual({ first: 1, last: 1, count: 0, duplicates: 1 });
  expect(block).toBeUndefined();
  expect(head.last).toBe(2);
  expect(idsIn(world)).toEqual(['1:a', '2:b']);
  expect(process.meter.of('Duplicates')).toBe(1);
});

test('appends what is new among what is not', async () => {
  const world = memoryWorld();
  const process = memoryProcess(world);
  await append(process, 'a', 'b');

  const { answer } = await append(process, 'b', 'c', 'a', 'd');

  expect(answer).toEqual({ first: 1, last: 4, count: 2, duplicates: 2 });
  expect(idsIn(world)).toEqual(['1:a', '2:b', '3:c', '4:d']);
});

test('appends an id once that stands twice in a batch', async () => {
  const world = memoryWorld();

  const { answer } = await append(memoryProcess(world), 'a', 'b', 'a');

  expect(answer).toEqual({ first: 1, last: 2, count: 2, duplicates: 1 });
  expect(idsIn(world)).toEqual(['1:a', '2:b']);
});

test('appends an id once that stands in two batches of one block', async () => {
  const world = memoryWorld();
  const process = memoryProcess(world);

  const [, two, three] = await Promise.all([
    append(process, 'x'),
    append(process, 'a', 'b'),
    append(process, 'b', 'c'),
  ]);

  expect(two.answer).toEqual({ first: 2, last: 3, count: 2, duplicates: 0 });
  expect(three.answer).toEqual({ first: 3, last: 4, count: 1, duplicates: 1 });
  expect(idsIn(world)).toEqual(['1:x', '2:a', '3:b', '4:c']);
});

test('knows what a process that is gone has appended', async () => {
  const world = memoryWorld();
  await append(memoryProcess(world), 'a');

  const { answer } = await append(memoryProcess(world), 'a');

  expect(answer).toMatchObject({ first: 1, count: 0, duplicates: 1 });
});

test('knows what another process appends while it lives itself', async () => {
  const world = memoryWorld();
  const [one, other] = [memoryProcess(world), memoryProcess(world)];
  await append(one, 'a');
  await append(other, 'b');

  const appended = append(one, 'b');
  await world.clock.advance(1000);

  expect((await appended).answer).toMatchObject({ first: 2, count: 0, duplicates: 1 });
  expect(idsIn(world)).toEqual(['1:a', '2:b']);
});

test('appends an id once that two processes publish at once', async () => {
  const world = memoryWorld();
  const [one, other] = [memoryProcess(world), memoryProcess(world)];

  const appended = Promise.all([append(one, 'a'), append(other, 'a')]);
  await world.clock.advance(1000);

  const answers = (await appended).map(({ answer }) => answer);
  expect(answers.map(({ first }) => first)).toEqual([1, 1]);
  expect(idsIn(world)).toEqual(['1:a']);
});

test.for([
  { age: DEDUPLICATION_MS - 1, expected: ['1:a'] },
  { age: DEDUPLICATION_MS, expected: ['1:a', '2:a'] },
])('after $age ms the log holds $expected, whoever publishes', async ({ age, expected }) => {
  for (const another of [false, true]) {
    const world = memoryWorld();
    const process = memoryProcess(world);
    await append(process, 'a');

    world.clock.jump(age);
    await append(another ? memoryProcess(world) : process, 'a');

    expect(idsIn(world)).toEqual(expected);
  }
});

test('counts the 5 minutes from the first event of that id, not from its repetitions', async () => {
  const world = memoryWorld();
  const process = memoryProcess(world);
  await append(process, 'a');
  world.clock.jump(DEDUPLICATION_MS - 1);
  await append(process, 'a');

  world.clock.jump(1);
  await append(process, 'a');

  expect(idsIn(world)).toEqual(['1:a', '2:a']);
});

test('counts them anew when the id is appended again', async () => {
  const world = memoryWorld();
  const process = memoryProcess(world);
  await append(process, 'a');
  world.clock.jump(DEDUPLICATION_MS);
  await append(process, 'a');

  world.clock.jump(DEDUPLICATION_MS - 1);
  const { answer } = await append(process, 'a');

  expect(answer).toMatchObject({ first: 2, duplicates: 1 });
});

test('an appender keeps the ids of channels apart', async () => {
  const world = memoryWorld();
  const process = memoryProcess(world);
  await append(process, 'a');

  const { answer } = await process.publish.appender.append('alerts', draftsFor(['a']), true);

  expect(answer).toMatchObject({ first: 1, count: 1 });
});

test('an appender reads no ids for events that have only been given one', async () => {
  const world = memoryWorld();
  const calls = new Calls();
  const process = memoryProcess(world, { log: counting(world.log, calls) });

  await process.publish.appender.append('doors', draftsFor(['a']), false);
  await process.publish.appender.append('doors', draftsFor(['b']), false);

  expect(calls.of('since')).toBe(0);
});
