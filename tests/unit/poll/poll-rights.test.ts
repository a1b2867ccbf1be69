/** Whom a poll serves, how often, and what is counted of it. */

import { describe, expect, test } from 'vitest';
import { type Caller, TRUSTED } from '../../../lib/auth/caller.ts';
import { type PollRequest, poll } from '../../../lib/poll/poll.ts';
import { RepeatLimiter } from '../../../lib/poll/repeat-limiter.ts';
import { setUpReader, TO_THE_END_MS } from '../../support/memory/reader.ts';
import { say, track } from '../../support/memory/world.ts';
import { settle } from '../../support/time/clock.ts';

async function setUp() {
  const { world, clock, calls, reader, publisher } = await setUpReader();
  await say(publisher, 'doors', 'a', 'b');
  await say(publisher, 'alerts', 'fire');
  calls.clear();
  const ports = { ...reader.poll, repeatLimiter: new RepeatLimiter(clock, 1) };
  const ask = (request: Partial<PollRequest>, caller: Partial<Caller> = {}, signal?: AbortSignal) =>
    poll(
      ports,
      { ...TRUSTED, ...caller },
      { cursors: [{ channel: 'doors', maxvid: 2 }], waitMs: 0, limit: 10, ...request },
      signal,
    );
  return { world, clock, calls, ask, held: ports.held, meter: reader.meter, publisher };
}

describe('a caller', () => {
  test.each([
    { what: 'that may read one of the two channels only', caller: { read: ['doors'] }, client: undefined },
    { what: 'that is bound to another client', caller: { client: 'desk' }, client: 'wall' },
  ])('$what is refused, and nothing is asked of the log or kept', async ({ caller, client }) => {
    const { ask, calls } = await setUp();
    const cursors = [
      { channel: 'doors', maxvid: 0 },
      { channel: 'alerts', maxvid: 0 },
    ];

    await expect(ask({ cursors, client }, caller)).rejects.toMatchObject({ code: 'forbidden' });

    expect(calls.all).toEqual({});
  });

  test('that is bound to a client may poll as that client, and as none', async () => {
    const { ask } = await setUp();

    expect(await ask({ client: 'wall' }, { client: 'wall' })).toHaveLength(1);
    expect(await ask({}, { client: 'wall' })).toHaveLength(1);
  });
});

describe('a client that asks from the same place', () => {
  test('is told to come later once it has asked too often, each principal for itself', async () => {
    const { ask } = await setUp();
    for (let i = 0; i < 10; i++) await ask({ client: 'wall' }, { principal: 'a' });

    await expect(ask({ client: 'wall' }, { principal: 'a' })).rejects.toMatchObject({
      code: 'too-many-requests',
    });
    expect(await ask({ client: 'wall' }, { principal: 'b' })).toHaveLength(1);
  });

  test('is not slowed where it has no name', async () => {
    const { ask } = await setUp();
    for (let i = 0; i < 50; i++) expect(await ask({})).toHaveLength(1);
  });
});

describe('a poll of several channels that does not wait', () => {
  const both = (maxvid: number) => [
    { channel: 'doors', maxvid },
    { channel: 'alerts', maxvid: 1 },
  ];

  test('has the answers of those that have news', async () => {
    const { ask } = await setUp();

    expect(await ask({ cursors: both(1) })).toMatchObject([{ channel: 'doors', maxvid: 2 }]);
  });

  test('has an empty answer of each where none has', async () => {
    const { ask } = await setUp();

    expect(await ask({ cursors: both(2) })).toMatchObject([
      { channel: 'doors', events: [], maxvid: 2 },
      { channel: 'alerts', events: [], maxvid: 1 },
    ]);
  });
});

describe('a client that has hung up', () => {
  test('before its poll began is not waited for', async () => {
    const { ask, held, clock } = await setUp();
    const polling = track(ask({ waitMs: 20_000 }, {}, AbortSignal.abort()));
    await settle();

    expect([polling.done, held.size, clock.sleeping]).toEqual([true, 0, 0]);
  });

  test('is not counted: an answer to nobody is none', async () => {
    const { ask, meter } = await setUp();
    const gone = new AbortController();
    const polling = ask({ waitMs: 20_000 }, {}, gone.signal);
    await settle();
    gone.abort();
    await polling;

    expect(
      ['PollsEmpty', 'PollsAnswered', 'PollsSuperseded'].map((name) => meter.of(name as 'PollsEmpty')),
    ).toEqual([0, 0, 0]);
  });
});

describe('what is counted', () => {
  test.each([
    { what: 'a poll with news', cursors: [{ channel: 'doors', maxvid: 0 }], counted: [1, 0, 2] },
    { what: 'a poll without', cursors: [{ channel: 'doors', maxvid: 2 }], counted: [0, 1, 0] },
    {
      what: 'a poll with news of two channels',
      cursors: [
        { channel: 'doors', maxvid: 0 },
        { channel: 'alerts', maxvid: 0 },
      ],
      counted: [1, 0, 3],
    },
  ])('of $what: answered, empty and delivered are $counted', async ({ cursors, counted }) => {
    const { ask, meter } = await setUp();

    await ask({ cursors });

    expect([meter.of('PollsAnswered'), meter.of('PollsEmpty'), meter.of('EventsDelivered')]).toEqual(counted);
    expect(meter.of('PollsSuperseded')).toBe(0);
  });

  test('a wait that ends with nothing is one empty poll', async () => {
    const { ask, meter, clock } = await setUp();
    const polling = ask({ waitMs: 20_000 });
    await clock.advance(TO_THE_END_MS);
    await polling;

    expect(meter.of('PollsEmpty')).toBe(1);
  });
});

test('work that was put off is done before a poll is answered', async () => {
  const { reader, clock } = await setUpReader();
  const done: string[] = [];
  reader.poll.afterResponse.later(async () => {
    await clock.sleep(50);
    done.push('put off');
  });
  const polling = track(
    poll(reader.poll, TRUSTED, { cursors: [{ channel: 'doors', maxvid: 0 }], waitMs: 0, limit: 10 }),
  );
  await clock.advance(49);
  expect(polling.done).toBe(false);

  await clock.advance(1);

  expect([polling.done, done]).toEqual([true, ['put off']]);
});
