/** nginx, Varnish, HAProxy and Caddy before a hub, with the files of examples/proxies. */

import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import type { Hub } from '../../hub/server.ts';
import { mint, type TokenRequest } from '../../lib/auth/mint.ts';
import { uninterrupted } from '../../packages/testing/src/check/stop.ts';
import { verify } from '../../packages/testing/src/check/verify.ts';
import { eventsPath, over, poll, posting, publish, range, type Served, vids } from '../support/http/http.ts';
import { SharedReader } from '../support/http/shared-reader.ts';
import { openStream } from '../support/http/sse.ts';
import { fileHub, HUB_SECRET } from '../support/stack/hub.ts';
import { PROXIES, pathOf, type RunningProxy, startProxy } from '../support/stack/proxies.ts';

const READERS = 1_000;

const tokenFor = (grants: Partial<TokenRequest>) =>
  mint(HUB_SECRET, { read: [], write: [], ttlS: 600, now: Date.now(), ...grants });

for (const kind of PROXIES) {
  const isMissing = pathOf(kind.program) === undefined;
  if (isMissing)
    console.warn(
      `\n  ${kind.name} is not installed here: its tests are skipped (apt install ${kind.program})\n`,
    );

  describe.skipIf(isMissing)(`${kind.name} before a hub`, () => {
    let opened: Awaited<ReturnType<typeof fileHub>>;
    let hub: Hub;
    let proxy: RunningProxy;
    let owner: Served;
    beforeAll(async () => {
      const env = { PUBLIC_CHANNELS: 'weather', SHARED_CHANNELS: '*' };
      opened = await fileHub(':memory:', { env, settings: { h2cPort: 0 } });
      ({ hub } = opened);
      proxy = await startProxy(kind, hub, await tokenFor({ share: ['*'] }));
      owner = over(proxy.url, await tokenFor({ read: ['*'], write: ['*'] }));
    });
    afterAll(async () => {
      await proxy?.end();
      await hub?.stop();
      opened?.opened.close();
    });

    test('polls are held for 20 s and not cut', async () => {
      await publish(owner, 'quiet', { data: 1 });

      expect(await poll(owner, 'quiet', { maxvid: 1, wait: 20 })).toMatchObject({ events: [], maxvid: 1 });
    }, 40_000);

    test('a poll is answered with the event that it waits for, and a body of 4 MiB arrives', async () => {
      await publish(owner, 'doors', { data: 1 });
      const held = poll(owner, 'doors', { maxvid: 1 });
      const line = `"${'x'.repeat(250_000)}"\n`;

      const response = await owner.request(
        eventsPath('doors'),
        posting(line.repeat(16), 'application/x-ndjson'),
      );

      expect(response.status).toBe(201);
      expect(vids((await held).events)[0]).toBe(2);
    });

    test('an event of a stream comes before anything else follows', async () => {
      await publish(owner, 'live', { data: 1 });
      const stream = await openStream(owner, eventsPath('live', { maxvid: 1 }));
      await stream.next();

      await publish(owner, 'live', { data: 2 });

      expect((await stream.next())?.id).toBe('2');
      stream.close();
    });

    test('no answer of one token is given to another that asks the same at the same time', async () => {
      await publish(owner, 'doors.3', { data: 1 });
      const [mine, foreign] = await Promise.all(
        [tokenFor({ read: ['doors.3'] }), tokenFor({ read: ['alerts'] })].map(async (token) =>
          over(proxy.url, await token),
        ),
      );
      const path = eventsPath('doors.3', { maxvid: 0, wait: 0 });
      const asked = range(1, 40).map((i) => (i % 2 ? mine : foreign)?.request(path));

      const statuses = (await Promise.all(asked)).map((response) => response?.status);

      expect(statuses).toEqual(range(1, 40).map((i) => (i % 2 ? 200 : 403)));
    });

    test('shared polls of a public channel need no token, and others are never public', async () => {
      await publish(owner, 'board.1', { data: 1 });
      const status = async (channel: string) =>
        (await fetch(`${proxy.url}/v1/shared/${channel}/events?maxvid=0`)).status;

      expect([await status('weather'), await status('board.1')]).toEqual([200, 401]);
    });

    test.runIf(kind.isCollapsing)(
      'a shared poll is for those whose own token may read the channel',
      async () => {
        await publish(owner, 'board.2', { data: 'secret' });
        const path = '/v1/shared/board.2/events?maxvid=0';
        const as = async (grants: Partial<TokenRequest>) =>
          (await over(proxy.url, await tokenFor(grants)).request(path)).status;

        const statuses = [
          await as({ read: ['board.*'] }),
          await as({ read: ['doors'] }),
          await as({ write: ['*'], share: ['*'] }),
          await as({ read: ['*'], ttlS: -60 }),
          (await fetch(`${proxy.url}${path}`)).status,
          await as({ read: ['board.2'] }),
        ];

        expect(statuses).toEqual([200, 403, 403, 401, 401, 200]);
      },
    );

    test.runIf(kind.isCollapsing)(
      'the checker finds nothing wrong, with shared polls among the others',
      async () => {
        const said: string[] = [];
        const token = await tokenFor({ read: ['*'], write: ['*'] });
        const load = ['--seconds', '6', '--readers', '20', '--rate', '30', '--seed', '11'];

        const exitCode = await verify(
          ['--url', proxy.url, '--token', token, ...load],
          (text) => void said.push(text),
          uninterrupted(),
        );

        expect([exitCode, said.join('\n')]).toEqual([0, expect.stringMatching(/, \d+ shared/)]);
      },
      120_000,
    );

    test.runIf(kind.isCollapsing)('HEAD holds nothing', async () => {
      const slot = Math.floor(Date.now() / 20_000) + 1;
      const response = await fetch(`${proxy.url}/v1/shared/weather/events?maxvid=0&slot=${slot}`, {
        method: 'HEAD',
      });

      expect([response.status, response.headers.get('cache-control')]).toEqual([405, 'no-store']);
    });

    test.runIf(kind.isCollapsing)(
      '1,000 readers come to be held as two at most, and each gets every event once, in order',
      async () => {
        await publish(owner, 'weather', { data: 'first' });
        const direct = over(`http://127.0.0.1:${hub.port}`, await tokenFor({ write: ['*'] }));
        const events = 5;
        const readers = range(1, READERS).map(
          () =>
            new SharedReader(over(proxy.url), 'weather', (ms) => new Promise((then) => setTimeout(then, ms))),
        );
        const reading = readers.map((reader) => reader.readUntil(() => reader.maxvid >= events));
        const areWaiting = (newest: number) => {
          const { size } = hub.ports.poll.held;
          return size > 0 && size <= 2 && readers.every(({ maxvid }) => maxvid >= newest);
        };
        // Those who are behind are answered at once, and on a busy machine many are under way. Then all come to be held as two at most: two turns meet.
        for (const event of range(2, events)) {
          await vi.waitUntil(() => areWaiting(event - 1), { timeout: 60_000 });
          await publish(direct, 'weather', { data: event });
        }
        await Promise.all(reading);

        for (const { seen, repeated } of readers) {
          expect([...seen.values()]).toEqual([range(1, events)]);
          expect(repeated).toEqual([]);
        }
      },
      120_000,
    );
  });
}
