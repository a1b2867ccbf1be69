/** The arithmetic of a bill, by hand. */

import { describe, expect, test } from 'vitest';
import { ASSUMPTIONS } from '../../../bench/cost/assumptions.ts';
import { byReason, line, total } from '../../../bench/cost/bill.ts';
import { classic, direct, hub, managedInstances, shared } from '../../../bench/cost/doorbell.ts';
import type { Metered, Usage } from '../../../bench/cost/metering.ts';
import { appSyncEvents, iotCore, webSockets } from '../../../bench/cost/others.ts';
import { dollars } from '../../../bench/cost/prices.ts';
import { channelsPerProcess, polls, type Workload } from '../../../bench/cost/workload.ts';

const usage = (writeUnits: number, readUnits: number, sqsRequests: number): Usage => ({
  calls: {},
  units: { writeUnits, readUnits, sqsRequests },
  bytes: 0,
});

const METERED: Metered = {
  eventBytes: 500,
  idlePoll: usage(1, 1, 1),
  idlePollWithCursor: usage(2, 1, 1),
  delivery: usage(0, 0, 1),
  catchUp: usage(0, 15, 0),
  publish: usage(1, 1, 0),
  ring: usage(0, 0, 1),
  armBytes: 256,
  blockBytes: 700,
  emptyAnswerBytes: 100,
  eventAnswerBytes: 700,
};
/** Rounded so that a person can follow. */
const ASSUMED = { ...ASSUMPTIONS, turnaround: 5, pollSeconds: 0, logBytes: 0, headerBytes: 0 };
/** An hour in which nothing is published. */
const QUIET: Workload = {
  clients: 100,
  channels: 1,
  eventsPerSecond: 0,
  eventBytes: 500,
  cursors: false,
  hours: 1,
};

describe('prices', () => {
  test('are per million where they say so', () => {
    expect(dollars('sqsRequest', 5_000_000)).toBeCloseTo(2, 10);
    expect(dollars('balancerHour', 730)).toBeCloseTo(16.425, 10);
  });

  test('fall by steps: 300 million requests at $1, the rest at $0.90', () => {
    expect(dollars('httpApiRequest', 300_000_000)).toBeCloseTo(300, 8);
    expect(dollars('httpApiRequest', 500_000_000)).toBeCloseTo(300 + 180, 8);
    expect(dollars('iotMessage', 6_000_000_000)).toBeCloseTo(1_000 + 4 * 800 + 700, 6);
  });

  test('take their steps over all lines together, and reasons add up to the total', () => {
    const bill = {
      name: 'two',
      lines: [
        line('requests', 'httpApiRequest', 300_000_000),
        line('SQS', 'sqsRequest', 1_000_000),
        line('transfer', 'httpApiRequest', 300_000_000),
      ],
    };

    expect(total(bill)).toBeCloseTo(300 + 270 + 0.4, 8);
    expect(byReason(bill).get('requests')).toBeCloseTo(285, 8);
    expect([...byReason(bill).values()].reduce((a, b) => a + b, 0)).toBeCloseTo(total(bill), 8);
  });
});

describe('how often a reader polls', () => {
  test('a quiet channel is asked each 20 s and the way to and fro', () => {
    expect(polls(0, 5)).toEqual({ rate: 1 / 25, bringing: 0, held: 20 });
    expect(polls(1e-9, 5).rate).toBeCloseTo(1 / 25, 6);
  });

  test('a busy channel is asked once for each event when asking again takes no time', () => {
    const { rate, bringing, held } = polls(1, 0);

    expect(held).toBeCloseTo(1, 6);
    expect(rate).toBeCloseTo(1, 6);
    expect(bringing).toBeCloseTo(1, 6);
  });

  test('a very busy channel is asked as often as the way to and fro allows, and never held', () => {
    const { rate, held } = polls(1_000, 0.1);

    expect(rate).toBeCloseTo(10, 6);
    expect(held).toBeCloseTo(0, 6);
  });
});

test('processes follow each channel of their readers once', () => {
  const work = { ...QUIET, clients: 1_000 };

  expect(channelsPerProcess({ ...work, channels: 1 }, 4)).toBeCloseTo(1, 6);
  expect(channelsPerProcess({ ...work, channels: 1_000 }, 4)).toBeCloseTo(250, 6);
  expect(channelsPerProcess({ ...work, channels: 10 }, 1)).toBeCloseTo(10, 6);
});

test('classic Lambda: 100 idle readers for an hour', () => {
  const sums = byReason(classic(QUIET, METERED, ASSUMED));

  // 100 readers, a poll each 25 s: 14,400 polls of 20 s at a quarter of a GB are 72,000 GB-seconds.
  expect(sums.get('computing')).toBeCloseTo(72_000 * 0.0000133334, 10);
  // $1 and $0.20 a million.
  expect(sums.get('requests')).toBeCloseTo(14_400 * 0.0000012, 10);
  expect(sums.get('DynamoDB')).toBeCloseTo(14_400 * 0.00000075, 10);
  expect(sums.get('SQS')).toBeCloseTo(14_400 * 0.0000004, 10);
  // 1.44 MB.
  expect(sums.get('transfer')).toBeCloseTo(0.00144 * 0.09, 10);
});

test('direct waits: a reader asks once in 100 s, and waits five times for it', () => {
  const month = { ...QUIET, clients: 1, hours: 730 };
  const sums = byReason(direct(month, METERED, ASSUMED));
  const asks = (730 * 3600) / 105;

  // An ask and five waits at $1, and two functions at $0.20 a million.
  expect(sums.get('requests')).toBeCloseTo((asks * 6.4) / 1_000_000, 8);
  expect(sums.get('SQS')).toBeCloseTo((asks * 5 * 0.4) / 1_000_000, 8);
  // An arm and a check, and a lease each 5 minutes.
  const writes = asks + (730 * 3600) / 300;
  expect(sums.get('DynamoDB')).toBeCloseTo((writes * 0.625 + asks * 0.125) / 1_000_000, 8);
});

test('direct waits: a bell costs an ask more, and no poll is held', () => {
  const month = { ...QUIET, clients: 1, hours: 730 };
  const quiet = byReason(direct(month, METERED, ASSUMED));
  const busy = byReason(direct({ ...month, eventsPerSecond: 1 / 60 }, METERED, ASSUMED));
  const held = byReason(classic(month, METERED, ASSUMED));

  expect(busy.get('requests') ?? 0).toBeGreaterThan(quiet.get('requests') ?? 0);
  expect((quiet.get('computing') ?? 0) * 100).toBeLessThan(held.get('computing') ?? 0);
});

test('shared polls: each reader pays for its requests, and the origin holds one for each place', () => {
  const month = { ...QUIET, hours: 730 };
  const sums = (clients: number) => byReason(shared({ ...month, clients }, METERED, ASSUMED));
  const requests = (clients: number) => (clients * 730 * 3600) / 25;
  // A request, a function and a read: $1, $0.10 and $0.03 a million; at the origin $1 and $0.20.
  const priced = (clients: number) => (requests(clients) * 1.13 + requests(2) * 1.2) / 1_000_000;

  expect(sums(100).get('requests')).toBeCloseTo(priced(100), 8);
  expect(sums(10_000).get('requests')).toBeCloseTo(priced(10_000), 6);
  const ofTwo = byReason(classic({ ...month, clients: 2 }, METERED, ASSUMED));
  for (const reason of ['computing', 'DynamoDB', 'SQS'] as const)
    expect(sums(10_000).get(reason)).toBeCloseTo(ofTwo.get(reason) ?? 0, 8);
});

test('shared polls: a reader who is alone on a channel costs a poll of its own at the origin', () => {
  const alone = { ...QUIET, channels: 100 };

  expect(byReason(shared(alone, METERED, ASSUMED)).get('computing')).toBeCloseTo(
    byReason(classic(alone, METERED, ASSUMED)).get('computing') ?? 0,
    8,
  );
});

test('a cursor costs a write with each poll', () => {
  const without = byReason(classic(QUIET, METERED, ASSUMED)).get('DynamoDB') ?? 0;
  const kept = byReason(classic({ ...QUIET, cursors: true }, METERED, ASSUMED)).get('DynamoDB') ?? 0;

  expect(kept - without).toBeCloseTo(14_400 * 0.000000625, 10);
});

test('in a hub, a write for all moves of some seconds, and one each 80 s for a reader that does not move', () => {
  const writes = (eventsPerSecond: number) => {
    const work = { ...QUIET, eventsPerSecond };
    const units = (cursors: boolean) => {
      const { lines } = hub({ ...work, cursors }, METERED, { ...ASSUMED, turnaround: 0 });
      return lines.reduce((sum, { price, units }) => sum + (price === 'writeUnit' ? units : 0), 0);
    };
    return units(true) - units(false);
  };

  expect(writes(0)).toBeCloseTo(100 * (3600 / 80), 3);
  expect(writes(1)).toBeCloseTo(100 * (3600 / 80 + 3600 / 6), 3);
});

test('classic Lambda: each event is looked for and rung to every waiting reader', () => {
  const work = { ...QUIET, eventsPerSecond: 1 };
  const assumed = { ...ASSUMED, turnaround: 0 };
  const { lines } = classic(work, METERED, assumed);
  const units = (price: string) =>
    lines.reduce((sum, each) => sum + (each.price === price ? each.units : 0), 0);

  // 3,600 events, 100 readers: a receive, a deletion and a send each.
  expect(units('sqsRequest') / (3 * 360_000)).toBeCloseTo(1, 5);
  // A check with each poll, and a look that reads 100 arms of 256 bytes: 25,600 bytes are 7 units.
  expect(units('readUnit')).toBeCloseTo(360_000 + 7 * 3_600, -2);
  expect(units('writeUnit')).toBeCloseTo(360_000 + 3_600, -2);
});

test('hub: 100 idle readers cost two tasks, the balancer and a turn of each task each 20 s', () => {
  const bill = hub({ ...QUIET, hours: 730 }, METERED, ASSUMED);
  const sums = byReason(bill);
  const turns = (2 * 730 * 3600) / 20.02;

  expect(sums.get('computing')).toBeCloseTo(2 * 730 * (0.03238 + 2 * 0.00356), 8);
  expect(sums.get('network')).toBeCloseTo(730 * (0.0225 + 0.008 * (100 / 3_000) + 4 * 0.005), 8);
  expect(sums.get('DynamoDB')).toBeCloseTo(turns * 0.00000075, 8);
  expect(sums.get('SQS')).toBeCloseTo(turns * 0.0000004, 8);
});

test('hub: what AWS is called for does not grow with the readers of a channel', () => {
  const at = (clients: number) =>
    byReason(hub({ ...QUIET, clients, eventsPerSecond: 1, hours: 730 }, METERED, ASSUMED));

  expect(at(10_000).get('SQS')).toBeCloseTo(at(100).get('SQS') ?? 0, 8);
  expect(at(10_000).get('DynamoDB')).toBeCloseTo(at(100).get('DynamoDB') ?? 0, 8);
});

test('Managed Instances: three instances, and 15 % on them', () => {
  const sums = byReason(managedInstances({ ...QUIET, hours: 730 }, METERED, ASSUMED));

  expect(sums.get('computing')).toBeCloseTo(3 * 730 * 0.0816 * 1.15, 8);
});

test('AppSync Events and IoT Core: connection minutes, and each delivery', () => {
  const work = { ...QUIET, eventsPerSecond: 1, hours: 730 };
  const published = 730 * 3600;
  const requests = (100 * 730 * 60 * 0.08 + (published + 100 * published) * 1) / 1_000_000;

  expect(byReason(appSyncEvents(work, METERED)).get('requests')).toBeCloseTo(requests, 6);
  expect(byReason(iotCore(work, METERED)).get('requests')).toBeCloseTo(requests, 6);
});

test('AppSync Events: an event of 12 KB is three operations', () => {
  const work = { ...QUIET, eventsPerSecond: 1 };
  const requests = (eventBytes: number) =>
    byReason(appSyncEvents({ ...work, eventBytes }, METERED)).get('requests') ?? 0;
  const minutes = (100 * 60 * 0.08) / 1_000_000;

  expect((requests(12_000) - minutes) / (requests(5_000) - minutes)).toBeCloseTo(3, 6);
});

test('API Gateway WebSockets: connection minutes, deliveries, pings and the calls around them', () => {
  const sums = byReason(webSockets(QUIET, METERED, ASSUMED));
  const minutes = 100 * 60;
  const pings = minutes / 9;
  const connects = minutes / 120;

  expect(sums.get('requests')).toBeCloseTo(
    (minutes * 0.25 + pings * 1 + (2 * connects + pings) * 0.2) / 1_000_000,
    10,
  );
});

test('hub: each channel that a task follows costs about ten cents a month', () => {
  const quiet = { ...QUIET, clients: 1_000, hours: 730 };
  const one = byReason(hub(quiet, METERED, ASSUMED)).get('DynamoDB') ?? 0;
  const many = byReason(hub({ ...quiet, channels: 1_000 }, METERED, ASSUMED)).get('DynamoDB') ?? 0;

  // A turn each 20 s and a write and a read unit each: 131,000 a month.
  expect((many - one) / (1_000 - 2)).toBeCloseTo(0.0985, 3);
});
