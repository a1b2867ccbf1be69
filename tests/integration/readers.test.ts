/** The readers in other languages: each follows a channel of a hub as a user would run it, and ends when it is not let in. */

import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import type { Hub } from '../../hub/server.ts';
import { mint } from '../../lib/auth/mint.ts';
import type { HubFile } from '../../lib/compose/sqlite-hub.ts';
import type { Event } from '../../lib/protocol/doorbell.ts';
import { type Running, start } from '../support/cli/commands.ts';
import { publish, type Served } from '../support/http/http.ts';
import { commandOf, LANGUAGES, lackingFor } from '../support/readers/languages.ts';
import { fileHub, HUB_SECRET, hubToken, ownerOf } from '../support/stack/hub.ts';

let hub: Hub;
let opened: HubFile;
let owner: Served;
let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'doorbell-readers-'));
  ({ hub, opened } = await fileHub(join(folder, 'log.db')));
  owner = await ownerOf(hub);
});
afterAll(async () => {
  await hub?.stop();
  opened?.close();
  await rm(folder, { recursive: true, force: true });
});

for (const each of LANGUAGES) {
  const lacking = lackingFor(each);

  // They wait most of their time, each on a channel and for servers of its own.
  describe.skipIf(lacking !== undefined).concurrent(`the ${each.language} readers`, () => {
    test.each(['poll', 'stream'])(
      '%s: prints what is there, then what comes, each event once',
      async (kind) => {
        const channel = `${kind}-${each.ending}`;
        const [program = '', ...args] = await commandOf(kind, each, folder);
        await publish(owner, channel, [{ data: 'there' }, { data: { with: 'ünïcode' } }]);

        const reader = start(program, [...args, channel], {
          PATH: process.env.PATH,
          DOORBELL_URL: `http://127.0.0.1:${hub.port}`,
          DOORBELL_TOKEN: await hubToken(),
        });
        try {
          await printed(reader, 2);
          await publish(owner, channel, { data: 'new' });
          await printed(reader, 3);
        } finally {
          await reader.end('SIGKILL');
        }

        const events = reader.lines().map((line) => JSON.parse(line) as Event);
        expect(events.map(({ vid }) => vid)).toEqual([1, 2, 3]);
        expect(events.map(({ data }) => data)).toEqual(['there', { with: 'ünïcode' }, 'new']);
      },
      240_000,
    );

    test.each(['poll', 'stream'])(
      '%s: with a token that is narrowed to a key prints its events, and goes on behind those of others',
      async (kind) => {
        const channel = `narrow-${kind}-${each.ending}`;
        const [program = '', ...args] = await commandOf(kind, each, folder);
        const read = [`${channel}#mine`];
        const others = Array.from({ length: 20 }, (_, i) => ({ key: 'theirs', data: i }));
        await publish(owner, channel, [...others, { key: 'mine', data: 1 }, ...others]);

        const reader = start(program, [...args, channel], {
          PATH: process.env.PATH,
          DOORBELL_URL: `http://127.0.0.1:${hub.port}`,
          DOORBELL_TOKEN: await mint(HUB_SECRET, { read, write: [], ttlS: 600, now: Date.now() }),
        });
        try {
          await printed(reader, 1);
          await publish(owner, channel, [...others, { key: 'mine', data: 2 }]);
          await printed(reader, 2);
        } finally {
          await reader.end('SIGKILL');
        }

        const events = reader.lines().map((line) => JSON.parse(line) as Event);
        expect(events.map(({ vid }) => vid)).toEqual([21, 62]);
      },
      240_000,
    );

    test.skipIf(each.ending === 'php' || each.ending === 'sh')(
      'poll: waits a moment where a proxy asks it to come at a time that it cannot read',
      async () => {
        const asked: string[] = [];
        const odd = createServer((request, response) => {
          asked.push(request.url ?? '');
          const isFirst = asked.length === 1;
          const head = isFirst ? { 'retry-after': 'Wed, 21 Oct 2015 07:28:00 GMT' } : {};
          response.writeHead(isFirst ? 503 : 200, { 'content-type': 'application/json', ...head });
          response.end(JSON.stringify({ events: [{ vid: 1 }], maxvid: 1, epoch: 'e1' }));
        }).listen(0, '127.0.0.1');
        await once(odd, 'listening');
        const [program = '', ...args] = await commandOf('poll', each, folder);
        const reader = start(program, [...args, 'doors'], {
          PATH: process.env.PATH,
          DOORBELL_URL: `http://127.0.0.1:${(odd.address() as AddressInfo).port}`,
          DOORBELL_TOKEN: 'any',
        });
        try {
          await printed(reader, 1);
        } finally {
          await reader.end('SIGKILL');
          odd.closeAllConnections();
          odd.close();
        }

        expect(asked[1], 'from the same place').toBe(asked[0]);
      },
      240_000,
    );

    test.each(['poll', 'stream'])(
      '%s: ends when its token is not good',
      async (kind) => {
        const [program = '', ...args] = await commandOf(kind, each, folder);

        const reader = start(program, [...args, 'doors'], {
          PATH: process.env.PATH,
          DOORBELL_URL: `http://127.0.0.1:${hub.port}`,
          DOORBELL_TOKEN: 'wrong',
        });

        expect(await reader.ended()).toBe(1);
        expect(reader.lines()).toEqual([]);
      },
      240_000,
    );

    test.each(['poll', 'stream'])(
      '%s: asks no odd server in a hot loop, and does not end of its answers',
      async (kind) => {
        const [program = '', ...args] = await commandOf(kind, each, folder);

        const spans = await Promise.all(ODD.map((answer) => spanOfThree([program, ...args], answer)));

        for (const [i, span] of spans.entries()) expect(span, JSON.stringify(ODD[i])).toBeGreaterThan(1_500);
      },
      240_000,
    );
  });
}

/** What servers and proxies in front of them have answered, at once and again and again. */
const ODD: readonly { status: number; body: string; headers?: Record<string, string> }[] = [
  { status: 409, body: '{"code":"reset"}' },
  { status: 200, body: '{"channel":"doors","epoch":null,"events":[],"maxvid":0,"missed":0}' },
  { status: 200, body: '{"channels":[]}' },
  { status: 200, body: '{"channel":"doors","epoch":"e","events":[{"vid":1}],"maxvid":0,"missed":0}' },
  { status: 200, body: '{"channel":"doors","epoch":"e","events":[{"vid":1}]}' },
  { status: 200, body: '{"events":[{"vid":1}],"maxvid":null,"epoch":1}' },
  { status: 200, body: 'All is well.' },
  { status: 200, body: '' },
  { status: 503, body: '', headers: { 'retry-after': '0' } },
  { status: 503, body: '', headers: { 'retry-after': 'soon' } },
  { status: 503, body: '', headers: { 'retry-after': '-9999999999999' } },
];

/** In how many ms a reader asks a server three times, once it has asked it, that answers so. */
async function spanOfThree(
  [program = '', ...args]: readonly string[],
  { status, body, headers = {} }: (typeof ODD)[number],
): Promise<number> {
  const asked: number[] = [];
  const server = createServer((_, response) => {
    asked.push(performance.now());
    response.writeHead(status, { 'content-length': Buffer.byteLength(body), ...headers }).end(body);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const reader = start(program, [...args, 'doors'], {
    PATH: process.env.PATH,
    DOORBELL_URL: `http://127.0.0.1:${port}`,
    DOORBELL_TOKEN: 'x',
  });
  try {
    await vi.waitUntil(() => asked.length >= 4, { timeout: 60_000, interval: 50 });
  } finally {
    await reader.end('SIGKILL');
    server.closeAllConnections();
    server.close();
  }
  // Not from the first: a reader that waited for its connection on a busy machine takes that answer for one that was held.
  return (asked[3] ?? 0) - (asked[1] ?? 0);
}

function printed(reader: Running, count: number): Promise<boolean> {
  return vi.waitUntil(() => reader.lines().length >= count, { timeout: 120_000, interval: 50 });
}
