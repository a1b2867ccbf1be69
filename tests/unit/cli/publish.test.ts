/** `doorbell publish`: what is in the log afterwards, what is sent again and what is not, and what it says. */

import { getEventListeners } from 'node:events';
import { describe, expect, test } from 'vitest';
import { readChannelSchemas } from '../../../lib/schemas/channel-schemas.ts';
import {
  CLI_URL,
  call,
  cut,
  HastyClock,
  json,
  memoryServer,
  refused,
  scripted,
} from '../../support/cli/terminal.ts';
import { eventsIn } from '../../support/memory/world.ts';

const IN = json(201, { first: 1, last: 2, count: 2, duplicates: 0 });
const TOKEN = { DOORBELL_TOKEN: 'a.b.c' };

describe('one event', () => {
  test('is in the log, and nothing is printed', async () => {
    const { call, world } = await memoryServer();

    const called = await call(['publish', 'new', '{"doorno":3}', '--id', 'badge-1']);

    expect(called).toMatchObject({ exit: 0, out: '', err: '' });
    expect(eventsIn(world, 'new')).toMatchObject([{ vid: 1, id: 'badge-1', data: { doorno: 3 } }]);
  });

  test('may have a key, and delete it', async () => {
    const { call, world } = await memoryServer();

    await call(['publish', 'new', '{"ynopen":"Y"}', '--key', 'door-3']);
    await call(['publish', 'new', 'null', '--key', 'door-3', '--id', 'b']);

    expect(eventsIn(world, 'new')).toMatchObject([
      { key: 'door-3', data: { ynopen: 'Y' } },
      { id: 'b', key: 'door-3', data: null },
    ]);
  });

  test('may promise the next one', async () => {
    const { call, world } = await memoryServer();

    await call(['publish', 'jobs', '1', '--expect', 'PT15M']);
    await call(['publish', 'jobs', '2', '--expect', 'PT15M', '--id', 'b', '--key', 'a']);
    await call(['publish', 'jobs', '-', '--expect', 'P1D'], { input: ['3\n4\n'] });

    expect(eventsIn(world, 'jobs')).toMatchObject([
      { expect: 'PT15M', data: 1 },
      { expect: 'PT15M', id: 'b', key: 'a', data: 2 },
      { expect: 'P1D', data: 3 },
      { expect: 'P1D', data: 4 },
    ]);
  });

  test('is text without quotes of its own when asked for', async () => {
    const { call, world } = await memoryServer();

    await call(['publish', 'new', 'door 3 is open', '--text']);

    expect(eventsIn(world, 'new')).toMatchObject([{ data: 'door 3 is open' }]);
  });

  test('tells a program where it stands, and a person in words', async () => {
    const { call } = await memoryServer();

    expect((await call(['publish', 'new', '1', '--json'])).out).toBe(
      '{"first":1,"last":1,"count":1,"duplicates":0}\n',
    );
    expect((await call(['publish', 'new', '1'], { tty: true })).err).toBe('1 event in new, up to vid 2\n');
  });

  test.each([['ECONNREFUSED'], ['ENOTFOUND'], ['EAI_AGAIN']])(
    'is in no doubt after %s: nothing was sent',
    async (code) => {
      const { exit, err } = await call(['publish', 'new', '1'], { ...scripted(cut(code)), env: TOKEN });

      expect(exit).toBe(3);
      expect(err).toContain(code);
      expect(err).not.toContain('may be in the log');
    },
  );

  test.each([
    ['text without quotes', ['publish', 'new', 'hello'], 'quotes of its own'],
    [
      'two ways for lines that are no JSON',
      ['publish', 'new', '-', '--text', '--skip-invalid'],
      'cannot be used with',
    ],
    ['an impossible channel', ['publish', 'a/b', '1'], '1 to 128 characters'],
    ['nothing, from a keyboard', ['publish', 'new'], 'pipe lines of JSON in'],
    ['an id for many', ['publish', 'new', '-', '--id', 'x'], '--id-from'],
    ['a key for many', ['publish', 'new', '-', '--key', 'x'], '--key-from'],
    ['two keys', ['publish', 'new', '{"a":"b"}', '--key', 'x', '--key-from', 'a'], 'give one of them'],
    ['two ids', ['publish', 'new', '{"a":"b"}', '--id', 'x', '--id-from', 'a'], 'give one of them'],
  ])('refuses %s with exit code 2', async (_, args, message) => {
    const { fetch, asked } = scripted();

    const { exit, out, err } = await call(args, { fetch });

    expect([exit, out, asked.length]).toEqual([2, '', 0]);
    expect(err).toContain(message);
  });

  test('says what the server says, with an exit code for tokens', async () => {
    const tooLarge = await call(['publish', 'new', '1'], scripted(refused('too-large', 413)));
    const forbidden = await call(['publish', 'new', '1'], scripted(refused('forbidden', 403)));

    expect(tooLarge).toMatchObject({ exit: 1, err: 'It is too-large.\n' });
    expect(forbidden).toMatchObject({ exit: 4, err: 'It is forbidden.\n' });
  });

  test('is not sent again when no answer came, and in doubt then; with an id it is', async () => {
    const without = scripted(cut('ECONNRESET'));
    const withId = scripted(cut('ECONNRESET'), IN);

    const doubt = await call(['publish', 'new', '1'], without);
    const sure = await call(['publish', 'new', '1', '--id', 'a'], withId);

    expect(doubt.exit).toBe(3);
    expect(doubt.err).toContain('the connection was cut (ECONNRESET)');
    expect(doubt.err).toContain('may be in the log or not');
    expect(without.asked).toHaveLength(1);
    expect(sure.exit).toBe(0);
    expect(withId.asked).toHaveLength(2);
  });
});

describe('to a channel with a schema', () => {
  const schemas = readChannelSchemas(
    JSON.stringify({ new: { properties: { n: { type: 'number' } }, required: ['n'] } }),
  );
  const lines = (wrongAt: number) =>
    Array.from({ length: 1_500 }, (_, i) => `{"n":${i + 1 === wrongAt ? '"x"' : i},"id":"e${i}"}\n`).join('');

  test('an event that does not fit is refused by its place', async () => {
    const { call, world } = await memoryServer({ schemas });

    const { exit, err } = await call(['publish', 'new', '{}']);

    expect([exit, err]).toEqual([1, 'The event does not fit the schema of new: /n is missing.\n']);
    expect(eventsIn(world, 'new')).toEqual([]);
  });

  test.each([
    ['without ids', [], '1,000', 1_002],
    ['with ids, which go as arrays', ['--id-from', 'id'], '1,200', 1_202],
  ])(
    'lines %s are published up to a request with one that does not fit, named by its number in the input',
    async (...row) => {
      const [, options, published, next] = row;
      const { call, world } = await memoryServer({ schemas });

      const { exit, err } = await call(['publish', 'new', '-', ...options], { input: ['\n', lines(1_232)] });

      expect(exit).toBe(1);
      expect(err).toBe(
        `Line 1233 does not fit the schema of new: /n must be number. ${published} events are in the log. Go on from line ${next}.\n`,
      );
      expect(eventsIn(world, 'new')).toHaveLength(Number(published.replace(',', '')));
    },
  );
});

describe('lines', () => {
  test('are published in order, wherever the pipe cuts them, with their digits; blank ones are passed over', async () => {
    const { call, fetch, token } = await memoryServer();

    const input = ['{"n":1}\n\n  \n{"n":', '2}\n"thr', 'ee"\n12345678901234567890'];
    const { exit, out, err } = await call(['publish', 'new', '-'], { input });

    expect({ exit, out, err }).toEqual({ exit: 0, out: '', err: '' });
    const poll = await fetch(`${CLI_URL}/v1/channels/new/events?maxvid=0`, {
      headers: { authorization: `Bearer ${token}` },
    });
    const datas = [...(await poll.text()).matchAll(/"data":(.*?)\}[,\]]/g)].map(([, data]) => data);
    expect(datas).toEqual(['{"n":1}', '{"n":2}', '"three"', '12345678901234567890']);
  });

  test('are published up to one that is not JSON, which is named', async () => {
    const { call, world } = await memoryServer();

    const { exit, err } = await call(['publish', 'new'], { input: ['1\n2\n\nnope\n3\n'] });

    expect(exit).toBe(1);
    expect(err).toBe('Line 4 is not JSON. 2 events are in the log.\n');
    expect(eventsIn(world, 'new')).toHaveLength(2);
  });

  test('that are not JSON are left out when asked for, and counted', async () => {
    const { call, world } = await memoryServer();

    const { exit, err } = await call(['publish', 'new', '-', '--skip-invalid'], {
      input: ['nope\n', '1\nnor this\n', '2'],
    });

    expect(exit).toBe(0);
    expect(err).toBe('Left out, because not JSON: 2 lines.\n');
    expect(eventsIn(world, 'new').map(({ data }) => data)).toEqual([1, 2]);
  });

  test('that are not JSON are published as text when asked for', async () => {
    const { call, world } = await memoryServer();

    const { exit, err } = await call(['publish', 'new', '-', '--text'], {
      input: ['{"n":1}\nit "said" so\r\n', '  at line 2\n'],
    });

    expect([exit, err]).toEqual([0, '']);
    expect(eventsIn(world, 'new').map(({ data }) => data)).toEqual([{ n: 1 }, 'it "said" so', '  at line 2']);
  });

  test('of many bytes in few characters go in as many requests as the limits in bytes ask for', async () => {
    const { call, world } = await memoryServer();
    const line = `{"id":"ID","euros":"${'€'.repeat(1_500)}"}\n`;
    const input = Array.from({ length: 120 }, (_, i) => line.replace('ID', `e${i}`));

    const withIds = await call(['publish', 'new', '-', '--id-from', 'id', '--json'], {
      input: [input.join('')],
    });

    expect(withIds).toMatchObject({ exit: 0, err: '' });
    expect(eventsIn(world, 'new')).toHaveLength(120);
  });

  test('without ids are sent a mebibyte at a time, in bytes', async () => {
    const { fetch, asked } = scripted(IN);
    const input = [`"${'€'.repeat(100_000)}"\n`.repeat(10)];

    await call(['publish', 'new', '-'], { fetch, env: TOKEN, input });

    expect(asked.map(({ body }) => Buffer.byteLength(body)).every((bytes) => bytes <= 1024 * 1024)).toBe(
      true,
    );
    expect(asked.length).toBeGreaterThan(1);
  });

  test('get their ids from a member, so that publishing them again appends nothing', async () => {
    const { call, world } = await memoryServer();
    const input = [Array.from({ length: 250 }, (_, i) => `{"badge":"b${i}","at":${i}}\n`).join('')];

    await call(['publish', 'new', '-', '--id-from', 'badge'], { input });
    const again = await call(['publish', 'new', '-', '--id-from', 'badge', '--json'], { input });

    expect(JSON.parse(again.out)).toEqual({ first: 1, last: 250, count: 0, duplicates: 250 });
    expect(eventsIn(world, 'new').map(({ id }) => id)).toEqual(
      Array.from({ length: 250 }, (_, i) => `b${i}`),
    );
  });

  test('without the member stop there, and those before are published', async () => {
    const { call, world } = await memoryServer();

    const { exit, err } = await call(['publish', 'new', '-', '--id-from', 'n'], {
      input: ['{"n":1}\n{"m":2}\n'],
    });

    expect(exit).toBe(1);
    expect(err).toContain('Line 2 has no text or number at "n". 1 event is in the log.');
    expect(eventsIn(world, 'new')).toHaveLength(1);
  });

  test('go on after those that are in when a request fails half-way, and not before Retry-After', async () => {
    const { fetch, asked } = scripted(
      refused('unavailable', 503, { appended: 2 }, { 'retry-after': '3' }),
      IN,
    );

    const { exit, err, slept } = await call(['publish', 'new', '-'], {
      fetch,
      env: TOKEN,
      input: ['1\n2\n3\n4\n'],
    });

    expect(exit).toBe(0);
    expect(asked.map(({ body }) => body)).toEqual(['1\n2\n3\n4', '3\n4']);
    expect(asked[0]?.headers.get('content-type')).toBe('application/x-ndjson');
    expect(slept[0]).toBeGreaterThanOrEqual(3_000);
    expect(err).toContain('Again in 3.5 s');
  });

  test('are not sent again when no answer came: the lines in doubt are named', async () => {
    const { fetch, asked } = scripted(IN, cut('ECONNRESET'));

    const { exit, err } = await call(['publish', 'new', '-'], {
      fetch,
      env: TOKEN,
      input: ['1\n2\n', '3\n4\n'],
    });

    expect([exit, asked.length]).toEqual([3, 2]);
    expect(err).toContain(
      '2 events are in the log. Lines 3 to 4 may be in the log or not. Go on from line 3.',
    );
  });

  test("are not sent again on a gateway's word either", async () => {
    const gateway = json(504, {
      type: 'about:blank',
      title: 'Timeout',
      status: 504,
      detail: 'Upstream timed out.',
    });
    const { fetch, asked } = scripted(gateway);

    const { err } = await call(['publish', 'new', '-'], { fetch, env: TOKEN, input: ['1\n'] });

    expect(asked).toHaveLength(1);
    expect(err).toContain('Lines 1 to 1 may be in the log or not.');
  });

  test('with ids are sent again for two minutes, then given up', async () => {
    const { fetch, asked } = scripted(cut());

    const { exit, err, slept } = await call(['publish', 'new', '-', '--id-from', 'n'], {
      fetch,
      env: TOKEN,
      input: ['{"n":1}\n'],
    });

    expect(exit).toBe(3);
    expect(slept.reduce((a, b) => a + b, 0)).toBeGreaterThan(120_000);
    expect(asked.length).toBeLessThan(30);
    expect(err).toContain('Go on from line 1.');
  });

  test('with ids are given up after two minutes though the clock is set back meanwhile', async () => {
    const clock = new HastyClock(0);
    clock.now = () => -clock.passed;

    const { exit } = await call(['publish', 'new', '-', '--id-from', 'n'], {
      ...scripted(...Array.from({ length: 60 }, () => cut()), IN),
      env: TOKEN,
      input: ['{"n":1}\n'],
      clock,
    });

    expect(exit).toBe(3);
  });

  test('that are refused are not sent again', async () => {
    const { fetch, asked } = scripted(refused('too-large', 413));

    const { exit, err } = await call(['publish', 'new', '-'], { fetch, env: TOKEN, input: ['1\n'] });

    expect([exit, asked.length]).toEqual([1, 1]);
    expect(err).toBe('It is too-large. 0 events are in the log. Go on from line 1.\n');
  });

  test('show their progress to a person only', async () => {
    const input = ['1\n', '2\n'];
    const quiet = await call(['publish', 'new', '-'], { ...scripted(IN), env: TOKEN, input });
    const shown = await call(['publish', 'new', '-'], {
      ...scripted(IN),
      env: TOKEN,
      input,
      inputBytes: 4,
      tty: true,
    });

    expect(quiet.err).toBe('');
    expect(shown.err).toContain('[############------------]  50%  1 event');
    expect(shown.err).toContain('\r\u001b[K2 events in new, vid 1 to 2\n');
  });

  test('that are cut off by Ctrl-C say how far they came', async () => {
    const interrupt = new AbortController();
    const fetch: typeof globalThis.fetch = async () => {
      interrupt.abort();
      return IN();
    };

    const { exit, err } = await call(['publish', 'new', '-'], {
      fetch,
      env: TOKEN,
      input: ['1\n2\n'],
      interrupt,
    });

    expect(exit).toBe(130);
    expect(err).toContain('Interrupted.');
  });

  test('leave nothing behind in the program, however many requests they are', async () => {
    const interrupt = new AbortController();
    const fetch: typeof globalThis.fetch = async () => IN();

    await call(['publish', 'new', '-'], { fetch, env: TOKEN, input: ['1\n', '2\n', '3\n'], interrupt });

    expect(getEventListeners(interrupt.signal, 'abort')).toEqual([]);
  });
});
