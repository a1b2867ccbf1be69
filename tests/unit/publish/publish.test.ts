/** Publishing: append, then ring; many events block by block. */

import { expect, test } from 'vitest';
import { TRUSTED } from '../../../lib/auth/caller.ts';
import type { ChannelRecords, EventLog } from '../../../lib/log/ports.ts';
import { publish, publishAll } from '../../../lib/publish/publish.ts';
import { parseDoorbell } from '../../../lib/wakeup/doorbell.ts';
import type { Mailboxes } from '../../../lib/wakeup/ports.ts';
import { replacing, unavailable } from '../../support/memory/doubles.ts';
import {
  draftsFor,
  eventsIn,
  memoryProcess,
  memoryWorld,
  say,
  track,
  type World,
} from '../../support/memory/world.ts';
import { settle } from '../../support/time/clock.ts';

const ids = (count: number) => Array.from({ length: count }, (_, i) => `id-${i}`);

async function armed(world: World): Promise<string> {
  const mailbox = await world.mailboxes.open('a');
  await world.waiters.arm('doors', { mailbox, nonce: 'n1', turn: 1, until: world.clock.now() + 60_000 });
  return mailbox;
}

/** A log that takes `good` blocks and no more. */
function failingAfter(world: World, good: number, failure: Error = unavailable()): EventLog & ChannelRecords {
  let left = good;
  return replacing(world.log, {
    append: async (channel, block) => {
      if (left === 0) throw failure;
      left--;
      return world.log.append(channel, block);
    },
  });
}

test('rings about what it has appended', async () => {
  const world = memoryWorld();
  const mailbox = await armed(world);

  await publish(memoryProcess(world).publish, TRUSTED, 'doors', draftsFor(['a']), false);

  expect(world.mailboxes.bodies(mailbox)).toHaveLength(1);
});

test('rings about what was there already with how far the log reaches: its publisher may have died before it rang', async () => {
  const world = memoryWorld();
  await say(memoryProcess(world), 'doors', 'a');
  await say(memoryProcess(world), 'doors', 'b');
  const mailbox = await armed(world);

  const answer = await say(memoryProcess(world), 'doors', 'a');

  expect(answer).toMatchObject({ first: 1, count: 0 });
  const epoch = world.log.blocks('doors')[0]?.epoch;
  expect(world.mailboxes.bodies(mailbox).map(parseDoorbell)).toEqual([
    { kind: 'ring', channel: 'doors', nonce: 'n1', epoch, first: 2, last: 2 },
  ]);
});

test('rings an arm once about what was there already, however often that is published again', async () => {
  const world = memoryWorld();
  const process = memoryProcess(world);
  await say(process, 'doors', 'a');
  const mailbox = await armed(world);

  await Promise.all([1, 2, 3].map(() => say(process, 'doors', 'a')));
  await say(process, 'doors', 'a');

  expect(world.mailboxes.bodies(mailbox)).toHaveLength(1);
});

test('a publish is published though nobody can be rung', async () => {
  const world = memoryWorld();
  await armed(world);
  const send: Mailboxes['send'] = async () => {
    throw unavailable();
  };
  const process = memoryProcess(world, { mailboxes: replacing(world.mailboxes, { send }) });

  const answer = await publish(process.publish, TRUSTED, 'doors', draftsFor(['a']), false);

  expect(answer).toEqual({ first: 1, last: 1, count: 1, duplicates: 0 });
});

test('publishes any number of events in order, block by block', async () => {
  const world = memoryWorld();

  const answer = await publishAll(memoryProcess(world).publish, TRUSTED, 'doors', draftsFor(ids(250)), false);

  expect(answer).toEqual({ first: 1, last: 250, count: 250, duplicates: 0 });
  expect(world.log.blocks('doors').map(({ first }) => first)).toEqual([1, 101, 201]);
  expect(eventsIn(world, 'doors').map(({ id }) => id)).toEqual(ids(250));
});

test('adds up what was there already', async () => {
  const world = memoryWorld();
  await publish(memoryProcess(world).publish, TRUSTED, 'doors', draftsFor(['id-7', 'id-150']), true);

  const answer = await publishAll(memoryProcess(world).publish, TRUSTED, 'doors', draftsFor(ids(200)), true);

  expect(answer).toEqual({ first: 1, last: 200, count: 198, duplicates: 2 });
});

test('a publish says how many events are in the log when a block fails', async () => {
  const world = memoryWorld();
  const process = memoryProcess(world, { log: failingAfter(world, 2) });

  const publishing = publishAll(process.publish, TRUSTED, 'doors', draftsFor(ids(250)), false);
  const failure = expect(publishing).rejects.toMatchObject({
    code: 'unavailable',
    details: { appended: 200 },
  });
  await world.clock.advance(20_000);

  await failure;
  expect(eventsIn(world, 'doors')).toHaveLength(200);
});

test('a publish that fails for an unforeseen reason says too how many events are in the log', async () => {
  const world = memoryWorld();
  const fault = new Error('ValidationException');
  const process = memoryProcess(world, { log: failingAfter(world, 1, fault) });

  const publishing = publishAll(process.publish, TRUSTED, 'doors', draftsFor(ids(150)), false);

  await expect(publishing).rejects.toMatchObject({
    code: 'internal',
    details: { appended: 100 },
    cause: fault,
  });
});

test('a publish ends when its time is over, with how much is in the log', async () => {
  const world = memoryWorld();
  const log = replacing(world.log, {
    append: async (channel, block) => {
      await world.clock.sleep(990);
      return world.log.append(channel, block);
    },
  });

  const publishing = track(
    publishAll(
      memoryProcess(world, { log }).publish,
      TRUSTED,
      'doors',
      draftsFor(ids(3_000)),
      false,
      world.clock.elapsed() + 20_000,
    ),
  );
  await world.clock.advance(20_000);

  expect(publishing.done).toBe(true);
  await expect(publishing.promise).rejects.toMatchObject({
    code: 'unavailable',
    message: expect.stringContaining('from number 2001 on'),
    details: { appended: 2_000 },
  });
  expect(eventsIn(world, 'doors')).toHaveLength(2_000);
});

test('a publish has rung about what is in the log when a block fails', async () => {
  const world = memoryWorld();
  const mailbox = await armed(world);
  const process = memoryProcess(world, { log: failingAfter(world, 1) });

  const publishing = track(publishAll(process.publish, TRUSTED, 'doors', draftsFor(ids(150)), false));
  await world.clock.advance(20_000);

  await expect(publishing.promise).rejects.toThrow();
  expect(world.mailboxes.bodies(mailbox)).toHaveLength(1);
});

test('appends the next block while the last one is still being rung about', async () => {
  const world = memoryWorld();
  await armed(world);
  const slow: Mailboxes['send'] = async (mailbox, body) => {
    await world.clock.sleep(1000);
    return world.mailboxes.send(mailbox, body);
  };
  const process = memoryProcess(world, { mailboxes: replacing(world.mailboxes, { send: slow }) });

  const publishing = track(publishAll(process.publish, TRUSTED, 'doors', draftsFor(ids(200)), false));
  await settle();
  const appended = eventsIn(world, 'doors').length;
  const answered = publishing.done;
  await world.clock.advance(1000);

  expect([appended, answered, publishing.done]).toEqual([200, false, true]);
});
