/** What the page asks the service for besides events. */
import { describe, expect, test } from 'vitest';
import { wordsFor } from '../../../dashboard/ask.ts';
import { ChannelNames } from '../../../dashboard/channel-names.ts';
import { Heads } from '../../../dashboard/heads.ts';
import { Picture } from '../../../dashboard/model/picture.ts';

/** A service that answers each path as the function says, and remembers what it was asked. */
function service(answer: (path: string) => Response | Promise<Response>) {
  const asked: string[] = [];
  const fetch: typeof globalThis.fetch = async (input) => {
    const path = String(input).slice('https://x.example/'.length);
    asked.push(path);
    return answer(path);
  };
  return { asked, connection: { base: 'https://x.example/', token: () => 'a token', platform: { fetch } } };
}

describe('the names of the channels', () => {
  const pages = (path: string) => {
    const after = new URL(`https://x.example/${path}`).searchParams.get('after');
    const first = after === null ? 0 : Number(after);
    const channels = Array.from({ length: 1_000 }, (_, i) => ({ channel: String(first + i + 1) }));
    return Response.json({ channels, next: first < 2_000 ? String(first + 1_000) : null });
  };

  test('are one page until somebody searches, and then all', async () => {
    const { asked, connection } = service(pages);
    const source = new ChannelNames(connection);

    expect(await source.load(false)).toMatchObject({ isWhole: false, names: { length: 1_000 } });
    expect(await source.load(true)).toMatchObject({ isWhole: true, names: { length: 3_000 } });
    expect(asked.slice(1)).toEqual([
      'v1/channels?limit=1000',
      'v1/channels?limit=1000&after=1000',
      'v1/channels?limit=1000&after=2000',
    ]);
  });

  test('are bounded, however many channels there are', async () => {
    const endless = Array.from({ length: 1_000 }, (_, i) => ({ channel: `c${i}` }));
    const { asked, connection } = service(() => Response.json({ channels: endless, next: 'c999' }));

    expect(await new ChannelNames(connection).load(true)).toMatchObject({ names: { length: 10_000 } });
    expect(asked.length).toBe(10);
  });

  test('of an earlier search are dropped when a later one has begun', async () => {
    const held = Promise.withResolvers<Response>();
    const answers = [held.promise, Response.json({ channels: [], next: null })];
    const source = new ChannelNames(service(() => answers.shift() ?? Response.error()).connection);

    const [earlier, later] = [source.load(true), source.load(true)];
    held.resolve(Response.json({ channels: [{ channel: 'old' }], next: null }));

    expect(await earlier).toBeUndefined();
    expect(await later).toEqual({ names: [], isWhole: true });
  });

  test.each([
    [403, 'The token does not allow to see them.'],
    [503, 'Not known: the server does not answer.'],
    [404, 'None.'],
  ])('that cannot be had are told as what was answered: %i', async (status, words) => {
    const source = new ChannelNames(service(() => Response.json({}, { status })).connection);

    const names = await source.load(false);

    expect(names?.failed && wordsFor(names.failed, 'None.')).toBe(words);
  });

  test('that cannot be asked for are not known', async () => {
    const source = new ChannelNames(service(() => Promise.reject(new Error('no network'))).connection);

    expect(await source.load(false)).toEqual({ failed: { status: 0, body: undefined } });
  });
});

describe('how far the logs have come', () => {
  function heads(answer: (path: string) => Response) {
    let elapsed = 0;
    const { asked, connection } = service(answer);
    const picture = new Picture();
    picture.follow({ channels: ['a', 'b'] });
    for (const pane of picture.panes) pane.reached = 0;
    const clock = { now: () => 0, elapsed: () => elapsed };
    const pass = (ms: number): void => {
      elapsed += ms;
    };
    return { asked, picture, pass, headReader: new Heads(connection, picture, clock) };
  }

  test('is asked of each channel that is followed, and makes the page say that it is behind', async () => {
    const scene = heads(() => Response.json({ head: 800, earliest: 1 }));

    scene.headReader.refresh();

    await expect.poll(() => scene.picture.behind(0)).toBe(1_600);
    expect(scene.asked).toEqual(['v1/channels/a', 'v1/channels/b']);
  });

  test('is asked again after 30 s and not before', async () => {
    const scene = heads(() => Response.json({ head: 1, earliest: 1 }));
    scene.headReader.refresh();
    scene.pass(29_999);
    scene.headReader.tick();
    await expect.poll(() => scene.asked.length).toBe(2);

    scene.pass(1);
    scene.headReader.tick();

    await expect.poll(() => scene.asked.length).toBe(4);
  });

  test('is no lag where the server does not say it', async () => {
    const scene = heads(() => Response.json({ title: 'Not found' }, { status: 404 }));
    scene.headReader.refresh();

    await expect.poll(() => scene.asked.length).toBe(2);
    expect(scene.picture.behind(60_000)).toBe(0);
  });
});
