import { connect, startLocal, startMemory } from '@doorbell/testing';
import { test } from '@doorbell/testing/vitest';
import { describe, expect } from 'vitest';
import { openDoors } from './board.ts';

test('shows a door that is opened while it waits', async ({ doorbell }) => {
  const shown = openDoors(doorbell.url, await doorbell.token());
  await doorbell.channel('doors').untilPolled();

  await doorbell.publish('doors', { doorno: 3 });

  expect(await shown).toEqual([3]);
  await doorbell.channel('doors').untilRead(1);
});

test('each test has a Doorbell of its own', async ({ doorbell }) => {
  expect(await doorbell.channel('doors').events()).toEqual([]);
});

test('says when Doorbell is not available', async ({ doorbell }) => {
  doorbell.faults.unavailable();

  await expect(openDoors(doorbell.url, await doorbell.token())).rejects.toThrow('Doorbell answers 503');
});

test('shows nothing when nothing happens, and the test need not wait for that', async ({ doorbell }) => {
  const shown = openDoors(doorbell.url, await doorbell.token());
  await doorbell.channel('doors').untilPolled();

  await doorbell.clock?.advance(10_000);

  expect(await shown).toEqual([]);
});

describe('the same handle', () => {
  test('on emulators', async () => {
    await using doorbell = await startLocal();
    await doorbell.publish('doors', { doorno: 4 });

    expect(await openDoors(doorbell.url, await doorbell.token())).toEqual([4]);
  });

  test('in front of one that runs already', async () => {
    await using there = await startMemory();
    await using doorbell = await connect(there.url, { token: await there.token() });
    await there.publish('doors', { doorno: 5 });

    expect(await openDoors(doorbell.url, await doorbell.token())).toEqual([5]);
  });
});
