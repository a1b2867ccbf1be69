/** StreamDB: collections of TanStack DB that are kept in a stream. */

import { DurableStream } from '@durable-streams/client';
import { createStateSchema } from '@durable-streams/state';
import { createStreamDB, eq } from '@durable-streams/state/db';
import { createLiveQueryCollection } from '@tanstack/db';
import { describe, expect, test } from 'vitest';
import { fresh, headers } from './server.mjs';

const anything = { '~standard': { version: 1, vendor: 'doorbell', validate: (value) => ({ value }) } };
const schema = createStateSchema({ doors: { schema: anything, type: 'door', primaryKey: 'id' } });

/** An action changes the collection at once, and is over when the stream has brought its change back. */
const actions = ({ db, stream }) => {
  const sent = async (change) => {
    const txid = crypto.randomUUID();
    const { headers: said, ...event } = change;
    await stream.append(JSON.stringify({ ...event, headers: { ...said, txid } }));
    await db.utils.awaitTxId(txid, 30_000);
  };
  return {
    add: {
      onMutate: (door) => db.collections.doors.insert(door),
      mutationFn: (door) => sent(schema.doors.insert({ value: door })),
    },
    open: {
      onMutate: (door) => db.collections.doors.update(door.id, (row) => Object.assign(row, door)),
      mutationFn: (door) => sent(schema.doors.update({ value: door })),
    },
    drop: {
      onMutate: ({ id }) => db.collections.doors.delete(id),
      mutationFn: ({ id }) => sent(schema.doors.delete({ key: id })),
    },
  };
};

async function opened(url) {
  const db = createStreamDB({
    streamOptions: { url, headers, contentType: 'application/json' },
    state: schema,
    actions,
  });
  await db.preload();
  return db;
}

const rows = (db) => db.collections.doors.toArray.map(({ id, isOpen }) => [id, isOpen]).sort();

describe('@durable-streams/state with @tanstack/db', () => {
  test('what one database changes, another one shows, and a third that comes later', async () => {
    const url = fresh('db');
    await DurableStream.create({ url, headers, contentType: 'application/json' });
    const one = await opened(url);
    const other = await opened(url);
    const open = createLiveQueryCollection((q) =>
      q.from({ door: other.collections.doors }).where(({ door }) => eq(door.isOpen, true)),
    );
    await open.preload();

    await one.actions.add({ id: 'a', isOpen: false }).isPersisted.promise;
    await one.actions.add({ id: 'b', isOpen: true }).isPersisted.promise;
    await other.actions.open({ id: 'a', isOpen: true }).isPersisted.promise;
    await other.actions.drop({ id: 'b' }).isPersisted.promise;
    await expect.poll(() => rows(one), { timeout: 30_000 }).toEqual([['a', true]]);

    expect(rows(await opened(url))).toEqual([['a', true]]);
    expect(open.toArray.map(({ id }) => id)).toEqual(['a']);
    one.close();
    other.close();
  });
});
