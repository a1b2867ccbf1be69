/** A batch that is delivered again is known by the mark on the newest block; where that is missing or not believed, by its ids. */

import { describe, expect, test } from 'vitest';
import { ingest, type Message, messageOf } from '../../../lib/publish/ingest.ts';
import { MemoryDeadLetters } from '../../../packages/testing/src/memory/stores.ts';
import { Calls, counting, replacing } from '../../support/memory/doubles.ts';
import { eventsIn, memoryProcess, memoryWorld, say, type World } from '../../support/memory/world.ts';

const ARN = 'arn:aws:sqs:eu-central-1:123456789012:doorbell-ingest.fifo';

/** A message of channel `doors` as Lambda hands it over. */
function message(sequence: number, sentAt: number, more: object = { data: sequence }, arn = ARN): Message {
  return messageOf({
    messageId: `m${sequence}`,
    body: JSON.stringify({ channel: 'doors', ...more }),
    attributes: {
      MessageGroupId: 'doors',
      SequenceNumber: String(18_849_496_460_467_696_000n + BigInt(sequence)),
      SentTimestamp: String(sentAt),
    },
    eventSourceARN: arn,
  });
}

/** A process that knows nothing yet; `isOlder`: of a version that knows of no marks. */
function freshProcess(world: World, isOlder = false) {
  const calls = new Calls();
  const log = replacing(counting(world.log, calls), {
    append: (channel, { queueMark, ...block }) =>
      world.log.append(channel, isOlder || queueMark === undefined ? block : { ...block, queueMark }),
  });
  const process = memoryProcess(world, { log });
  const { publish, meter, logger } = process;
  const ports = { ...publish, clock: world.clock, meter, logger, deadLetters: new MemoryDeadLetters() };
  const take = async (...messages: readonly Message[]) => {
    // An older version has no place to look at.
    const taken = isOlder ? messages.map(({ place: _, ...message }) => message) : messages;
    const running = ingest(ports, taken);
    await world.clock.advance(10);
    return [...(await running)];
  };
  return { take, calls, process };
}

const idsIn = (world: World) => eventsIn(world, 'doors').map(({ id }) => id);
const MINUTES = 60_000;

describe('a batch that is delivered again', () => {
  test('is known by the newest block alone, whatever the channel holds, and for longer than ids are', async () => {
    const world = memoryWorld();
    const batch = [message(1, world.clock.now()), message(2, world.clock.now())];
    await freshProcess(world).take(...batch);
    await world.clock.advance(20 * MINUTES);

    const { take, calls } = freshProcess(world);
    await take(...batch);

    expect(idsIn(world)).toEqual(['m1', 'm2']);
    expect(calls.all).toEqual({ get: 1, last: 1 });
  });

  test('that goes on is appended from where the log ends', async () => {
    const world = memoryWorld();
    const sentAt = world.clock.now();
    await freshProcess(world).take(message(1, sentAt), message(2, sentAt));

    const { take, calls } = freshProcess(world);
    await take(message(1, sentAt), message(2, sentAt), message(3, sentAt));

    expect(idsIn(world)).toEqual(['m1', 'm2', 'm3']);
    expect(calls.of('since')).toBe(0);
  });

  test('within a message whose first block is in the log goes on in the message', async () => {
    const world = memoryWorld();
    const events = Array.from({ length: 250 }, (_, data) => ({ data }));
    const large = message(1, world.clock.now(), { events });
    let puts = 0;
    const failing = replacing(world.log, {
      append: async (channel, block) => {
        if (++puts > 1) throw new Error('the process dies');
        return world.log.append(channel, block);
      },
    });
    const { publish, meter, logger } = memoryProcess(world, { log: failing });
    const ports = { ...publish, clock: world.clock, meter, logger, deadLetters: new MemoryDeadLetters() };
    await ingest(ports, [large]);

    const { take, calls } = freshProcess(world);
    await take(large);

    expect(eventsIn(world, 'doors').map(({ data }) => data)).toEqual(events.map(({ data }) => data));
    expect(calls.of('since')).toBe(0);
  });

  test('is known though others have published since: they carry the mark along', async () => {
    const world = memoryWorld();
    const batch = [message(1, world.clock.now())];
    await freshProcess(world).take(...batch);
    await say(freshProcess(world).process, 'doors', 'over http');

    const { take, calls } = freshProcess(world);
    await take(...batch);

    expect(eventsIn(world, 'doors')).toHaveLength(2);
    expect(calls.of('since')).toBe(0);
  });
});

describe('ids are compared', () => {
  test('where a process of a version without marks wrote the newest block, or one before it', async () => {
    const world = memoryWorld();
    const sentAt = world.clock.now();
    const [one, two] = [message(1, sentAt), message(2, sentAt)];
    await freshProcess(world).take(one);
    await freshProcess(world, true).take(two);
    // A process that knows of marks, and of none here, must not bring back the first.
    await say(freshProcess(world).process, 'doors', 'over http');

    await freshProcess(world).take(two, message(3, sentAt));
    await freshProcess(world, true).take(two, message(3, sentAt));

    expect(idsIn(world).filter((id) => id.startsWith('m'))).toEqual(['m1', 'm2', 'm3']);
  });

  test('where another queue feeds the channel', async () => {
    const world = memoryWorld();
    const sentAt = world.clock.now();
    await freshProcess(world).take(message(9, sentAt));
    const other = message(5, sentAt, { data: 5 }, `${ARN}-of-another`);

    await freshProcess(world).take(other);
    await freshProcess(world).take(other);

    expect(idsIn(world)).toEqual(['m9', 'm5']);
  });

  test('where the queue was made anew, and counts from less', async () => {
    const world = memoryWorld();
    await freshProcess(world).take(message(9, world.clock.now()));
    await world.clock.advance(MINUTES);
    const later = [message(1, world.clock.now()), message(2, world.clock.now())];

    await freshProcess(world).take(...later);
    await freshProcess(world).take(...later);
    await freshProcess(world).take(message(3, world.clock.now()));

    expect(idsIn(world)).toEqual(['m9', 'm1', 'm2', 'm3']);
  });

  test('where the producer gave them: two messages may bring one event', async () => {
    const world = memoryWorld();
    const sentAt = world.clock.now();
    await freshProcess(world).take(message(1, sentAt, { id: 'mine', data: 1 }));

    await freshProcess(world).take(message(2, sentAt, { id: 'mine', data: 1 }));

    expect(idsIn(world)).toEqual(['mine']);
  });
});

test('a record without a sequence number, or without its queue, has no place', () => {
  const record = { messageId: 'm1', body: '{}' };
  const attributes = { MessageGroupId: 'doors', SequenceNumber: '12', SentTimestamp: '34' };

  expect(messageOf({ ...record, attributes, eventSourceARN: ARN }).place).toMatchObject({
    sequence: '12',
    sentAt: 34,
  });
  expect(messageOf({ ...record, attributes }).place).toBeUndefined();
  expect(
    messageOf({ ...record, attributes: { ...attributes, SequenceNumber: 'x' }, eventSourceARN: ARN }).place,
  ).toBeUndefined();
});
