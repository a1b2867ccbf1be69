/** `beginFetch`: where a subscription begins that has no position yet. */
import { describe, expect, test } from 'vitest';
import { beginFetch } from '../../../packages/client/src/begin.ts';
import { startScene } from '../../support/browser/client.ts';

describe('a subscription', () => {
  test('begins so many events before the newest, and goes on from there', async () => {
    const { server, time, browser, read } = startScene();
    server.publish('doors', 9);
    const tab = browser.open(server.fetch);
    const fetch = beginFetch({ last: 2, fetch: tab.platform.fetch });
    const reader = read('doors', { platform: { ...tab.platform, fetch } }, tab);
    await time.advance(1_000);
    server.publish('doors');
    await time.advance(1_000);

    expect(reader.seen).toEqual(['doors:8', 'doors:9', 'doors:10']);
    expect(reader.missed).toEqual([]);
    expect(server.asked.filter((path) => path.includes('last=2'))).toEqual([
      '/v1/events?cursor=doors&wait=0&last=2',
    ]);
  });

  test('begins anew there when its first poll was lost', async () => {
    const { server, time, browser, read } = startScene();
    server.publish('doors', 9);
    let failures = 1;
    server.fault = () => (failures-- > 0 ? 'answer lost' : undefined);
    const tab = browser.open(server.fetch);
    const fetch = beginFetch({ last: 1, fetch: tab.platform.fetch });
    const reader = read('doors', { platform: { ...tab.platform, fetch } }, tab);
    await time.advance(5_000);

    expect(reader.seen).toEqual(['doors:9']);
  });
});

test.each([
  [{ since: '2026-11-30T08:00:00+01:00' }, '&since=2026-11-30T08%3A00%3A00%2B01%3A00'],
  [{ since: new Date(0) }, '&since=1970-01-01T00%3A00%3A00.000Z'],
  [{ last: 0 }, '&last=0'],
])(
  '%j is asked of a poll without a position, of one channel or several, and of no other request',
  async (beginning, more) => {
    const asked: string[] = [];
    const fetch = beginFetch({
      ...beginning,
      fetch: async (input) => {
        asked.push(String(input));
        return new Response();
      },
    });
    for (const path of [
      'events?cursor=a&wait=0',
      'events?cursor=a&cursor=b&wait=0&client=c',
      'events?cursor=a:1:e&wait=20',
      'channels/a/state',
    ])
      await fetch(`https://doorbell.example/v1/${path}`);

    expect(asked.map((one) => one.replace('https://doorbell.example/v1/', ''))).toEqual([
      `events?cursor=a&wait=0${more}`,
      `events?cursor=a&cursor=b&wait=0&client=c${more}`,
      'events?cursor=a:1:e&wait=20',
      'channels/a/state',
    ]);
  },
);

test.each([
  [{}],
  [{ last: 1, since: new Date(0) }],
  [{ last: -1 }],
  [{ last: 1.5 }],
  [{ since: new Date(Number.NaN) }],
])('%j is no beginning', (beginning) => {
  expect(() => beginFetch(beginning)).toThrow(expect.objectContaining({ code: 'bad-request' }));
});
