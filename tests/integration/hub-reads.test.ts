/** Much that is read from a hub's file at once, by one client: it takes its time, and nobody else's. */

import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { connect } from 'node:http2';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest';
import { eventsPath, publish, publishLines, range, type Served } from '../support/http/http.ts';
import { fileHub, hubToken, ownerOf } from '../support/stack/hub.ts';

type Opened = Awaited<ReturnType<typeof fileHub>>;
/** More than the hub can answer in one turn of its loop, and than one connection may leave unread. */
const REQUESTS = 100;

let folder: string;
let hub: Opened['hub'];
let opened: Opened['opened'];
let owner: Served;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'doorbell-reads-'));
  ({ hub, opened } = await fileHub(join(folder, 'doorbell.db'), { settings: { h2cPort: 0 } }));
  owner = await ownerOf(hub);
  const line = JSON.stringify({ data: 'x'.repeat(2_000) });
  for (const _ of range(1, 3))
    await publishLines(
      owner,
      'large',
      Array.from({ length: 250 }, () => line),
    );
});
afterAll(async () => {
  await hub?.stop();
  await opened?.close();
  await rm(folder, { recursive: true, force: true });
});

test.each([
  ['events', eventsPath('large', { maxvid: 0, wait: 0 })],
  ['a stream', '/v1/stream/large?offset=-1'],
])(
  'a publish is not held up by one connection that asks a hundred times for a megabyte of %s',
  async (_, path) => {
    const session = connect(`http://127.0.0.1:${hub.h2cPort}`, { settings: { initialWindowSize: 0 } });
    onTestFinished(() => session.destroy());
    session.on('error', () => undefined);
    await once(session, 'remoteSettings');
    const authorization = `Bearer ${await hubToken()}`;
    let answered = 0;
    for (const _ of range(1, REQUESTS)) {
      const stream = session.request({ ':path': path, authorization });
      stream.on('error', () => undefined);
      stream.on('response', () => {
        answered++;
      });
    }

    // The first may come before them.
    await publish(owner, 'doors', { data: 1 });
    await publish(owner, 'doors', { data: 2 });

    expect(answered).toBeLessThan(REQUESTS / 2);
  },
);
