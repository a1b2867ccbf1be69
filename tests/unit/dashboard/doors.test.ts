/** The board of doors. */
import { describe, expect, test } from 'vitest';
import { Doors, doorOf, MOST_DOORS } from '../../../dashboard/model/doors.ts';

const AT = '2026-01-01T12:00:00.000Z';
const event = (data: unknown, vid = 1, channel = 'doors') => ({ channel, vid, id: 'x', at: AT, data });

describe('the doors', () => {
  test('stand as their last events left them, in the order of their numbers', () => {
    const doors = new Doors();
    doors.see(event({ doorno: 10, ynopen: 'Y', rfsim: '04A2', optime: '11:59:58' }, 1));
    doors.see(event({ doorno: 2, ynopen: 'Y' }, 2));
    doors.see(event({ doorno: 2, ynopen: 'N' }, 3));

    expect(doors.list()).toMatchObject([
      { name: '2', state: 'refused', badge: '', time: AT, atMs: Date.parse(AT), vid: 3 },
      { name: '10', state: 'opened', badge: '04A2', time: '11:59:58', atMs: Date.parse(AT), vid: 1 },
    ]);
  });

  test.each([
    ['y', 'opened'],
    [1, 'opened'],
    [true, 'opened'],
    ['0', 'refused'],
    [false, 'refused'],
    ['ajar', 'unknown'],
    ['closed', 'unknown'],
    [null, 'unknown'],
  ])('say of ynopen %j: %s', (ynopen, state) => {
    expect(doorOf(event({ doorno: 1, ynopen }))?.state).toBe(state);
  });

  test.each([['a text'], [{ doorno: 1 }], [{ ynopen: 'Y' }], [{ doorno: {}, ynopen: 'Y' }], [null]])(
    'are not told of by %j',
    (data) => {
      expect(new Doors().see(event(data))).toBe(false);
    },
  );

  test('are as many as a screen can hold, those that spoke last', () => {
    const doors = new Doors();
    for (let i = 0; i < MOST_DOORS * 2; i++) doors.see(event({ doorno: i, ynopen: 'Y' }));

    expect(doors.size).toBe(MOST_DOORS);
    expect(doors.list()[0]?.name).toBe(String(MOST_DOORS));
  });

  test('have names that are short and show what is in them', () => {
    const door = doorOf(event({ doorno: `\u202e${'x'.repeat(100_000)}`, ynopen: 'Y', rfsim: ['no badge'] }));

    expect(door?.name.startsWith('\\u202exxx')).toBe(true);
    expect(door?.name.length).toBeLessThan(50);
    expect(door?.badge).toBe('');
  });

  test('of two channels are different doors, even with the same number', () => {
    const doors = new Doors();
    doors.see(event({ doorno: 1, ynopen: 'Y' }, 1, 'north'));
    doors.see(event({ doorno: 1, ynopen: 'N' }, 1, 'south'));

    expect(doors.list().map(({ channel, state }) => `${channel} ${state}`)).toEqual([
      'north opened',
      'south refused',
    ]);
  });
});
