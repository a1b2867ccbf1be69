/** A reader whose server, or something before it, gives answers that make no sense. Time is virtual. */
import { describe, expect, test } from 'vitest';
import { startScene, vids } from '../../support/browser/client.ts';
import { eventsAfter, type OddAnswer, OddServer, RETRY_AFTER } from '../../support/browser/odd-answers.ts';

const alone = { share: false, from: 'start' } as const;
const reset = (epoch: string) => ({
  ...{ type: 'urn:doorbell:problem:reset', title: 'Reset', detail: 'Reset.', status: 409 },
  ...{ channel: 'doors', epoch, head: 5, earliest: 1 },
});
const poll = (more: object) => ({
  channels: [{ channel: 'doors', epoch: 'one', events: [], maxvid: 0, missed: 0, ...more }],
});
const ok = (body: OddAnswer['body']): OddAnswer => ({ status: 200, afterMs: 1, body });

/** Of two servers with a log each, behind one address: each says of the other's reader that its log was made anew. */
const TWO_LOGS: readonly OddAnswer[] = ['one', 'two'].flatMap((epoch) => [
  ok(() => poll({ epoch, events: eventsAfter(0, 5), maxvid: 5 })),
  { status: 409, afterMs: 1, body: () => reset(epoch === 'one' ? 'two' : 'one') },
]);

const ODD: ReadonlyArray<readonly [what: string, answers: readonly OddAnswer[]]> = [
  ['no channel at all', [ok(() => ({ channels: [] }))]],
  ['another channel than the one asked for', [ok(() => poll({ channel: 'alerts', maxvid: 3 }))]],
  [
    'a place that goes back',
    [ok(() => poll({ events: eventsAfter(0, 5), maxvid: 5 })), ok(() => poll({ maxvid: 2 }))],
  ],
  [
    'an event at once, and then a slow way back',
    [
      ok(() => poll({ events: eventsAfter(0, 1), maxvid: 1 })),
      { status: 200, afterMs: 1_001, body: () => poll({ maxvid: 0 }) },
    ],
  ],
  ['the same events again and again', [ok(() => poll({ events: eventsAfter(0, 5), maxvid: 0 }))]],
  ['a place ahead, and nothing on the way to it', [ok(([at]) => poll({ maxvid: (at?.maxvid ?? 0) + 9 }))]],
  ['more and more that is missed', [ok(([at]) => poll({ maxvid: (at?.maxvid ?? 0) + 9, missed: 9 }))]],
  ['a place that no number can hold', [ok(() => poll({ maxvid: 1e300, missed: 1e300 }))]],
  [
    'another life',
    [ok(() => poll({ maxvid: 1, missed: 1 })), ok(() => poll({ epoch: 'two', maxvid: 2, missed: 1 }))],
  ],
  ['events that are none', [ok(() => poll({ events: [null, 7, {}], maxvid: 3 }))]],
  ['members of other types', [ok(() => poll({ events: 'none', maxvid: '3', missed: null, epoch: {} }))]],
  ['null', [ok(() => null)]],
  ['a list', [ok(() => [])]],
  ['what is not JSON', [ok(() => '<h1>Please sign in</h1>')]],
  ['twenty megabytes of nothing', [ok(() => ' '.repeat(20_000_000))]],
  ['resets without an end', [{ status: 409, afterMs: 1, body: () => reset(`${Math.random()}`) }]],
  ['two logs that alternate', TWO_LOGS],
];

describe.each([
  ['the start', 'start'],
  ['now', 'now'],
] as const)('a reader from %s', (_, from) => {
  test.each(ODD)('asks at most 40 times in a minute when it is given %s', async (_, answers) => {
    const { time, browser, read } = startScene();
    const odd = new OddServer(time, answers);
    const reader = read('doors', { ...alone, from }, browser.open(odd.fetch));

    await time.advance(60_000);

    expect(odd.asked.length).toBeLessThanOrEqual(40);
    expect(odd.asked.length).toBeGreaterThan(1);
    expect(reader.subscription.status.state).not.toBe('stopped');
  });
});

test.each(ODD)('follows again without a gap when, after %s, the answers are right', async (_, answers) => {
  const { server, time, browser, read } = startScene();
  const odd = new OddServer(time, answers);
  let fetch = odd.fetch;
  const reader = read(
    'doors',
    alone,
    browser.open((input, init) => fetch(input, init)),
  );
  await time.advance(60_000);

  fetch = server.fetch;
  server.publish('doors', 20);
  await time.advance(120_000);
  const before = reader.seen.length;
  server.publish('doors', 3);
  await time.advance(60_000);

  expect(reader.seen.slice(before)).toEqual(vids('doors', 23, 21));
  expect(reader.subscription.status).toEqual({ state: 'live' });
});

test('a server that holds polls is asked again at once, though the clock is set back during each of them', async () => {
  const { time, browser, read } = startScene();
  const held = (positions: readonly { readonly maxvid?: number | undefined }[]) =>
    poll({ maxvid: positions[0]?.maxvid ?? 0 });
  const odd = new OddServer(time, [{ status: 200, afterMs: 9_000, body: held }]);
  read('doors', alone, browser.open(odd.fetch));

  await time.advance(9_500);
  for (let i = 0; i < 60; i++) {
    await time.advance(9_000);
    time.set(-11_000);
  }

  expect(odd.asked.length).toBe(62);
});

test('a subscription says that it waits, and why, when the answers are of another channel', async () => {
  const { time, browser, read } = startScene();
  const odd = new OddServer(time, [ok(() => poll({ channel: 'alerts', maxvid: 3 }))]);
  const reader = read('doors', alone, browser.open(odd.fetch));

  await time.advance(100);

  expect(reader.subscription.status).toMatchObject({ state: 'waiting', error: { code: 'http-200' } });
});

test.each(RETRY_AFTER)(
  'a Retry-After of %j makes neither a hot loop nor a silence of more than six minutes',
  async (retryAfter) => {
    const { time, browser, read } = startScene();
    const odd = new OddServer(time, [{ status: 503, afterMs: 1, retryAfter, body: () => 'Busy' }]);
    read('doors', alone, browser.open(odd.fetch));

    await time.advance(60_000);
    expect(odd.asked.length).toBeLessThanOrEqual(30);
    await time.advance(300_000);

    expect(odd.asked.length).toBeGreaterThan(1);
  },
);
