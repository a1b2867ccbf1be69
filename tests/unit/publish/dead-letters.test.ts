/** Dead letters in the hands of a person: nothing is lost by looking, nobody sees what is not theirs, and what is mended keeps its ids. */

import { describe, expect, test } from 'vitest';
import type { Caller } from '../../../lib/auth/caller.ts';
import {
  type DeadLetterPorts,
  dropDeadLetter,
  listDeadLetters,
  mendDeadLetter,
  redriveDeadLetter,
  redriveDeadLetters,
  showDeadLetter,
} from '../../../lib/publish/dead-letters.ts';
import { readChannelSchemas } from '../../../lib/schemas/channel-schemas.ts';
import { MemoryDeadLetterQueue, SentMessages } from '../../support/memory/dead-letters.ts';
import { MemoryLogger, UNCOUNTED, unavailable } from '../../support/memory/doubles.ts';
import { FakeClock, SeededRandom } from '../../support/time/clock.ts';

const OWNER: Caller = { read: [], write: ['*'], dead: ['*'] };
const ALL = { channel: undefined, limit: 100 };
const good = (channel: string, value: unknown) => JSON.stringify({ channel, data: value });

function setUp(more: Partial<DeadLetterPorts> = {}) {
  const deadLetters = new MemoryDeadLetterQueue();
  const ingestQueue = new SentMessages();
  const logger = new MemoryLogger();
  const clock = new FakeClock();
  const counts = new Map<string, number>();
  const meter = {
    ...UNCOUNTED,
    count: (name: string, value = 1) => void counts.set(name, (counts.get(name) ?? 0) + value),
  };
  const random = new SeededRandom(1);
  const ports: DeadLetterPorts = { deadLetters, ingestQueue, random, clock, meter, logger, ...more };
  return { ports, deadLetters, ingestQueue, logger, clock, counts };
}

/** All can be taken again, in their order. */
async function expectUntouched(deadLetters: MemoryDeadLetterQueue, ids: readonly string[]): Promise<void> {
  expect((await deadLetters.count()).inHand).toBe(0);
  expect(deadLetters.messages.map(({ id }) => id)).toEqual(ids);
}

describe('a list of dead letters', () => {
  test('says of each what it is, and lets all of them go again', async () => {
    const { ports, deadLetters } = setUp();
    const at = Date.parse('2026-11-30T08:00:00.000Z');
    deadLetters.put('doors', '{', { reason: 'The message is not JSON.', at, sentBack: 2 });
    deadLetters.put('alerts', good('alerts', 'ü'));

    expect(await listDeadLetters(ports, OWNER, ALL)).toEqual({
      messages: [
        {
          id: 'm1',
          channel: 'doors',
          reason: 'The message is not JSON.',
          at: '2026-11-30T08:00:00.000Z',
          sentBack: 2,
          bytes: 1,
          body: '{',
        },
        {
          id: 'm2',
          channel: 'alerts',
          reason: null,
          at: null,
          sentBack: 0,
          bytes: 32,
          body: good('alerts', 'ü'),
        },
      ],
      unseen: 0,
    });
    await expectUntouched(deadLetters, ['m1', 'm2']);
  });

  test('counts those that cannot be reached: behind ten others, and in the hands of somebody else', async () => {
    const { ports, deadLetters } = setUp();
    for (let i = 0; i < 13; i++) deadLetters.put('doors', 'bad');

    const { messages, unseen } = await listDeadLetters(ports, OWNER, ALL);

    expect([messages.length, unseen]).toEqual([10, 3]);
    await deadLetters.receive();
    expect(await listDeadLetters(ports, OWNER, ALL)).toEqual({ messages: [], unseen: 13 });
  });

  test('has the beginning of a long body, in whole characters', async () => {
    const { ports, deadLetters } = setUp();
    deadLetters.put('doors', `${'x'.repeat(499)}😀${'y'.repeat(600)}`);

    const [message] = (await listDeadLetters(ports, OWNER, ALL)).messages;

    expect(message).toMatchObject({ bytes: 1_103, cut: true, body: `${'x'.repeat(499)}\ufffd` });
    expect(await showDeadLetter(ports, OWNER, 'm1')).toMatchObject({
      body: `${'x'.repeat(499)}😀${'y'.repeat(600)}`,
    });
  });

  test('has no more than asked for', async () => {
    const { ports, deadLetters } = setUp();
    for (const channel of ['a', 'b', 'c']) deadLetters.put(channel, 'bad');

    const { messages } = await listDeadLetters(ports, OWNER, { ...ALL, limit: 2 });

    expect(messages.map(({ id }) => id)).toEqual(['m1', 'm2']);
    await expectUntouched(deadLetters, ['m1', 'm2', 'm3']);
  });

  test('has those only that the caller has the claim for', async () => {
    const { ports, deadLetters } = setUp();
    for (const group of ['doors.1', 'doors.2', 'alerts', 'not a channel!']) deadLetters.put(group, 'bad');
    const caller: Caller = { read: ['*'], write: ['*'], dead: ['doors.*'] };
    const seen = async (channel?: string) =>
      (await listDeadLetters(ports, caller, { channel, limit: 100 })).messages.map((one) => one.channel);

    expect(await seen()).toEqual(['doors.1', 'doors.2']);
    expect(await seen('doors.2')).toEqual(['doors.2']);
    await expect(seen('alerts')).rejects.toMatchObject({ code: 'forbidden' });
    expect((await listDeadLetters(ports, OWNER, ALL)).messages).toHaveLength(4);
  });

  test('lets all go again when the queue fails half-way, and says so', async () => {
    const { ports, deadLetters } = setUp();
    for (let i = 0; i < 3; i++) deadLetters.put('doors', 'bad');
    const receive = deadLetters.receive.bind(deadLetters);
    let calls = 0;
    deadLetters.receive = async () => {
      if (++calls === 2) throw unavailable();
      return receive();
    };

    await expect(listDeadLetters(ports, OWNER, ALL)).rejects.toMatchObject({ code: 'unavailable' });

    await expectUntouched(deadLetters, ['m1', 'm2', 'm3']);
  });

  test('ends in time for its function, with what it has seen', async () => {
    const { ports, deadLetters, clock } = setUp();
    for (let i = 0; i < 40; i++) deadLetters.put(`channel-${i}`, 'bad');
    const receive = deadLetters.receive.bind(deadLetters);
    deadLetters.receive = async () => {
      await clock.advance(6_000);
      const [first, ...others] = await receive();
      for (const other of others) await deadLetters.release(other);
      return first ? [first] : [];
    };

    const { messages, unseen } = await listDeadLetters(ports, OWNER, ALL);

    expect([messages.length, unseen]).toEqual([3, 37]);
  });
});

describe('a caller without the claim', () => {
  const callers: ReadonlyArray<readonly [string, Caller]> = [
    ['has none', { read: ['*'], write: ['*'], manage: ['*'] }],
    ['has it for nothing', { read: ['*'], write: ['*'], dead: [] }],
  ];

  test.each(callers)('that %s is refused before the queue is touched', async (_, caller) => {
    const { ports, deadLetters } = setUp();
    deadLetters.put('doors', good('doors', 1));
    deadLetters.receive = async () => {
      throw new Error('touched');
    };
    const refused = { code: 'forbidden' };

    await expect(listDeadLetters(ports, caller, ALL)).rejects.toMatchObject(refused);
    await expect(showDeadLetter(ports, caller, 'm1')).rejects.toMatchObject(refused);
    await expect(mendDeadLetter(ports, caller, 'm1', good('doors', 2))).rejects.toMatchObject(refused);
    await expect(redriveDeadLetter(ports, caller, 'm1')).rejects.toMatchObject(refused);
    await expect(redriveDeadLetters(ports, caller, { channel: undefined, max: 1 })).rejects.toMatchObject(
      refused,
    );
    await expect(dropDeadLetter(ports, caller, 'm1')).rejects.toMatchObject(refused);
  });

  test("for a letter's channel finds no such letter, as if there were none", async () => {
    const { ports, deadLetters } = setUp();
    deadLetters.put('doors', good('doors', 1));
    const caller: Caller = { read: ['*'], write: ['*'], dead: ['alerts'] };
    const told = async (id: string) =>
      showDeadLetter(ports, caller, id).catch(({ code, message }) => [code, message]);

    expect(await told('m1')).toEqual(await told('m99'));
    await expect(dropDeadLetter(ports, caller, 'm1')).rejects.toMatchObject({ code: 'not-found' });
    await expectUntouched(deadLetters, ['m1']);
  });
});

describe('a letter that is mended', () => {
  test('keeps the ids that its events had, and its own place in the count of tries', async () => {
    const { ports, deadLetters, ingestQueue } = setUp();
    deadLetters.put('doors', '{"channel":"doors","events":[{"data":1},{"id":"own"},{"data":3}]}', {
      reason: 'events[1].data is missing',
      sentBack: 1,
    });

    const body = '{"channel":"doors","events":[{"data":1},{"id":"own","data":2},{"data":3}]}';
    const { id } = await mendDeadLetter(ports, OWNER, 'm1', body);

    expect(deadLetters.messages).toHaveLength(1);
    expect(await showDeadLetter(ports, OWNER, id)).toMatchObject({ reason: null, sentBack: 1 });
    expect(await redriveDeadLetter(ports, OWNER, id)).toEqual({ sent: 1, left: 0, done: true });
    expect(ingestQueue.bodies).toEqual([
      {
        channel: 'doors',
        events: [
          { id: 'm1.0', data: 1 },
          { id: 'own', data: 2 },
          { id: 'm1.2', data: 3 },
        ],
      },
    ]);
    expect(ingestQueue.times).toEqual([2]);
    expect(deadLetters.messages).toEqual([]);
  });

  test('is sent back at once where that is asked for, wherever it would stand among the others', async () => {
    const { ports, deadLetters, ingestQueue, counts } = setUp();
    deadLetters.put('doors', 'bad', { sentBack: 4 });
    for (let i = 0; i < 12; i++) deadLetters.put('doors', 'bad');

    const { id, sent } = await mendDeadLetter(ports, OWNER, 'm1', good('doors', 1), true);

    expect([id, sent]).toEqual(['sent 1', true]);
    expect(ingestQueue.bodies).toEqual([{ channel: 'doors', events: [{ id: 'm1', data: 1 }] }]);
    expect(ingestQueue.times).toEqual([5]);
    expect(deadLetters.messages).toHaveLength(12);
    expect(counts.get('MessagesRedriven')).toBe(1);
  });

  test('is there as it was when it cannot be sent back', async () => {
    const send = async () => {
      throw unavailable();
    };
    const { ports, deadLetters } = setUp({ ingestQueue: { send } });
    deadLetters.put('doors', 'bad');

    await expect(mendDeadLetter(ports, OWNER, 'm1', good('doors', 1), true)).rejects.toMatchObject({
      code: 'unavailable',
    });

    await expectUntouched(deadLetters, ['m1']);
  });

  test('may go to the channel that it was meant for', async () => {
    const { ports, deadLetters } = setUp();
    deadLetters.put('dors', good('dors', 1));

    await mendDeadLetter(ports, OWNER, 'm1', good('doors', 1));

    expect(deadLetters.messages).toMatchObject([{ group: 'doors' }]);
  });

  test.each<readonly [string, Caller, string]>([
    ['may not publish to its channel', { read: [], write: ['alerts'], dead: ['*'] }, 'forbidden'],
    ['may publish some of its keys only', { read: [], write: ['doors#*'], dead: ['*'] }, 'forbidden'],
    ['has no claim for the new channel', { read: [], write: ['*'], dead: ['dors'] }, 'forbidden'],
    ['has no claim for the old channel', { read: [], write: ['*'], dead: ['doors'] }, 'not-found'],
  ])('by whom who %s, is not', async (_, caller, code) => {
    const { ports, deadLetters } = setUp();
    deadLetters.put('dors', good('dors', 1));

    await expect(mendDeadLetter(ports, caller, 'm1', good('doors', 1))).rejects.toMatchObject({ code });

    await expectUntouched(deadLetters, ['m1']);
  });

  test.each([
    ['{', /not JSON/],
    ['{"channel":"doors"}', /data/],
    ['{"channel":"a b","data":1}', /channel/],
    ['{"channel":"doors","data":"no number"}', /number/],
  ])('must be one that can be published, which %s is not', async (body, reason) => {
    const schemas = readChannelSchemas('{"doors":{"type":"number"}}');
    const { ports, deadLetters } = setUp({ schemas });
    deadLetters.put('doors', 'bad');

    const mending = mendDeadLetter(ports, OWNER, 'm1', body);

    await expect(mending).rejects.toMatchObject({ code: 'bad-body', message: expect.stringMatching(reason) });
    await expectUntouched(deadLetters, ['m1']);
  });

  test('is there as it was when the queue does not take the new one', async () => {
    const { ports, deadLetters } = setUp();
    deadLetters.put('doors', 'bad');
    deadLetters.replace = async () => {
      throw unavailable();
    };

    await expect(mendDeadLetter(ports, OWNER, 'm1', good('doors', 1))).rejects.toMatchObject({
      code: 'unavailable',
    });

    await expectUntouched(deadLetters, ['m1']);
  });
});

describe('a letter that is sent back', () => {
  test('must be one that can be published; else it stays, and the reason is told', async () => {
    const { ports, deadLetters, ingestQueue } = setUp();
    deadLetters.put('doors', '{');

    await expect(redriveDeadLetter(ports, OWNER, 'm1')).rejects.toMatchObject({
      code: 'conflict',
      message: expect.stringContaining('not JSON'),
    });

    expect(ingestQueue.bodies).toEqual([]);
    await expectUntouched(deadLetters, ['m1']);
  });

  test('goes though the schema of its channel is itself wrong: ingest will see', async () => {
    const schemas = { of: () => () => ({ pointer: '', wanted: 'x' }), textOf: () => undefined };
    const wrong = {
      ...schemas,
      of: () => {
        throw new Error('the schema is wrong');
      },
    };
    const { ports, deadLetters, ingestQueue } = setUp({ schemas: wrong });
    deadLetters.put('doors', good('doors', 1));

    await redriveDeadLetter(ports, OWNER, 'm1');

    expect(ingestQueue.bodies).toHaveLength(1);
  });

  test('with all others leaves those of other channels where they are', async () => {
    const { ports, deadLetters, ingestQueue, counts } = setUp();
    for (const channel of ['doors', 'alerts', 'doors']) deadLetters.put(channel, good(channel, 1));
    deadLetters.put('doors', 'bad');
    const caller: Caller = { read: [], write: [], dead: ['doors'] };

    expect(await redriveDeadLetters(ports, caller, { channel: undefined, max: 10 })).toEqual({
      sent: 2,
      left: 1,
      done: true,
    });

    expect(ingestQueue.bodies).toHaveLength(2);
    expect(deadLetters.messages.map(({ group }) => group).sort()).toEqual(['alerts', 'doors']);
    expect(deadLetters.messages.find(({ group }) => group === 'alerts')).toMatchObject({ id: 'm2' });
    expect((await deadLetters.count()).inHand).toBe(0);
    expect(counts.get('MessagesRedriven')).toBe(2);
  });
});

test('a letter that is dropped is gone, and counted', async () => {
  const { ports, deadLetters, counts } = setUp();
  for (let i = 0; i < 3; i++) deadLetters.put('doors', 'bad');

  await dropDeadLetter(ports, OWNER, 'm2');

  await expectUntouched(deadLetters, ['m1', 'm3']);
  expect(counts.get('MessagesDropped')).toBe(1);
  await expect(dropDeadLetter(ports, OWNER, 'm2')).rejects.toMatchObject({ code: 'not-found' });
});

test('what a letter holds is in no log, whatever is done with it', async () => {
  const { ports, deadLetters, logger } = setUp();
  const secret = 'badge-4711';
  deadLetters.put('doors', secret, { reason: `no ${secret}` });
  deadLetters.put('doors', good('doors', secret));

  const { id } = await mendDeadLetter(ports, OWNER, 'm1', good('doors', secret));
  await listDeadLetters(ports, OWNER, ALL);
  await redriveDeadLetter(ports, OWNER, id);
  await dropDeadLetter(ports, OWNER, 'm2');

  expect(logger.lines.length).toBeGreaterThan(1);
  expect(JSON.stringify(logger.lines)).not.toContain(secret);
});
