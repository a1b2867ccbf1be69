/** What a poll asks for when it begins: no more than it must, and never less. */

import { describe, expect, test } from 'vitest';
import { setUpReader, TO_THE_END_MS } from '../../support/memory/reader.ts';
import { ask, askMany, say, track, vidsOf } from '../../support/memory/world.ts';
import { settle } from '../../support/time/clock.ts';

async function setUp() {
  const { world, clock, calls, reader, publisher } = await setUpReader();
  await say(publisher, 'doors', 'a');
  await say(publisher, 'alerts', 'fire');
  /** A poll that waits at the head, so that the channel is armed. */
  const wait = async (channel: string) => {
    const polling = track(ask(reader, { channel, maxvid: 1 }));
    await settle();
    return polling;
  };
  return { world, clock, calls, reader, publisher, wait };
}

describe('a poll of several channels', () => {
  test('has the news of a channel that nobody waits for, beside one that is waited for', async () => {
    const { reader, wait } = await setUp();
    await wait('doors');

    const both = [
      { channel: 'doors', maxvid: 1 },
      { channel: 'alerts', maxvid: 0 },
    ];
    const [answer] = await askMany(reader, both);

    expect(answer).toMatchObject({ channel: 'alerts', maxvid: 1 });
  });

  test('hears of news on a channel that nobody waited for, beside one that was', async () => {
    const { reader, publisher, wait } = await setUp();
    await wait('doors');
    const both = [
      { channel: 'doors', maxvid: 1 },
      { channel: 'alerts', maxvid: 1 },
    ];
    const polling = track(askMany(reader, both));
    await settle();

    await say(publisher, 'alerts', 'smoke');
    await settle();

    expect(polling.done).toBe(true);
  });

  test('of which one knows of more than this process does is looked at again, and not refused', async () => {
    const { world, reader, publisher, wait } = await setUp();
    await wait('doors');
    await wait('alerts');
    // Whoever has told the reader of event 2 has rung nobody.
    world.waiters.armed = async () => [];
    await say(publisher, 'doors', 'b');
    const both = [
      { channel: 'doors', maxvid: 2 },
      { channel: 'alerts', maxvid: 1 },
    ];
    const polling = track(askMany(reader, both, { waitMs: 1_000 }));
    await world.clock.advance(TO_THE_END_MS);

    expect(await polling.promise).toMatchObject([{ maxvid: 2 }, { maxvid: 1 }]);
  });
});

describe('the log is looked at once', () => {
  test.each([
    { what: 'for a reader that is ahead of it', maxvid: 5, code: 'reset' },
    { what: 'for a reader that has seen everything', maxvid: 1, code: undefined },
  ])('$what', async ({ maxvid, code }) => {
    const { calls, reader } = await setUp();
    calls.clear();

    const asked = ask(reader, { channel: 'doors', maxvid }, { waitMs: 0 });

    if (code === undefined) await asked;
    else await expect(asked).rejects.toMatchObject({ code });
    expect(calls.of('last')).toBe(1);
  });

  test('for a client whose cursor stands at its head', async () => {
    const { calls, reader } = await setUp();
    await ask(reader, { channel: 'doors', maxvid: 1 }, { waitMs: 0, client: 'wall' });
    calls.clear();

    await ask(reader, { channel: 'doors' }, { waitMs: 0, client: 'wall' });

    expect(calls.of('last')).toBe(1);
  });
});

test('a poll that was answered here is not told to end: nobody waits for it any more', async () => {
  const { calls, reader, publisher } = await setUp();
  const first = track(ask(reader, { channel: 'doors', maxvid: 1 }, { client: 'wall' }));
  await settle();
  await say(publisher, 'doors', 'b');
  expect(vidsOf(await first.promise)).toEqual([2]);
  calls.clear();

  await ask(reader, { channel: 'doors', maxvid: 1 }, { client: 'wall', waitMs: 1_000 });

  expect(calls.of('send')).toBe(0);
});
