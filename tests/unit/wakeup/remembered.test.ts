/** What a process has in memory of a channel, and for how long. */

import { expect, test } from 'vitest';
import { ask, memoryHub, memoryProcess, memoryWorld, say } from '../../support/memory/world.ts';
import { settle } from '../../support/time/clock.ts';

test('a process gives what another has redacted from its memory for two minutes at most', async () => {
  const world = memoryWorld();
  const hub = memoryHub(world);
  await hub.poll.mailbox.address();
  await world.clock.advance(3_000);
  // It waits, so the doorbell brings it the block.
  const waiting = ask(hub, { channel: 'doors' });
  await settle();
  await say(memoryProcess(world), 'doors', 'secret');
  expect((await waiting).events).toHaveLength(1);
  await world.log.redact('doors', 1);

  const isRedacted = async () => {
    const asking = ask(hub, { channel: 'doors', maxvid: 0 }, { waitMs: 1 });
    await world.clock.advance(10);
    return (await asking).events[0]?.redacted === true;
  };
  const follower = ask(hub, { channel: 'doors', maxvid: 1 });
  expect(await isRedacted()).toBe(false);
  await world.clock.advance(121_000);
  await follower;

  expect(await isRedacted()).toBe(true);
});
