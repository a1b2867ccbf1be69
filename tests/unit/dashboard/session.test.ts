/** What the page follows, from one channel to the next. */
import { expect, test } from 'vitest';
import { Session } from '../../../dashboard/session.ts';
import { startScene } from '../../support/browser/client.ts';

test('a channel that was left while its token was awaited is not followed', async () => {
  const { server, time, browser } = startScene();
  server.publish('doors', 2);
  server.publish('alerts', 2);
  const seen: string[] = [];
  const reached: string[] = [];
  const heard = {
    status: () => {},
    missed: () => {},
    reset: () => {},
    reached: (channel: string, vid: number) => void reached.push(`${channel}:${vid}`),
    event: ({ channel, vid }: { readonly channel: string; readonly vid: number }) =>
      void seen.push(`${channel}:${vid}`),
  };
  const session = new Session(
    { token: async () => 'token', platform: browser.open(server.fetch).platform },
    heard,
  );

  session.follow({ channels: ['doors'], from: 'last' });
  session.follow({ channels: ['alerts'], from: 'last' });
  await time.advance(1_000);

  expect(seen).toEqual(['alerts:1', 'alerts:2']);
  expect(reached.at(-1)).toBe('alerts:2');
  expect(reached.join()).not.toContain('doors');
  expect(server.asked.join()).not.toContain('doors');
});
