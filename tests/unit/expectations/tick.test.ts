import { describe, expect, test } from 'vitest';
import { LOOKS_A_TICK, type TickPorts, tick } from '../../../lib/expectations/tick.ts';
import { newEvent } from '../../../lib/log/block.ts';
import { HeadReader, readFollowing } from '../../../lib/log/read/head-reader.ts';
import { LIMITS } from '../../../lib/protocol/doorbell.ts';
import { MemoryExpectations } from '../../../packages/testing/src/memory/expectations.ts';
import { MemoryLog } from '../../../packages/testing/src/memory/stores.ts';
import { MemoryLogger, replacing, unavailable } from '../../support/memory/doubles.ts';
import { FakeClock } from '../../support/time/clock.ts';

const MINUTE_MS = 60_000;
const FAR_MS = 30 * 24 * 3_600_000;

function world() {
  const clock = new FakeClock();
  const log = new MemoryLog();
  const expectations = new MemoryExpectations();
  const headReader = new HeadReader({ log, records: log, clock });
  const told: string[] = [];
  const logger = new MemoryLogger();
  const ports: TickPorts = {
    clock,
    expectations,
    headReader,
    log: readFollowing(log, headReader),
    logger,
    tell: async (channel, events) => void told.push(...events.map(({ id }) => `${channel} ${id}`)),
  };
  /** Blocks of so many events, the first of which promises one. */
  const publish = async (channel: string, blocks = 1, width = 1) => {
    for (let i = 0; i < blocks; i++) {
      const events = Array.from({ length: width }, (_, n) => {
        const isFirst = i === 0 && n === 0;
        return newEvent(`${channel}-${i}-${n}`, null, isFirst ? 'a' : 'b', isFirst ? { expect: 'PT5M' } : {});
      });
      const first = i * width + 1;
      const at = new Date(clock.now()).toISOString();
      const expires = clock.now() + FAR_MS;
      await log.append(channel, {
        first,
        last: first + width - 1,
        epoch: 'e',
        at,
        token: `t${i}`,
        expires,
        events,
      });
    }
    await log.begin(channel, { epoch: 'e', highWaterMark: 1_000_000 });
    await expectations.noteLook({ channel, due: clock.now() + 6 * MINUTE_MS });
  };
  const now = () => tick(ports, Number.POSITIVE_INFINITY);
  return { clock, log, expectations, ports, told, logger, publish, now };
}

test('takes so many notes, the longest due first, and leaves the others to the next', async () => {
  const { clock, expectations, now } = world();
  const due = clock.now();
  for (let i = 0; i < LOOKS_A_TICK + 5; i++)
    await expectations.noteLook({ channel: `c${i}`, due: due - (i < 5 ? 0 : MINUTE_MS) });

  expect(await now()).toEqual({ looks: LOOKS_A_TICK, alarms: 0 });
  expect(expectations.looks().map(({ channel }) => channel)).toEqual(['c0', 'c1', 'c2', 'c3', 'c4']);
  expect(await now()).toEqual({ looks: 5, alarms: 0 });
});

test('ends when its time is over, and the rest is due still', async () => {
  const { clock, expectations, ports } = world();
  for (let i = 0; i < 5; i++) await expectations.noteLook({ channel: `c${i}`, due: clock.now() });

  expect(await tick(ports, clock.elapsed())).toEqual({ looks: 0, alarms: 0 });
  expect(expectations.looks()).toHaveLength(5);
});

test.each([
  ['saved what it decided', 'saveWatch', []],
  ['read what was told', 'read', [{ id: 'overdue.e.1', key: 'a', data: {} }]],
] as const)('a tick that stood still while it %s has no time left to tell it', async (_, call, outbox) => {
  const { clock, expectations, ports, publish } = world();
  await publish('jobs');
  if (outbox.length > 0)
    await expectations.saveWatch('jobs', undefined, {
      epoch: 'e',
      upTo: 0,
      pending: [],
      outbox,
      alarmsFrom: 0,
    });
  clock.jump(7 * MINUTE_MS);
  const late = async <T>(act: () => Promise<T>): Promise<T> => {
    const done = await act();
    clock.jump(6 * MINUTE_MS);
    return done;
  };
  const left: number[] = [];
  await tick(
    {
      ...ports,
      expectations:
        call === 'saveWatch'
          ? replacing(expectations, { saveWatch: (...args) => late(() => expectations.saveWatch(...args)) })
          : expectations,
      log: call === 'read' ? { read: (...args) => late(() => ports.log.read(...args)) } : ports.log,
      tell: async (_channel, _events, by) => void left.push(by - clock.elapsed()),
    },
    Number.POSITIVE_INFINITY,
  );

  expect(left.length).toBeGreaterThan(0);
  expect(left[0]).toBeLessThan(0);
});

test('a channel that cannot be looked at holds up no other, and is tried again', async () => {
  const { clock, expectations, ports, told, logger, publish } = world();
  await publish('bad');
  await publish('good');
  clock.jump(10 * MINUTE_MS);
  let isDown = true;
  const tell: TickPorts['tell'] = (channel, ...told) =>
    channel === 'alarms.bad' && isDown ? Promise.reject(unavailable()) : ports.tell(channel, ...told);
  const now = () => tick({ ...ports, tell }, Number.POSITIVE_INFINITY);
  await now();

  expect(told).toEqual(['alarms.good overdue.e.1']);
  expect(logger.lines).toEqual([
    expect.objectContaining({ level: 'error', fields: { channel: 'bad', reason: 'PushError' } }),
  ]);
  isDown = false;
  clock.jump(10 * MINUTE_MS);
  await now();
  expect(told).toEqual(['alarms.good overdue.e.1', 'alarms.bad overdue.e.1']);
  expect(expectations.looks()).toHaveLength(2);
});

test('reads so much of a busy channel, and goes on there at the next tick', async () => {
  const { clock, log, expectations, told, publish, ports } = world();
  const pages = 22;
  await publish('busy', (pages * 5_000) / LIMITS.blockEvents, LIMITS.blockEvents);
  clock.jump(10 * MINUTE_MS);
  let reads = 0;
  const counted = replacing(ports.log as TickPorts['log'] & object, {
    read: (channel, after, limit) => {
      if (limit === 5_000) reads++;
      return ports.log.read(channel, after, limit);
    },
  });
  const now = () => tick({ ...ports, log: counted }, Number.POSITIVE_INFINITY);
  await now();

  expect(reads).toBe(20);
  expect(told).toEqual([]);
  expect((await expectations.watch('busy'))?.watch.upTo).toBe(20 * 5_000);
  clock.jump(MINUTE_MS);
  await now();
  expect(reads).toBeLessThanOrEqual(23);
  expect(told).toEqual(['alarms.busy overdue.e.1']);
  expect(log.blocks('busy')).toHaveLength(1_100);
});

describe('a channel that', () => {
  test('has no event is looked at once, and nothing is kept of it', async () => {
    const { clock, expectations, now } = world();
    await expectations.noteLook({ channel: 'none', due: clock.now() });
    await now();

    expect(expectations.looks()).toEqual([]);
    expect(await expectations.watch('none')).toBeUndefined();
  });

  test('was made anew has promised nothing, and what it promises anew is watched', async () => {
    const { clock, log, expectations, told, publish, now } = world();
    await publish('jobs');
    clock.jump(7 * MINUTE_MS);
    await now();
    expect(told).toEqual(['alarms.jobs overdue.e.1']);
    log.drop();
    clock.jump(20 * MINUTE_MS);
    await now();
    expect(await expectations.watch('jobs')).toBeUndefined();

    await publish('jobs');
    clock.jump(7 * MINUTE_MS);
    await now();
    expect(told).toHaveLength(2);
  });
});
