import { expect, test, vi } from 'vitest';
import { alarmedChannels, overdueIn } from '../../../dashboard/model/alarms.ts';
import { Overdue } from '../../../dashboard/overdue.ts';

const entry = (key: string, data: unknown) => ({
  key,
  vid: 1,
  id: 'i',
  at: '2026-01-01T00:00:00.000Z',
  data,
});

test('channels of alarms are told from others, some of them', () => {
  expect(alarmedChannels(['alarms', 'alarms.a', 'alarmsx', 'alarms.b.c', 'doors', 'alarms.z'], 2)).toEqual([
    'a',
    'b.c',
  ]);
});

test('what is overdue is counted, and nothing else', () => {
  const entries = [
    entry('a', { status: 'overdue' }),
    entry('b', { status: 'recovered' }),
    entry('c', { status: 'unwatched' }),
    entry('d', 'overdue'),
    entry('*', { status: 'overdue' }),
  ];

  expect(overdueIn({ entries })).toBe(2);
  for (const other of [undefined, null, [], 'x', {}, { entries: {} }, { entries: [null, 1] }])
    expect(overdueIn(other)).toBe(0);
});

test('the states of channels of alarms are asked for, and what is overdue is told by channel', async () => {
  const answers: Record<string, unknown> = {
    'v1/channels/alarms.jobs/state': { entries: [entry('*', { status: 'overdue' })] },
    'v1/channels/alarms.fine/state': { entries: [entry('*', { status: 'recovered' })] },
  };
  const fetch = vi.fn(async (path: string) =>
    Response.json(answers[path] ?? {}, { status: answers[path] ? 200 : 403 }),
  );
  const overdue = new Overdue({ platform: { fetch: fetch as unknown as typeof globalThis.fetch } });

  expect(await overdue.load(['alarms.fine', 'alarms.hidden', 'alarms.jobs', 'jobs'])).toEqual(
    new Map([['jobs', 1]]),
  );
  expect(fetch).toHaveBeenCalledTimes(3);
});
