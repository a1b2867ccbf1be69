/** The queue behind a mailbox: how long it is young, who may give it up, and what is given back. */

import { describe, expect, test } from 'vitest';
import { AfterResponse } from '../../../lib/runtime/after-response.ts';
import { LEASE_MS, MailboxLease, type Open } from '../../../lib/wakeup/mailbox-lease.ts';
import { Calls, counting, MemoryLogger } from '../../support/memory/doubles.ts';
import { memoryWorld } from '../../support/memory/world.ts';

function setUp() {
  const { clock, random, ...world } = memoryWorld();
  const calls = new Calls();
  const mailboxes = counting(world.mailboxes, calls);
  const registry = counting(world.registry, calls);
  const afterResponse = new AfterResponse(new MemoryLogger());
  let moves = 0;
  const lease = new MailboxLease(
    { mailboxes, registry, clock, random, afterResponse, prefix: 'mailbox-' },
    () => {
      moves++;
    },
  );
  const opened = async (): Promise<Open> => {
    await lease.address();
    if (!lease.open) throw new Error('a queue that has an address is open');
    return lease.open;
  };
  return { lease, clock, calls, opened, moves: () => moves };
}

describe('the lease of a mailbox', () => {
  test('has a queue that is young for two seconds, and none is young too', async () => {
    const { lease, clock, opened } = setUp();
    const before = lease.isYoung();
    await opened();

    const ages = [0, 1_999, 1].map((ms) => {
      clock.jump(ms);
      return lease.isYoung();
    });

    expect([before, ...ages]).toEqual([true, true, true, false]);
  });

  test('makes another queue in place of one that was given up, and tells it once', async () => {
    const { lease, opened, moves } = setUp();
    const first = await opened();

    lease.giveUp(first);
    const second = await opened();
    lease.giveUp(first);

    expect(second.name).not.toBe(first.name);
    expect(lease.open).toBe(second);
    expect(moves()).toBe(1);
  });

  test('that has run out is renewed before its queue is used again', async () => {
    const { lease, clock, calls, opened, moves } = setUp();
    const { address } = await opened();
    clock.jump(LEASE_MS);

    expect(await lease.address()).toBe(address);
    expect(calls.all).toEqual({ add: 1, open: 1, renew: 1 });
    expect(moves()).toBe(0);
  });

  test('gives back the queue and its entry, and nothing where none was made', async () => {
    const { lease, calls, opened } = setUp();
    await lease.close();
    const before = { ...calls.all };
    await opened();

    await lease.close();

    expect(before).toEqual({});
    expect(calls.all).toEqual({ add: 1, open: 1, close: 1, remove: 1 });
  });
});
