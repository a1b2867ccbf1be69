/** Ingest: order within a group, groups apart, what can never be published put aside, and nothing twice. */

import { describe, expect, test } from 'vitest';
import { type IngestPorts, ingest, type Message, messageOf } from '../../../lib/publish/ingest.ts';
import type { DeadLetterSink } from '../../../lib/publish/ports.ts';
import { loadService } from '../../../local/emulators/service.ts';
import { MemoryDeadLetters } from '../../../packages/testing/src/memory/stores.ts';
import { replacing, unavailable } from '../../support/memory/doubles.ts';
import {
  eventsIn,
  type Glasses,
  memoryProcess,
  memoryWorld,
  type World,
} from '../../support/memory/world.ts';

function portsOf(world: World, glasses: Glasses = {}, deadLetters: DeadLetterSink = new MemoryDeadLetters()) {
  const { publish, meter, logger } = memoryProcess(world, glasses);
  return { ...publish, clock: glasses.clock ?? world.clock, meter, logger, deadLetters };
}

function message(id: string, channel: string, more: object = { data: id }): Message {
  return { id, group: channel, body: JSON.stringify({ channel, ...more }) };
}

/** Runs a batch to its end, however often it tries again. */
async function run(world: World, ports: IngestPorts, messages: readonly Message[]) {
  const running = ingest(ports, messages);
  await world.clock.advance(30_000);
  return [...(await running)].sort();
}

const idsIn = (world: World, channel: string) => eventsIn(world, channel).map(({ id }) => id);

test('publishes the messages of a group in the order received, in as few blocks as can be', async () => {
  const world = memoryWorld();

  const failed = await run(world, portsOf(world), [
    message('m1', 'doors'),
    message('m2', 'alerts'),
    message('m3', 'doors'),
    message('m4', 'doors', { id: 'mine', data: 4 }),
    message('m5', 'doors', { events: [{ data: 5 }, { id: 'six', data: 6 }] }),
  ]);

  expect(failed).toEqual([]);
  expect(idsIn(world, 'doors')).toEqual(['m1', 'm3', 'mine', 'm5.0', 'six']);
  expect(idsIn(world, 'alerts')).toEqual(['m2']);
  expect(world.log.blocks('doors')).toHaveLength(1);
});

test('ingest takes the channel of a record from its group; one without a group has none', () => {
  const record = { messageId: 'm1', body: '{}' };

  expect(messageOf({ ...record, attributes: { MessageGroupId: 'doors' } })).toEqual({
    id: 'm1',
    group: 'doors',
    body: '{}',
  });
  expect(messageOf({ ...record, attributes: {} }).group).toBe('');
});

test('publishes a message of more events than a block holds', async () => {
  const world = memoryWorld();
  const events = Array.from({ length: 250 }, (_, i) => ({ data: i }));

  await run(world, portsOf(world), [message('m1', 'doors', { events })]);

  expect(eventsIn(world, 'doors').map(({ data }) => data)).toEqual(events.map(({ data }) => data));
});

test('appends a batch once, however often its function is killed after the append', async () => {
  const { resources } = await loadService();
  const { VisibilityTimeout, RedrivePolicy } = resources.Resources.IngestQueue?.Properties ?? {};
  const { maxReceiveCount } = RedrivePolicy as { maxReceiveCount: number };
  const world = memoryWorld();

  for (let delivery = 1; delivery <= maxReceiveCount; delivery++) {
    // Each time in another process, which does not live to answer.
    await ingest(portsOf(world), [message('m1', 'doors')]);
    world.clock.jump(Number(VisibilityTimeout) * 1000);
  }

  expect(maxReceiveCount).toBe(5);
  expect(idsIn(world, 'doors')).toEqual(['m1']);
});

test('appends nothing when a batch is delivered again, to whatever process', async () => {
  const world = memoryWorld();
  const batch = [message('m1', 'doors'), message('m2', 'doors', { events: [{ data: 1 }, { data: 2 }] })];
  const ports = portsOf(world);
  await run(world, ports, batch);

  const failed = [await run(world, ports, batch), await run(world, portsOf(world), batch)];

  expect(failed).toEqual([[], []]);
  expect(idsIn(world, 'doors')).toEqual(['m1', 'm2.0', 'm2.1']);
});

describe('when the log fails', () => {
  const many = (id: string) =>
    message(id, 'doors', { events: Array.from({ length: 60 }, (_, i) => ({ data: i })) });

  /** The log takes `good` blocks of channel doors, and all of the others. */
  function failingAfter(world: World, good: number): Glasses {
    let left = good;
    const log = replacing(world.log, {
      append: async (channel, block) => {
        if (channel === 'doors' && left-- <= 0) throw unavailable();
        return world.log.append(channel, block);
      },
    });
    return { log };
  }

  test('reports the whole group when nothing of it is in the log, and lets other groups go on', async () => {
    const world = memoryWorld();
    const ports = portsOf(world, failingAfter(world, 0));

    const failed = await run(world, ports, [
      message('m1', 'doors'),
      message('m2', 'alerts'),
      message('m3', 'doors'),
    ]);

    expect(failed).toEqual(['m1', 'm3']);
    expect(idsIn(world, 'alerts')).toEqual(['m2']);
  });

  test('stops the group at the first message that is not wholly in the log, and reports the rest', async () => {
    const world = memoryWorld();
    const ports = portsOf(world, failingAfter(world, 1));

    const failed = await run(world, ports, ['m1', 'm2', 'm3'].map(many));

    expect(failed).toEqual(['m2', 'm3']);
    expect(eventsIn(world, 'doors')).toHaveLength(100);
  });

  test('does not report a message whose last event is the last that is in the log', async () => {
    const world = memoryWorld();
    const full = message('m1', 'doors', { events: Array.from({ length: 100 }, (_, i) => ({ data: i })) });
    const ports = portsOf(world, failingAfter(world, 1));

    const failed = await run(world, ports, [full, message('m2', 'doors')]);

    expect(failed).toEqual(['m2']);
  });

  test('completes a message that was half in the log when it comes again', async () => {
    const world = memoryWorld();
    const batch = ['m1', 'm2', 'm3'].map(many);
    const failed = await run(world, portsOf(world, failingAfter(world, 1)), batch);

    const again = await run(
      world,
      portsOf(world),
      batch.filter(({ id }) => failed.includes(id)),
    );

    expect(again).toEqual([]);
    const expected = ['m1', 'm2', 'm3'].flatMap((id) => Array.from({ length: 60 }, (_, i) => `${id}.${i}`));
    expect(idsIn(world, 'doors')).toEqual(expected);
  });

  test('reports the group and throws nothing when the failure is none that it knows', async () => {
    const world = memoryWorld();
    const append = async () => {
      throw new Error('ValidationException');
    };
    const ports = portsOf(world, { log: replacing(world.log, { append }) });

    const failed = await run(world, ports, [message('m1', 'doors')]);

    expect(failed).toEqual(['m1']);
    expect(ports.logger.lines).toMatchObject([{ level: 'error', fields: { reason: 'Error' } }]);
  });
});

describe('a message that can never be published', () => {
  const BAD = {
    'is not JSON': ['doors', 'not json', /not JSON/],
    'is no object': ['doors', '[1]', /object/],
    'is null': ['doors', 'null', /object/],
    'has no channel': ['doors', '{"data":1}', /^channel must be/],
    'has a channel that is none': ['a b', '{"channel":"a b","data":1}', /^channel must be/],
    'has a channel that is a number': ['1', '{"channel":1,"data":1}', /^channel must be/],
    'is in the group of another channel': ['alerts', '{"channel":"doors","data":1}', /MessageGroupId/],
    'has no data': ['doors', '{"channel":"doors"}', /^data is missing/],
    'has an empty id': ['doors', '{"channel":"doors","id":"","data":1}', /^id must be/],
    'has a member that is not known': ['doors', '{"channel":"doors","dta":1,"data":1}', /^dta is not/],
    'has events and data': ['doors', '{"channel":"doors","events":[{"data":1}],"data":1}', /^data cannot/],
    'has no events': ['doors', '{"channel":"doors","events":[]}', /^events must be/],
    'has events that are none': ['doors', '{"channel":"doors","events":{}}', /^events must be/],
    'has a bad event among its events': [
      'doors',
      '{"channel":"doors","events":[{"data":1},{"id":"x"}]}',
      /^events\[1\]\.data is missing/,
    ],
    'has an event that is too large': [
      'doors',
      JSON.stringify({ channel: 'doors', data: 'x'.repeat(256 * 1024) }),
      /^data must be at most/,
    ],
  } as const;

  test.each(Object.entries(BAD))('is put aside when it %s', async (_, [group, body, reason]) => {
    const world = memoryWorld();
    const deadLetters = new MemoryDeadLetters();
    const ports = portsOf(world, {}, deadLetters);

    const failed = await run(world, ports, [{ id: 'bad', group, body }]);

    expect(failed).toEqual([]);
    expect(deadLetters.moved).toEqual([{ id: 'bad', body, reason: expect.stringMatching(reason) }]);
    expect(ports.meter.of('MessagesBuried')).toBe(1);
    expect(eventsIn(world, 'doors')).toEqual([]);
  });

  test('does not hold up its group', async () => {
    const world = memoryWorld();
    const bad: Message = { id: 'bad', group: 'doors', body: 'not json' };

    const failed = await run(world, portsOf(world), [message('m1', 'doors'), bad, message('m2', 'doors')]);

    expect(failed).toEqual([]);
    expect(idsIn(world, 'doors')).toEqual(['m1', 'm2']);
  });

  test('comes again when it could not be put aside', async () => {
    const world = memoryWorld();
    const failingMove = async () => {
      throw unavailable();
    };
    const bad: Message = { id: 'bad', group: 'doors', body: 'not json' };
    const ports = portsOf(world, {}, { moveToDlq: failingMove });

    const failed = await run(world, ports, [message('m1', 'doors'), bad]);

    expect(failed).toEqual(['bad']);
    // Or a dead-letter queue that takes nothing would show only when messages are missed.
    expect(ports.logger.lines).toContainEqual(
      expect.objectContaining({ level: 'error', fields: { messageId: 'bad', reason: 'PushError' } }),
    );
    expect(idsIn(world, 'doors')).toEqual(['m1']);
  });

  test('puts the messages of a group aside one after the other, in order', async () => {
    const world = memoryWorld();
    const under = new Set<string>();
    const order: string[] = [];
    const moveToDlq = async ({ id, group }: Message) => {
      if (under.has(group)) throw new Error('two of one group at once');
      under.add(group);
      await Promise.resolve();
      order.push(id);
      under.delete(group);
    };
    const bad = (id: string, group: string): Message => ({ id, group, body: 'not json' });

    const failed = await run(world, portsOf(world, {}, { moveToDlq }), [
      bad('d1', 'doors'),
      bad('l1', 'lifts'),
      bad('d2', 'doors'),
      bad('d3', 'doors'),
    ]);

    expect(failed).toEqual([]);
    expect(order.filter((id) => id !== 'l1')).toEqual(['d1', 'd2', 'd3']);
  });

  test('what stands behind a message that cannot be put aside comes again with it', async () => {
    const world = memoryWorld();
    const aside: string[] = [];
    const moveToDlq = async ({ id }: Message) => {
      if (id === 'd2') throw new Error('the queue is gone');
      aside.push(id);
    };
    const bad = (id: string): Message => ({ id, group: 'doors', body: 'not json' });

    const failed = await run(world, portsOf(world, {}, { moveToDlq }), [bad('d1'), bad('d2'), bad('d3')]);

    expect(failed).toEqual(['d2', 'd3']);
    expect(aside).toEqual(['d1']);
  });

  test('tells neither log nor reason what it holds', async () => {
    const world = memoryWorld();
    const deadLetters = new MemoryDeadLetters();
    const ports = portsOf(world, {}, deadLetters);

    await run(world, ports, [message('bad', 'doors', { id: ['hunter2'], data: 'hunter2' })]);

    expect(JSON.stringify(ports.logger.lines)).not.toContain('hunter2');
    expect(deadLetters.moved[0]?.reason).not.toContain('hunter2');
  });
});

describe('what names no channel belongs to its group:', () => {
  const CLOUD_EVENT = {
    specversion: '1.0',
    id: 'a',
    source: '/doors',
    type: 'opened',
    partitionkey: 'door-3',
  };
  const FROM_EVENT_BRIDGE = {
    version: '0',
    id: 'bridge-1',
    'detail-type': 'Door opened',
    source: 'building',
    account: '123456789012',
    time: '2026-11-30T12:00:00Z',
    region: 'eu-central-1',
    resources: [],
    detail: { door: 3 },
  };
  const foreign = (id: string, body: object, group = 'doors'): Message => ({
    id,
    group,
    body: JSON.stringify(body),
  });

  test('a CloudEvent is published whole, under its key, and once', async () => {
    const world = memoryWorld();

    const failed = await run(world, portsOf(world), [foreign('m1', CLOUD_EVENT), foreign('m2', CLOUD_EVENT)]);

    expect(failed).toEqual([]);
    expect(eventsIn(world, 'doors')).toMatchObject([{ key: 'door-3', data: CLOUD_EVENT }]);
  });

  test('what EventBridge sends is published whole, under its id', async () => {
    const world = memoryWorld();

    await run(world, portsOf(world), [foreign('m1', FROM_EVENT_BRIDGE)]);

    expect(eventsIn(world, 'doors')).toMatchObject([{ id: 'bridge-1', data: FROM_EVENT_BRIDGE }]);
  });

  test.each([
    ['a CloudEvent without a source', { ...CLOUD_EVENT, source: undefined }, 'doors', 'source is missing.'],
    ['a CloudEvent of a group that is no channel', CLOUD_EVENT, 'a b', 'MessageGroupId must be the channel'],
    ['what EventBridge sends to such a group', FROM_EVENT_BRIDGE, '', 'MessageGroupId must be the channel'],
  ])('%s is put aside with the reason', async (_, body, group, reason) => {
    const world = memoryWorld();
    const deadLetters = new MemoryDeadLetters();

    const failed = await run(world, portsOf(world, {}, deadLetters), [foreign('m1', body, group)]);

    expect(failed).toEqual([]);
    expect(deadLetters.moved).toEqual([
      { id: 'm1', body: JSON.stringify(body), reason: expect.stringContaining(reason) },
    ]);
  });
});
