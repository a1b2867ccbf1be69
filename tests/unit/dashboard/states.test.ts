/** Which states the page follows, when, and how much of one it takes. */
import { expect, test } from 'vitest';
import type { Begun } from '../../../dashboard/session.ts';
import { States } from '../../../dashboard/states.ts';
import { startScene } from '../../support/browser/client.ts';

function startStates(
  begin?: () => Promise<Begun | undefined>,
  bounds?: { readonly keys: number; readonly pages: number },
) {
  const scene = startScene();
  const { platform } = scene.browser.open(scene.server.fetch);
  const told: string[] = [];
  const states = new States(
    { platform },
    begin ?? (async () => ({ channels: ['doors', 'alerts'], share: 'g' })),
    {
      change: (channel, { changed, deleted }) =>
        void told.push(`${channel} ${changed.map(({ key, data }) => `${key}=${data}`)} -${deleted}`),
      status: (channel, { state }) => void (state === 'stopped' && told.push(`${channel} ${state}`)),
      tooLarge: (channel) => void told.push(`${channel} is too large`),
    },
    bounds,
  );
  return { ...scene, states, told };
}

test('a state is asked for when somebody looks, once, and goes on until the channel is left', async () => {
  const { server, time, states, told } = startStates();
  server.set('doors', 'a', 1);
  await time.advance(1_000);
  expect(server.asked).toEqual([]);

  states.want();
  states.want();
  await time.advance(1_000);
  server.set('alerts', 'b', 2);
  await time.advance(1_000);
  expect(told).toEqual(['doors a=1 -', 'alerts  -', 'alerts b=2 -']);
  expect(server.asked.filter((path) => path.endsWith('/state')).length).toBe(2);
  states.leave();
  server.set('doors', 'a', 3);
  await time.advance(1_000);

  expect(told.length).toBe(3);
  expect(server.open.size).toBe(0);
});

test('a channel that was left while its token was awaited is not asked', async () => {
  const begun = Promise.withResolvers<Begun>();
  const { server, time, states } = startStates(() => begun.promise);
  states.want();
  states.leave();
  begun.resolve({ channels: ['doors'], share: 'g' });
  await time.advance(1_000);

  expect(server.asked).toEqual([]);
});

test('changes of a key that come fast are told four times a second at most', async () => {
  const { server, time, states, told } = startStates(async () => ({ channels: ['doors'], share: 'g' }));
  server.set('doors', 'a', 0);
  states.want();
  await time.advance(1_000);
  for (let i = 1; i <= 100; i++) {
    server.set('doors', 'a', i);
    await time.advance(10);
  }
  await time.advance(1_000);

  expect(told.length).toBeLessThan(8);
  expect(told.at(-1)).toBe('doors a=100 -');
});

test.each([
  ['keys', 11, 100],
  ['pages', 9, 2],
])('of more %s than a page can hold is given up, and that is said', async (_, count, pageEntries) => {
  const { server, time, states, told } = startStates(async () => ({ channels: ['doors'], share: 'g' }), {
    keys: 10,
    pages: 3,
  });
  const keys = server.keys('doors');
  for (let i = 1; i <= count; i++) keys.write(i, { key: `k${i}`, data: i });
  server.publish('doors', count);
  keys.pageEntries = pageEntries;
  states.want();
  await time.advance(5_000);

  expect(told).toEqual(['doors is too large']);
  expect(server.open.size).toBe(0);
});
