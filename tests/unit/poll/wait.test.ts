/** The wait of one poll: what wakes it, what ends it, and that nothing is left behind. */

import { expect, test } from 'vitest';
import { Wait } from '../../../lib/poll/wait.ts';
import { track } from '../../support/memory/world.ts';
import { settle } from '../../support/time/clock.ts';

function waking() {
  const state = { begun: 0, takenBack: 0, wake: (_news: boolean) => {} };
  const begin = (wake: (news: boolean) => void) => {
    state.begun++;
    state.wake = wake;
    return () => {
      state.takenBack++;
    };
  };
  return { begin, state };
}

test.each([true, false])(
  'a wait ends as the first of its wakings says (%s), and takes all of them back',
  async (news) => {
    const [one, other] = [waking(), waking()];
    const sleeping = new Wait().sleep((wake) => [one.begin(wake), other.begin(wake)]);

    other.state.wake(news);
    one.state.wake(!news);

    expect(await sleeping).toBe(news);
    expect([one.state.takenBack, other.state.takenBack]).toEqual([1, 1]);
  },
);

test('a wait is taken back also when it was woken while it began', async () => {
  const late = waking();
  const atOnce = (wake: (news: boolean) => void) => {
    wake(true);
    return () => undefined;
  };

  const news = await new Wait().sleep((wake) => [atOnce(wake), late.begin(wake)]);

  expect(news).toBe(true);
  expect(late.state.takenBack).toBe(late.state.begun);
});

test('a wait ends without news when nobody waits for the answer any more, and says why', async () => {
  const wait = new Wait();
  const { begin, state } = waking();
  const sleeping = track(wait.sleep((wake) => [begin(wake)]));
  await settle();

  wait.end('superseded');
  wait.end('gone');

  expect(await sleeping.promise).toBe(false);
  expect(wait.over).toBe('superseded');
  expect(state.takenBack).toBe(1);
});

test('a wait does not begin once it is over', async () => {
  const wait = new Wait();
  const { begin, state } = waking();
  wait.end('gone');

  expect(await wait.sleep((wake) => [begin(wake)])).toBe(false);
  expect(state.begun).toBe(0);
});
