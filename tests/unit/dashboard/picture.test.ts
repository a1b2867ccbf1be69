/** What the page makes of a stream of events; and the small parts beside it. */
import { describe, expect, test } from 'vitest';
import { readChannels, readClients, readHead } from '../../../dashboard/model/lists.ts';
import { Picture } from '../../../dashboard/model/picture.ts';
import { Queue } from '../../../dashboard/model/queue.ts';
import {
  readChannels as readNames,
  readSettings,
  viewOf,
  writeSettings,
} from '../../../dashboard/model/settings.ts';
import { windowOf } from '../../../dashboard/model/window.ts';

const NOW = Date.parse('2026-01-01T12:00:00.000Z');
const event = (vid: number, data: unknown, channel = 'doors') => ({
  channel,
  vid,
  id: `${vid}`,
  at: new Date(NOW + vid).toISOString(),
  data,
});

/** A page that follows these from the start. */
function pictureOf(...channels: string[]): Picture {
  const picture = new Picture();
  picture.follow({ channels });
  return picture;
}

describe('the picture', () => {
  test('counts what came, what was missed on the way, and what began anew', () => {
    const picture = pictureOf('doors');
    expect(picture.miss('doors', 5, 0)).toBe('5 events before these are no longer kept.');
    picture.see(event(6, { doorno: 1, ynopen: 'Y' }), NOW);
    expect(picture.miss('doors', 1, 6)).toBe('1 event after vid 6 could not be shown: no longer kept.');
    picture.see(event(8, { cpuPercent: 1, load1: 2 }), NOW);

    expect(picture).toMatchObject({ received: 2, missed: 1, resets: 0 });
    expect(picture.pane('doors')?.newest).toBe(8);
    picture.reset('doors');
    expect(picture.resets).toBe(1);
    expect(picture.pane('doors')?.newest).toBeNull();
    expect(picture.doors.size).toBe(1);
    expect(picture.charts.hosts).toBe(true);
    expect(picture.pane('doors')?.rows.kept).toBe(5);
  });

  test('keeps the events of several channels apart, and names the channel of what happened', () => {
    const picture = pictureOf('doors', 'alerts');
    picture.see(event(1, { level: 'warn' }, 'alerts'), NOW);
    picture.see(event(7, { doorno: 1, ynopen: 'Y' }), NOW);
    picture.see(event(1, 'of no channel here', 'other'), NOW);

    expect(picture.panes.map(({ channel, newest, rows }) => [channel, newest, rows.kept])).toEqual([
      ['doors', 7, 1],
      ['alerts', 1, 1],
    ]);
    expect(picture.received).toBe(2);
    expect(picture.miss('alerts', 2, 1)).toBe(
      'alerts: 2 events after vid 1 could not be shown: no longer kept.',
    );
  });

  test('shares what it may keep among the channels that stand side by side', () => {
    const most = (...channels: string[]) =>
      pictureOf(...channels).panes.reduce((sum, { rows }) => sum + rows.most, 0);

    expect(most('a')).toBe(10_000);
    expect(most('a', 'b', 'c', 'd')).toBe(10_000);
  });

  test('is empty again for another channel', () => {
    const picture = pictureOf('doors');
    picture.see(event(1, { doorno: 1, ynopen: 'Y', cpuPercent: 1, load1: 2 }), NOW);
    picture.panes[0]?.rows.pause();

    picture.follow({ channels: ['alerts'] });

    const [pane] = picture.panes;
    expect(picture.received + picture.doors.size + picture.charts.series.size).toBe(0);
    expect([pane?.newest, pane?.rows.kept, pane?.rows.paused, pane?.columns.list]).toEqual([
      null,
      0,
      false,
      [],
    ]);
    expect(picture.rate.perSecond(NOW)).toBe(0);
  });

  test('draws numbers that somebody chooses later from the events that are kept', () => {
    const picture = pictureOf('north', 'south');
    picture.see(event(2, { a: 1, b: 20 }, 'north'), NOW);
    picture.see(event(1, { a: 2, b: 10 }, 'south'), NOW);

    picture.charts.choose({ keys: ['b'], by: undefined });

    expect(picture.charts.series.lines(0).slice(1)).toEqual([
      [10, null],
      [null, 20],
    ]);
  });
});

describe('a page that was told where it begins', () => {
  test('is behind as long as events of the log are not shown', () => {
    const picture = pictureOf('doors');
    const pane = picture.pane('doors');
    pane?.learned(3_000, 1, 0);
    if (pane) pane.reached = 1_000;

    expect(picture.behind(0)).toBe(2_000);
    picture.see(event(2_990, {}), NOW);
    // So few may be on their way.
    expect(picture.behind(1_000)).toBe(0);
    expect(picture.behind(2_000)).toBe(10);
    picture.see(event(3_000, {}), NOW);
    expect(picture.behind(2_000)).toBe(0);
  });

  test('does not wait for events that have expired', () => {
    const picture = pictureOf('doors');
    const pane = picture.pane('doors');
    pane?.learned(3_000, 2_999, 0);
    if (pane) pane.reached = 5;

    expect(picture.behind(9_000)).toBe(2);
    picture.reset('doors');
    expect(picture.behind(9_000)).toBe(0);
  });
});

test('a page is not behind events that have expired or were never there', () => {
  const picture = pictureOf('doors');
  const pane = picture.pane('doors');
  pane?.learned(3_000, 1, 0);
  picture.see(event(2_990, {}), NOW);
  // The answer said that there is nothing more up to here.
  if (pane) pane.reached = 3_000;

  expect(picture.behind(9_000)).toBe(0);
});

test('a page is not behind before it was told where it begins', () => {
  const picture = pictureOf('doors');
  const pane = picture.pane('doors');
  pane?.learned(3_000, 1, 0);

  expect(picture.behind(9_000)).toBe(0);
  if (pane) pane.reached = 2_000;
  expect(picture.behind(9_000)).toBe(1_000);
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
  test.each(['', '?channel=doors&from=now&view=state&other=kept', '?channel=x&channel=y&view=charts'])(
    'are read back: %s',
    (search) => {
      const settings = readSettings(search);

      expect(readSettings(writeSettings(search, settings))).toEqual(settings);
      expect(writeSettings('?other=kept', settings)).toContain('other=kept');
    },
  );

  test('have their defaults where the URL is wrong', () => {
    expect(readSettings('?channel=a/b&from=start&view=upside')).toEqual({
      channels: ['host'],
      from: 'last',
      view: 'auto',
    });
  });

  test('name up to four channels, each once, with commas or blanks between', () => {
    expect(readSettings('?channel=a,b&channel=a&channel=c+d+e').channels).toEqual(['a', 'b', 'c', 'd']);
    expect(writeSettings('?channel=x', { channels: ['a', 'b'], from: 'last', view: 'auto' })).toBe(
      '?channel=a&channel=b',
    );
    expect(readNames('good b@d')).toEqual({ channels: ['good'], wrong: 'b@d' });
  });

  test.each([
    ['auto', true, true, 'doors'],
    ['auto', false, true, 'charts'],
    ['auto', false, false, 'events'],
    ['charts', true, false, 'charts'],
    ['state', true, true, 'state'],
  ] as const)('show %s with doors %s and hosts %s as %s', (view, doors, hosts, shown) => {
    expect(viewOf(view, { doors, hosts, several: false, stateAlone: false })).toBe(shown);
  });

  test('show the state of a channel whose events are no longer kept', () => {
    const seen = { hosts: false, several: false, stateAlone: true };
    expect(viewOf('auto', { ...seen, doors: false })).toBe('state');
    expect(viewOf('auto', { ...seen, doors: true })).toBe('doors');
  });

  test('show events alone where several channels stand side by side', () => {
    expect(viewOf('auto', { doors: true, hosts: true, several: true, stateAlone: true })).toBe('events');
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
])('a picture of %j draws the rows %j', (view, window) => {
  expect(windowOf(view)).toEqual(window);
});

describe('a list of the server', () => {
  test('of channels is their names', () => {
    const channels = [{ channel: 'b' }, { channel: 'a/b' }, null, { channel: 'a' }];
    expect(readChannels({ channels, next: null })).toEqual({ names: ['b', 'a'], next: undefined });
    expect(readChannels({ channels: [], next: 'a' })).toEqual({ names: [], next: 'a' });
    expect(readChannels('<html>')).toBeUndefined();
    expect(readChannels({ channels: 7 })).toBeUndefined();
  });

  test('says how far a log has come', () => {
    expect(readHead({ head: 7, earliest: 3 })).toEqual({ head: 7, earliest: 3 });
    expect(readHead({ head: 7, earliest: null })).toEqual({ head: 7, earliest: 8 });
    expect(readHead({ head: '7' })).toBeUndefined();
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
