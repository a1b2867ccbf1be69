/** The page's clock: the server's, whatever the machine's says. */
import { expect, test } from 'vitest';
import { hearing, ServerTime } from '../../../dashboard/model/server-time.ts';

const NOON = Date.parse('2026-01-01T12:00:00.000Z');
const AHEAD_MS = 900_000;

/** A machine whose wall clock is 15 minutes ahead of the server's. */
function machine() {
  let passed = 0;
  const pass = (ms: number): void => {
    passed += ms;
  };
  const clock = { now: () => NOON + AHEAD_MS + passed, elapsed: () => 70 + passed };
  return { time: new ServerTime(clock), pass };
}
const header = (ms: number) => new Date(ms).toUTCString();

test('the page takes the time of the server and not of a machine that is 15 minutes ahead', () => {
  const { time, pass } = machine();
  time.heard(header(NOON));
  pass(4_000);

  expect(time.now()).toBe(NOON + 4_000);
});

test('the page takes the time of the machine until a server has answered', () => {
  const { time } = machine();
  time.heard(null);
  time.heard('yesterday');

  expect(time.now()).toBe(NOON + AHEAD_MS);
});

test('a slow answer does not set the page back, and a faster one sets it right', () => {
  const { time, pass } = machine();
  time.heard(header(NOON));
  pass(3_900);
  time.heard(header(NOON + 1_000));
  expect(time.now()).toBe(NOON + 3_900);

  time.heard(header(NOON + 4_000));
  expect(time.now()).toBe(NOON + 4_000);
});

test('the page follows a server whose clock was set back', () => {
  const { time, pass } = machine();
  time.heard(header(NOON));
  pass(1_000);
  time.heard(header(NOON - 3_600_000));

  expect(time.now()).toBe(NOON - 3_600_000);
});

test('every answer tells the time', async () => {
  const { time } = machine();
  const answer = async () => new Response('', { headers: { date: header(NOON) } });

  await hearing(answer, time)('https://example.test/');

  expect(time.now()).toBe(NOON);
});
