/** Query and path parameters: what is taken, and how what is not is refused. */

import { describe, expect, test } from 'vitest';
import { PushError } from '../../../lib/errors.ts';
import { channelParam, clientParam } from '../../../lib/http/v1/checks.ts';
import { backendMaxvid, channelsQuery, noQuery } from '../../../lib/http/v1/params.ts';
import { manyRequest, pollRequest } from '../../../lib/http/v1/poll-params.ts';

const one = (query: string) => pollRequest('doors', new URLSearchParams(query));
const many = (query: string) => manyRequest(new URLSearchParams(query));

function refusal(refuse: () => unknown) {
  try {
    refuse();
  } catch (error) {
    if (error instanceof PushError) return { code: error.code, ...error.details, message: error.message };
    throw error;
  }
  throw new Error('it was accepted');
}

describe('a poll of one channel', () => {
  test('waits 20 s for up to 500 events from now on when nothing is said', () => {
    expect(one('')).toEqual({
      cursors: [{ channel: 'doors' }],
      client: undefined,
      waitMs: 20_000,
      limit: 500,
    });
  });

  test('takes everything that there is to say', () => {
    expect(one('maxvid=12&epoch=0a1B-9&client=wall_1.a-b&wait=5&limit=1000')).toEqual({
      cursors: [{ channel: 'doors', maxvid: 12, epoch: '0a1B-9' }],
      client: 'wall_1.a-b',
      waitMs: 5000,
      limit: 1000,
    });
  });

  test.each([
    ['maxvid=0', { cursors: [{ channel: 'doors', maxvid: 0 }] }],
    [
      `maxvid=${Number.MAX_SAFE_INTEGER}`,
      { cursors: [{ channel: 'doors', maxvid: Number.MAX_SAFE_INTEGER }] },
    ],
    ['maxvid=007', { cursors: [{ channel: 'doors', maxvid: 7 }] }],
    ['wait=0', { waitMs: 0 }],
    ['wait=20', { waitMs: 20_000 }],
    ['limit=1', { limit: 1 }],
    ['limit=1000', { limit: 1000 }],
    [`client=${'x'.repeat(64)}`, { client: 'x'.repeat(64) }],
  ])('takes %s', (query, expected) => {
    expect(one(query)).toMatchObject(expected);
  });

  test.each([
    ['maxvid=', 'maxvid'],
    ['maxvid=-1', 'maxvid'],
    ['maxvid=%2B1', 'maxvid'],
    ['maxvid=1.0', 'maxvid'],
    ['maxvid=1e3', 'maxvid'],
    ['maxvid=0x10', 'maxvid'],
    ['maxvid=%201', 'maxvid'],
    ['maxvid=1%0A', 'maxvid'],
    ['maxvid=null', 'maxvid'],
    ['maxvid=NaN', 'maxvid'],
    ['maxvid=9007199254740992', 'maxvid'],
    ['maxvid=9007199254740993', 'maxvid'],
    [`maxvid=${'9'.repeat(400)}`, 'maxvid'],
    ['maxvid=1&maxvid=2', 'maxvid'],
    ['maxvid=1&maxvid=1', 'maxvid'],
    ['maxVid=1', 'maxVid'],
    ['maxvid=1&max_vid=1', 'max_vid'],
    ['constructor=1', 'constructor'],
    ['__proto__=1', '__proto__'],
    ['=1', ''],
    ['epoch=', 'epoch'],
    ['epoch=a.b', 'epoch'],
    [`epoch=${'x'.repeat(65)}`, 'epoch'],
    ['client=', 'client'],
    ['client=a b', 'client'],
    ['client=a/b', 'client'],
    ['client=%C3%BC', 'client'],
    [`client=${'x'.repeat(65)}`, 'client'],
    ['client=a&client=b', 'client'],
    ['wait=21', 'wait'],
    ['wait=-1', 'wait'],
    ['wait=0.5', 'wait'],
    ['wait=', 'wait'],
    ['limit=0', 'limit'],
    ['limit=1001', 'limit'],
    ['limit=all', 'limit'],
    ['cursor=doors', 'cursor'],
    ['key=', 'key'],
    ['key=%00', 'key'],
    [`key=${'x'.repeat(257)}`, 'key'],
    [Array.from({ length: 21 }, (_, i) => `key=${i}`).join('&'), 'key'],
    ['key=a&prefix=b', 'key'],
    ['prefix=', 'prefix'],
    ['prefix=%0A', 'prefix'],
    [`prefix=${'x'.repeat(257)}`, 'prefix'],
    ['prefix=a&prefix=b', 'prefix'],
    ['latest=', 'latest'],
    ['latest=yes', 'latest'],
    ['latest=TRUE', 'latest'],
    ['since=', 'since'],
    ['since=yesterday', 'since'],
    ['since=1764403200000', 'since'],
    ['since=2026-11-29', 'since'],
    ['since=2026-11-29T09:30', 'since'],
    ['since=2026-13-29T09:30Z', 'since'],
    ['since=2026-11-29T24:30Z', 'since'],
    ['since=2026-02-30T00:00:00Z', 'since'],
    ['since=2025-02-29T09:30Z', 'since'],
    ['since=1900-02-29T09:30Z', 'since'],
    ['since=2026-04-31T09:30Z', 'since'],
    ['since=2026-11-29T09:30:00+01:00', 'since'],
    ['since=2026-11-29T09:30Z&last=1', 'since'],
    ['last=', 'last'],
    ['last=-1', 'last'],
    ['last=all', 'last'],
    ['last=9007199254740992', 'last'],
  ])('refuses %s and names the parameter', (query, field) => {
    const refused = refusal(() => one(query));

    expect(refused).toMatchObject({ code: 'bad-parameter', field });
    expect(refused.message).toMatch(/\.$/);
  });

  test.each([
    ['maxvid=x', '0 to 9007199254740991'],
    ['wait=21', '0 to 20'],
    ['limit=0', '1 to 1000'],
    ['client=!', '1 to 64'],
    ['key=', 'key must be 1 to 256'],
    ['prefix=', 'prefix must be 1 to 256'],
    [Array.from({ length: 21 }, () => 'key=a').join('&'), 'at most 20'],
    ['latest=1', 'true or false'],
    ['since=now', '2026-11-29T09:30:00Z'],
    ['last=x', '0 to 9007199254740991'],
  ])('tells the range when it refuses %s', (query, range) => {
    expect(refusal(() => one(query)).message).toContain(range);
  });
});

describe('what a poll wants, and where it begins', () => {
  test.each([
    ['key=a&key=%C3%A9+%26', (key: string) => ['a', 'é &'].includes(key), false],
    ['prefix=a.', (key: string) => key.startsWith('a.'), false],
    ['latest=true', () => true, true],
    ['key=a&latest=true', (key: string) => key === 'a', true],
  ])('%s', (query, wants, latest) => {
    for (const { narrow } of [one(query), many(`cursor=doors&${query}`)]) {
      expect(narrow?.latest).toBe(latest);
      for (const key of ['a', 'a.', 'a.b', 'b', 'é &']) expect(narrow?.wants(key)).toBe(wants(key));
      expect(narrow?.wants(undefined)).toBe(query === 'latest=true');
    }
  });

  test.each([
    ['latest=false', {}],
    ['last=0', { begin: { last: 0 } }],
    ['last=10', { begin: { last: 10 } }],
    ['since=2028-02-29T09:30Z', { begin: { sinceMs: Date.UTC(2028, 1, 29, 9, 30) } }],
    ['since=2000-02-29T09:30Z', { begin: { sinceMs: Date.UTC(2000, 1, 29, 9, 30) } }],
    ['since=2026-11-29T09:30Z', { begin: { sinceMs: Date.UTC(2026, 10, 29, 9, 30) } }],
    ['since=2026-11-29T09:30:01.5%2B01:00', { begin: { sinceMs: Date.UTC(2026, 10, 29, 8, 30, 1, 500) } }],
  ])('%s', (query, expected) => {
    const usual = { client: undefined, waitMs: 20_000, limit: 500 };

    expect(one(query)).toEqual({ ...usual, cursors: [{ channel: 'doors' }], ...expected });
    expect(many(`cursor=doors&${query}`)).toEqual({ ...usual, cursors: [{ channel: 'doors' }], ...expected });
  });
});

describe('a poll of several channels', () => {
  test('takes each cursor with what it says, in the order given', () => {
    expect(many('cursor=doors:12&cursor=alerts&cursor=a.b-c_d:0:e1&wait=3&limit=7&client=wall')).toEqual({
      cursors: [
        { channel: 'doors', maxvid: 12 },
        { channel: 'alerts' },
        { channel: 'a.b-c_d', maxvid: 0, epoch: 'e1' },
      ],
      client: 'wall',
      waitMs: 3000,
      limit: 7,
    });
  });

  test('takes 10 channels', () => {
    const query = Array.from({ length: 10 }, (_, i) => `cursor=c${i}`).join('&');

    expect(many(query).cursors).toHaveLength(10);
  });

  test.each([
    ['', 'cursor'],
    ['wait=1', 'cursor'],
    [Array.from({ length: 11 }, (_, i) => `cursor=c${i}`).join('&'), 'cursor'],
    ['cursor=', 'cursor'],
    ['cursor=:5', 'cursor'],
    ['cursor=doors:', 'cursor'],
    ['cursor=doors:x', 'cursor'],
    ['cursor=doors:-1', 'cursor'],
    ['cursor=doors:1:', 'cursor'],
    ['cursor=doors::e1', 'cursor'],
    ['cursor=doors:1:e1:x', 'cursor'],
    ['cursor=do%20ors', 'cursor'],
    [`cursor=${'x'.repeat(129)}`, 'cursor'],
    ['cursor=doors:1&cursor=doors:2', 'cursor'],
    ['cursor=doors&cursor=alerts&cursor=doors', 'cursor'],
    ['cursor=doors&maxvid=1', 'maxvid'],
    ['cursor=doors&epoch=e1', 'epoch'],
    ['cursor=doors&Cursor=alerts', 'Cursor'],
    ['cursor=doors&wait=1&wait=2', 'wait'],
    ['cursor=doors&wait=21', 'wait'],
    ['cursor=doors&limit=0', 'limit'],
    ['cursor=doors&client=', 'client'],
    ['cursor=doors&key=', 'key'],
    ['cursor=doors&key=a&prefix=a', 'key'],
    ['cursor=doors&since=now', 'since'],
    ['cursor=doors&since=2026-11-29T09:30Z&last=1', 'since'],
  ])('refuses %s and names the parameter', (query, field) => {
    expect(refusal(() => many(query))).toMatchObject({ code: 'bad-parameter', field });
  });
});

describe('names in the path', () => {
  test.each(['a', 'Doors.1_x-y', '.a', '...', 'x'.repeat(128)])('takes %s as a channel', (channel) => {
    expect(channelParam(channel)).toBe(channel);
  });

  test.each(['', '.', '..', 'x'.repeat(129), 'a b', 'a/b', 'a#b', 'ü', 'a\n', 'a:b'])(
    'refuses %j as a channel',
    (channel) => {
      const refused = refusal(() => channelParam(channel));

      expect(refused).toMatchObject({ code: 'bad-parameter', field: 'channel' });
      expect(refused.message).toContain('1 to 128');
    },
  );

  test.each(['', '.', '..', 'x'.repeat(65), 'a b', 'ü', 'a\n'])('refuses %j as a client', (client) => {
    const refused = refusal(() => clientParam(client));

    expect(refused).toMatchObject({ code: 'bad-parameter', field: 'client' });
  });

  test('refuses a bad channel of a poll as such', () => {
    expect(refusal(() => pollRequest('a b', new URLSearchParams('')))).toMatchObject({ field: 'channel' });
  });
});

describe('no parameters', () => {
  test('takes none', () => {
    expect(() => noQuery(new URLSearchParams(''))).not.toThrow();
  });

  test.each(['a=1', 'maxvid=1', 'a', '__proto__=1'])('refuses %s', (query) => {
    expect(refusal(() => noQuery(new URLSearchParams(query)))).toMatchObject({ code: 'bad-parameter' });
  });
});

describe("a poll of the ancestor's page", () => {
  const backend = (query: string) => backendMaxvid(new URLSearchParams(query));

  test.each([
    ['', 0],
    ['maxvid', 0],
    ['maxvid=', 0],
    ['maxvid=0', 0],
    ['maxvid=12', 12],
    ['maxvid=12&_=', 12],
    ['_=1700000000000&maxvid=12', 12],
  ])('%j is after %i', (query, maxvid) => {
    expect(backend(query)).toBe(maxvid);
  });

  test.each([
    ['maxvid=undefined', 'maxvid'],
    ['maxvid=-1', 'maxvid'],
    ['maxvid=9007199254740992', 'maxvid'],
    ['maxvid=1&maxvid=2', 'maxvid'],
    ['maxVid=1', 'maxVid'],
    ['maxvid=1&wait=1', 'wait'],
    ['maxvid=1&client=wall', 'client'],
    ['maxvid=1&timestamp=1', 'timestamp'],
  ])('refuses %s and names the parameter', (query, field) => {
    expect(refusal(() => backend(query))).toMatchObject({ code: 'bad-parameter', field });
  });
});

describe('a page of channels', () => {
  const page = (query: string) => channelsQuery(new URLSearchParams(query));

  test('begins with the first 100 when nothing is said', () => {
    expect(page('')).toEqual({ after: undefined, limit: 100 });
  });

  test('takes up to 1,000 behind a channel', () => {
    expect(page('after=doors&limit=1000')).toEqual({ after: 'doors', limit: 1000 });
  });

  test.each([
    ['limit=0', 'limit'],
    ['limit=1001', 'limit'],
    ['after=', 'after'],
    ['after=a/b', 'after'],
    ['after=a&after=b', 'after'],
    ['before=a', 'before'],
  ])('refuses %s', (query, field) => {
    expect(refusal(() => page(query))).toMatchObject({ code: 'bad-parameter', field });
  });
});
