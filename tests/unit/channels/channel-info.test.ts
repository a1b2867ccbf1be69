/** One channel seen from above: how far it reaches, what it keeps, who reads it; and only for those who may read it. */

import { describe, expect, test } from 'vitest';
import type { Caller } from '../../../lib/auth/caller.ts';
import { channelClients, channelInfo, forgetClient } from '../../../lib/channels/channels.ts';
import { memoryProcess, memoryWorld, say } from '../../support/memory/world.ts';

const READER: Caller = { read: ['doors'], write: [] };
const SELF: Caller = { ...READER, client: 'wall' };
const NOBODY: Caller = { read: ['alerts'], write: ['*'] };

/** `doors` with events 1, 2 and 3. */
async function setUp() {
  const world = memoryWorld();
  const process = memoryProcess(world);
  for (const id of ['a', 'b', 'c']) await say(process, 'doors', id);
  const { epoch = '' } = (await world.log.get('doors')) ?? {};
  const visit = (client: string, maxvid: number | undefined, heldMs?: number) => {
    const now = world.clock.now();
    const hold = heldMs === undefined ? undefined : { mailbox: 'm', nonce: client, until: now + heldMs };
    return world.cursors.visit('doors', client, maxvid === undefined ? {} : { maxvid }, hold, now);
  };
  return { world, ports: process.poll, epoch, visit };
}

describe('a channel', () => {
  test('tells its life, its head and its oldest event', async () => {
    const { world, ports, epoch } = await setUp();
    world.log.expire('doors', 1);

    expect(await channelInfo(ports, READER, 'doors')).toEqual({
      channel: 'doors',
      epoch,
      head: 3,
      earliest: 2,
      clients: { total: 0, waiting: 0, maxLag: 0 },
    });
  });

  test('whose events have all expired has no oldest one', async () => {
    const { world, ports } = await setUp();
    world.log.expire('doors');

    expect(await channelInfo(ports, READER, 'doors')).toMatchObject({ earliest: null });
  });

  test('counts its clients, those whose polls are held, and the longest way that one is behind', async () => {
    const { ports, visit } = await setUp();
    await visit('slow', 1, 20_000);
    await visit('swift', 3, 20_000);
    await visit('gone', 2, 0);
    await visit('idle', 2);
    await visit('new', undefined);

    const { clients } = await channelInfo(ports, READER, 'doors');

    expect(clients).toEqual({ total: 5, waiting: 2, maxLag: 2 });
  });

  test('has no client behind it that stands before its head', async () => {
    const { ports, visit } = await setUp();
    await visit('ahead', 9);

    const { clients } = await channelInfo(ports, READER, 'doors');

    expect(clients.maxLag).toBe(0);
  });

  test('lists its clients by name, where each stands and when it was last seen', async () => {
    const { world, ports, visit } = await setUp();
    await visit('wall', 1);
    await world.clock.advance(1_000);
    await visit('desk', undefined);

    expect(await channelClients(ports, READER, 'doors')).toEqual([
      { client: 'desk', maxvid: 3, lag: 0, seenAt: '2026-01-01T00:00:01.000Z' },
      { client: 'wall', maxvid: 1, lag: 2, seenAt: '2026-01-01T00:00:00.000Z' },
    ]);
  });

  test('shows a caller that is bound to one client that one only', async () => {
    const { ports, visit } = await setUp();
    await visit('desk', 1);
    await visit('wall', 2);

    expect(await channelClients(ports, SELF, 'doors')).toMatchObject([{ client: 'wall' }]);
  });

  test.each([
    { what: 'its state', ask: channelInfo },
    { what: 'its clients', ask: channelClients },
  ])('is not found before its first event: $what', async ({ ask }) => {
    const { poll } = memoryProcess(memoryWorld());

    const asked = ask(poll, READER, 'doors');

    await expect(asked).rejects.toMatchObject({ code: 'not-found', details: { field: 'channel' } });
    await expect(asked).rejects.toThrow('Channel doors has no event yet');
  });

  test.each([
    { what: 'its state', ask: channelInfo },
    { what: 'its clients', ask: channelClients },
  ])('is closed to a caller that may not read it: $what', async ({ ask }) => {
    const { ports } = await setUp();

    await expect(ask(ports, NOBODY, 'doors')).rejects.toMatchObject({ code: 'forbidden' });
  });
});

describe('a client', () => {
  test('is forgotten on one channel, and may be forgotten twice', async () => {
    const { world, ports, visit } = await setUp();
    await visit('wall', 1);
    await visit('desk', 1);

    await forgetClient(ports, SELF, 'doors', 'wall');
    await forgetClient(ports, READER, 'doors', 'wall');

    expect((await world.cursors.list('doors')).map(({ client }) => client)).toEqual(['desk']);
  });

  test.each([
    { who: 'a caller that may not read the channel', caller: NOBODY },
    { who: 'a caller that is bound to another client', caller: { ...READER, client: 'desk' } },
  ])('is not forgotten by $who', async ({ caller }) => {
    const { world, ports, visit } = await setUp();
    await visit('wall', 1);

    await expect(forgetClient(ports, caller, 'doors', 'wall')).rejects.toMatchObject({ code: 'forbidden' });

    expect(await world.cursors.list('doors')).toHaveLength(1);
  });
});
