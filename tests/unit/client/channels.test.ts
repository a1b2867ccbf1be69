/** Channels that are added to a subscription and removed from it: each event of each of them once, in order, whatever else is going on. */
import { describe, expect, test } from 'vitest';
import { type Store, subscribe } from '../../../packages/client/src/index.ts';
import { startScene, vids } from '../../support/browser/client.ts';

const alone = { share: false, from: 'start' } as const;

describe('a channel that is added', () => {
  test('before anybody listens begins where it was asked for', async () => {
    const { server, time, browser } = startScene();
    server.publish('doors', 2);
    server.publish('alerts', 2);
    const subscription = subscribe('doors', { share: false, platform: browser.open(server.fetch).platform });
    subscription.add('alerts', 'start');
    const seen: string[] = [];
    subscription.on('event', ({ channel, vid }) => void seen.push(`${channel}:${vid}`));
    await time.advance(1_000);

    expect(seen).toEqual(vids('alerts', 2));
  });

  test('though it is followed already stays where it is', async () => {
    const { server, time, read } = startScene();
    server.publish('doors', 2);
    const reader = read('doors', alone);
    await time.advance(100);

    reader.subscription.add('doors', 'start');
    await time.advance(1_000);

    expect(reader.seen).toEqual(vids('doors', 2));
  });

  test('as the eleventh is refused, and the ten go on', async () => {
    const { server, time, read } = startScene();
    const ten = Array.from({ length: 10 }, (_, i) => `c${i}`);
    const reader = read(ten, alone);
    expect(() => reader.subscription.add('eleventh')).toThrow(
      expect.objectContaining({ code: 'bad-request' }),
    );

    reader.subscription.remove('c0');
    reader.subscription.add('tenth', 'start');
    server.publish('tenth');
    await time.advance(1_000);

    expect(reader.seen).toEqual(['tenth:1']);
    expect(server.asked.join()).not.toContain('eleventh');
  });
});

describe('a channel that is removed', () => {
  test('and added again gives nothing of what was waiting before', async () => {
    const { server, time, browser } = startScene();
    server.publish('doors', 3);
    const subscription = subscribe('doors', { ...alone, platform: browser.open(server.fetch).platform });
    const seen: number[] = [];
    subscription.on('event', ({ vid }) => {
      seen.push(vid);
      if (seen.length > 1) return;
      subscription.remove('doors');
      subscription.add('doors', 'start');
    });
    await time.advance(1_000);

    expect(seen).toEqual([1, 1, 2, 3]);
  });

  test('while its place is still looked up does not keep the others from beginning', async () => {
    const { server, time, read } = startScene();
    server.publish('doors', 2);
    const slow = Promise.withResolvers<undefined>();
    const store: Store = {
      get: (channel) => (channel === 'slow' ? slow.promise : null),
      set: () => undefined,
    };
    const reader = read(['doors', 'slow'], { ...alone, store });
    await time.advance(100);

    reader.subscription.remove('slow');
    slow.resolve(undefined);
    await time.advance(1_000);

    expect(reader.seen).toEqual(vids('doors', 2));
  });
});
