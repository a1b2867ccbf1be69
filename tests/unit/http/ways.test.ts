/** Which ways to wait a poll's answer offers: by what is configured, what is asked for, and what stands in front. */

import { describe, expect, test } from 'vitest';
import { createApp } from '../../../lib/http/app.ts';
import { pollRoutes } from '../../../lib/http/v1/poll.ts';
import { offered } from '../../../lib/http/v1/ways.ts';
import { everyone } from '../../support/memory/everyone.ts';
import { memoryProcess, memoryWorld, say } from '../../support/memory/world.ts';

const ALL = { shared: ['weather', 'board.*'], direct: true };
const AT_ONCE = { cursors: [{ channel: 'weather', maxvid: 1 }], waitMs: 0, limit: 500 };

describe('what is offered', () => {
  test('to the reader of a shared channel behind what holds shared polls, the cheapest first', () => {
    expect(offered(ALL, AT_ONCE, 'shared')).toEqual(['shared', 'direct']);
  });

  test.each([
    ['where nothing in front says so', AT_ONCE, undefined],
    ['where it says something else', AT_ONCE, 'shared, or so'],
    ['for a channel that is not shared', { ...AT_ONCE, cursors: [{ channel: 'doors' }] }, 'shared'],
    [
      'for several channels',
      { ...AT_ONCE, cursors: [{ channel: 'weather' }, { channel: 'board.a' }] },
      'shared',
    ],
  ])('is no shared poll %s', (_, request, front) => {
    expect(offered(ALL, request, front)).toEqual(['direct']);
  });

  test.each([
    ['a poll that waits', { ...AT_ONCE, waitMs: 1_000 }],
    ['a narrow poll', { ...AT_ONCE, narrow: { prefix: 'a' } }],
  ])('is nothing to %s', (_, request) => {
    expect(offered(ALL, request as typeof AT_ONCE, 'shared')).toEqual([]);
  });

  test('is nothing where nothing is on', () => {
    expect(offered({ shared: [], direct: false }, AT_ONCE, 'shared')).toEqual([]);
  });
});

describe('an answer to a poll of several channels', () => {
  const world = memoryWorld();
  const { logger, ...process } = memoryProcess(world);
  const app = createApp({ logger, random: world.random }, everyone, [pollRoutes(process.poll, ALL)]);
  const ask = async (path: string, front?: string) => {
    const headers = front === undefined ? {} : { 'Doorbell-Front': front };
    return (await app.request(path, { headers })).json();
  };

  test('names the ways, and is otherwise what it was', async () => {
    await say(memoryProcess(world), 'weather', 'a');
    const plain = (await ask('/v1/events?cursor=weather:1&wait=0')) as object;

    expect(plain).toMatchObject({ channels: [{ channel: 'weather', maxvid: 1 }], ways: ['direct'] });
    expect(await ask('/v1/events?cursor=weather:1&wait=0', 'shared')).toEqual({
      ...plain,
      ways: ['shared', 'direct'],
    });
  });

  test.each(['/v1/channels/weather/events?maxvid=1&wait=0', '/v1/events?cursor=weather:1&wait=0&prefix=a'])(
    'of %s names none',
    async (path) => {
      expect(await ask(path, 'shared')).not.toHaveProperty('ways');
    },
  );
});
