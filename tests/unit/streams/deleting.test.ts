/** Deleting a stream: what is written, in which order, and which logs are noted to be removed. */

import { describe, expect, test } from 'vitest';
import { TRUSTED } from '../../../lib/auth/caller.ts';
import { deleteStream, GRACE_MS, release, takeEdgeAway } from '../../../lib/streams/delete.ts';
import { replacing } from '../../support/memory/doubles.ts';
import { put, remove } from '../../support/memory/stream-world.ts';
import { memoryProcess, memoryWorld, say } from '../../support/memory/world.ts';

async function setUp() {
  const world = memoryWorld();
  const process = memoryProcess(world);
  const { streams } = world.log;
  await put(process, 'source', { body: '["a"]', ttlS: 86_400 });
  const logOf = (name: string) => streams.record(name)?.record.log ?? '';
  /** Logs that are noted for the time after a deletion, and not for the end of their time to live. */
  const doomed = async () => {
    const all = await streams.doomed(world.clock.now() + GRACE_MS);
    return all.map(({ log, name, due }) => ({ log, name, inMs: due - world.clock.now() }));
  };
  return { world, process, streams, logOf, doomed };
}

describe('deleting a stream', () => {
  test('needs a right to manage, and changes nothing without', async () => {
    const { process, streams } = await setUp();
    const caller = { ...TRUSTED, manage: ['other'] };

    await expect(deleteStream(process.streaming, caller, 'source')).rejects.toMatchObject({
      code: 'forbidden',
    });
    expect(streams.record('source')?.record.state).toBe('live');
  });

  test('marks its log, keeps what its record said, and notes the log to be removed', async () => {
    const { world, process, streams, logOf, doomed } = await setUp();
    const before = streams.record('source')?.record;

    await remove(process, 'source');

    expect(world.log.blocks(logOf('source')).at(-1)).toMatchObject({ mark: 'deleted', first: 2, last: 2 });
    expect(streams.record('source')?.record).toEqual({ ...before, state: 'deleted' });
    expect(await doomed()).toEqual([{ log: logOf('source'), name: 'source', inMs: GRACE_MS }]);
    await expect(remove(process, 'source')).rejects.toMatchObject({ code: 'not-found' });
  });

  test('of a channel records that it is deleted, and leaves its log to expire', async () => {
    const { world, process, streams, doomed } = await setUp();
    await say(process, 'doors', 'a');

    await remove(process, 'doors');

    expect(streams.record('doors')?.record).toMatchObject({
      state: 'deleted',
      log: 'doors',
      contentType: 'application/json',
      touchedAt: world.clock.now(),
      base: 0,
      segments: [],
    });
    expect(await doomed()).toEqual([]);
  });

  test('that was made anew meanwhile leaves the new record alone', async () => {
    const { process, streams } = await setUp();
    const old = streams.record('source');
    const other = { ...(old?.record ?? expect.unreachable('no record')), log: 'source~9~other', stamp: 9 };
    let looks = 0;
    const records = replacing(process.streaming.records, {
      get: async (name) => {
        // The first look is the delete's own; then another has made the name anew.
        if (++looks === 2) await streams.swap('source', old?.version, other);
        return process.streaming.records.get(name);
      },
    });

    await deleteStream({ ...process.streaming, records }, TRUSTED, 'source');

    expect(streams.record('source')?.record).toEqual(other);
  });
});

describe('a log that forks need', () => {
  test('is noted when its name is over, and again when its last fork is deleted', async () => {
    const { process, streams, logOf, doomed } = await setUp();
    const source = logOf('source');
    await put(process, 'one', { fork: { from: 'source' } });
    await put(process, 'two', { fork: { from: 'source' } });
    const logs = async () => (await doomed()).map(({ log }) => log);

    await remove(process, 'one');
    expect(await logs(), 'the source lives').toEqual([logOf('one')]);
    expect(await streams.forks(source)).toEqual([{ name: 'two', log: logOf('two') }]);
    await remove(process, 'source');
    expect(await logs(), 'the purge looks whether a fork lives').toEqual([logOf('one'), source]);
    await remove(process, 'two');

    expect(new Set(await logs())).toEqual(new Set([logOf('one'), logOf('two'), source]));
    expect(await streams.forks(source)).toEqual([]);
  });

  test('is noted although its name lives another life by now', async () => {
    const { process, logOf, doomed } = await setUp();
    const old = { name: 'source', log: logOf('source') };
    await remove(process, 'source');
    await put(process, 'source');
    await process.streaming.streams.spare({ ...old, due: process.streaming.clock.now() + GRACE_MS });

    await takeEdgeAway(process.streaming, old, { name: 'fork', log: 'fork~1~a' });

    expect((await doomed()).map(({ log }) => log)).toEqual([old.log]);
  });

  test('lets its own source go only as the record of its name has it', async () => {
    const { process, streams, logOf } = await setUp();
    await put(process, 'fork', { fork: { from: 'source' } });
    const edges = () => streams.forks(logOf('source'));

    await release(process.streaming, 'fork', 'fork~1~earlier');
    expect(await edges()).toHaveLength(1);
    await release(process.streaming, 'fork', logOf('fork'));
    expect(await edges()).toHaveLength(0);
  });
});
