/** What the page makes of a stream of events; and the small parts beside it. */
import { describe, expect, test } from 'vitest';
import { readChannels, readClients } from '../../../dashboard/model/lists.ts';
import { Picture } from '../../../dashboard/model/picture.ts';
import { Queue } from '../../../dashboard/model/queue.ts';
import { readSettings, viewOf, writeSettings } from '../../../dashboard/model/settings.ts';
import { windowOf } from '../../../dashboard/model/window.ts';

const NOW = Date.parse('2026-01-01T12:00:00.000Z');
const event = (vid: number, data: unknown) => ({ vid, id: `${vid}`, at: new Date(NOW).toISOString(), data });

describe('the picture', () => {
  test('counts what came, what was missed on the way, and what began anew', () => {
    const picture = new Picture();
    expect(picture.miss(5, 0)).toBe('5 events before these are no longer kept.');
    picture.see(event(6, { doorno: 1, ynopen: 'Y' }), NOW);
    expect(picture.miss(1, 6)).toBe('1 event after vid 6 could not be shown: no longer kept.');
    picture.see(event(8, { cpuPercent: 1, load1: 2 }), NOW);

    expect(picture).toMatchObject({ received: 2, missed: 1, resets: 0, newest: 8 });
    picture.reset();
    expect(picture).toMatchObject({ resets: 1, newest: null });
    expect(picture.doors.size).toBe(1);
    expect(picture.hosts.size).toBe(1);
    expect(picture.rows.kept).toBe(5);
  });

  test('is empty again for another channel', () => {
    const picture = new Picture();
    picture.see(event(1, { doorno: 1, ynopen: 'Y', cpuPercent: 1, load1: 2 }), NOW);
    picture.rows.pause();

    picture.clear();

    expect(picture).toEqual(expect.objectContaining({ received: 0, newest: null }));
    expect(picture.rows.kept + picture.rows.length + picture.doors.size + picture.hosts.size).toBe(0);
    expect(picture.rows.paused).toBe(false);
    expect(picture.columns.list).toEqual([]);
    expect(picture.rate.perSecond(NOW)).toBe(0);
  });
});

describe('a queue', () => {
  test('is in order, however much goes through it', () => {
    const queue = new Queue<number>();
    let next = 0;
    for (let i = 0; i < 10_000; i++) {
      queue.push(i);
      if (i % 3 !== 0) expect(queue.shift()).toBe(next++);
    }

    expect(queue.length).toBe(10_000 - next);
    expect([...queue]).toEqual(Array.from({ length: queue.length }, (_, i) => next + i));
    expect([queue.at(-1), queue.at(0), queue.at(queue.length)]).toEqual([undefined, next, undefined]);
    expect(new Queue().shift()).toBeUndefined();
  });
});

describe('the settings', () => {
  test.each(['', '?channel=doors&from=now&view=doors&other=kept', '?channel=x&view=charts'])(
    'are read back: %s',
    (search) => {
      const settings = readSettings(search);

      expect(readSettings(writeSettings(search, settings))).toEqual(settings);
      expect(writeSettings('?other=kept', settings)).toContain('other=kept');
    },
  );

  test('have their defaults where the URL is wrong', () => {
    expect(readSettings('?channel=a/b&from=yesterday&view=upside')).toEqual({
      channel: 'host',
      from: 'start',
      view: 'auto',
    });
  });

  test.each([
    ['auto', true, true, 'doors'],
    ['auto', false, true, 'charts'],
    ['auto', false, false, 'events'],
    ['charts', true, false, 'charts'],
  ] as const)('show %s with doors %s and hosts %s as %s', (view, doors, hosts, shown) => {
    expect(viewOf(view, { doors, hosts })).toBe(shown);
  });
});

test.each([
  [
    { scrollTop: 0, height: 320, rowHeight: 32, rows: 10_000 },
    { first: 0, end: 18 },
  ],
  [
    { scrollTop: 3_200, height: 320, rowHeight: 32, rows: 10_000 },
    { first: 92, end: 118 },
  ],
  [
    { scrollTop: 3_200, height: 320, rowHeight: 32, rows: 3 },
    { first: 0, end: 3 },
  ],
  [
    { scrollTop: -50, height: 320, rowHeight: 32, rows: 0 },
    { first: 0, end: 0 },
  ],
])('of %j the rows %j are drawn', (view, window) => {
  expect(windowOf(view)).toEqual(window);
});

describe('a list of the server', () => {
  test('of channels is their names', () => {
    const channels = [{ channel: 'b' }, { channel: 'a/b' }, null, { channel: 'a' }];
    expect(readChannels({ channels, next: null })).toEqual({ names: ['b', 'a'], more: false });
    expect(readChannels({ channels: [], next: 'a' })).toEqual({ names: [], more: true });
    expect(readChannels('<html>')).toBeUndefined();
    expect(readChannels({ channels: 7 })).toBeUndefined();
  });

  test('of clients has those furthest behind first', () => {
    const client = (name: string, lag: number) => ({
      client: name,
      maxvid: 1,
      lag,
      seenAt: '2026-01-01T00:00:00Z',
    });

    const list = readClients({ clients: [client('b', 0), client('late', 9), client('a', 0), { client: 3 }] });

    expect(list?.map((one) => one.client)).toEqual(['late', 'a', 'b']);
    expect(readClients(null)).toBeUndefined();
  });
});
