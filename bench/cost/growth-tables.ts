/** The tables of docs/evidence/units.md. Pure but for the stacks in memory on which they are metered. */

import { TRUSTED } from '../../lib/auth/caller.ts';
import { DEDUPLICATION_MS } from '../../lib/log/append/recent-ids.ts';
import { foldChannel } from '../../lib/state/fold-channel.ts';
import { readState } from '../../lib/state/read-state.ts';
import { type Billed, BilledWorld, eventsFrom, keyedFrom } from './billed-world.ts';
import { PRICES } from './prices.ts';

const CHANNEL = 'doors';
const WINDOW_S = DEDUPLICATION_MS / 1_000;
const EVENT_BYTES = 100;

type Row = readonly (number | string)[];

/** The first publish with ids of a process, by the channel's rate. Writers group what comes within a tenth of a second. */
export async function idsTable(rates: readonly number[] = [1, 10, 100, 1_000]): Promise<string> {
  const rows: Row[] = [];
  for (const rate of rates) {
    const world = new BilledWorld();
    const writer = world.process();
    const size = Math.max(1, rate / 10);
    const events = rate * (WINDOW_S + 1);
    const written = await world.bill(async () => {
      for (let first = 1; first <= events; first += size) {
        await writer.appender.append(CHANNEL, eventsFrom(first, size, EVENT_BYTES), true);
        await world.clock.advance((size / rate) * 1_000);
      }
    });
    const since = world.clock.now() - DEDUPLICATION_MS;
    const whole = await world.bill(() => world.process().log.since(CHANNEL, since));
    const cold = world.process().appender;
    const first = await world.bill(() => cold.append(CHANNEL, eventsFrom(events + 1, 1, EVENT_BYTES), true));
    const second = await world.bill(() => cold.append(CHANNEL, eventsFrom(events + 2, 1, EVENT_BYTES), true));
    const again = await world.bill(() =>
      world.process().appender.append(CHANNEL, eventsFrom(events - rate * 100, 1, EVENT_BYTES), true),
    );
    const digests = Math.floor(events / 1_000) * 5;
    rows.push([
      rate,
      whole.units.readUnits,
      first.units.readUnits,
      first.calls,
      second.units.readUnits,
      again.units.readUnits,
      `${((100 * digests) / written.units.writeUnits).toFixed(1)} %`,
    ]);
  }
  return table(
    [
      'events a second',
      'five minutes of log, read units',
      'first publish with an id, read units',
      'its calls',
      'the next one',
      'first one, an id that stands there',
      'writes more, for digests',
    ],
    rows,
  );
}

/** A check, by the size of the newest block. */
export async function blocksTable(): Promise<string> {
  const sizes = [
    { what: '1 event of 100 bytes', count: 1, bytes: 100 },
    { what: '100 events of 100 bytes', count: 100, bytes: 100 },
    { what: '100 events of 1 kB', count: 100, bytes: 1_000 },
    { what: '1 event of 256 KiB', count: 1, bytes: 256 * 1_024 },
  ];
  const rows: Row[] = [];
  for (const { what, count, bytes } of sizes) {
    const world = new BilledWorld();
    const append = (first: number) =>
      world.process().appender.append(CHANNEL, eventsFrom(first, count, bytes), false);
    await append(1);
    const { headReader } = world.process();
    const cold = await world.bill(() => headReader.check(CHANNEL));
    const quiet = await world.bill(() => headReader.check(CHANNEL));
    await append(count + 1);
    const news = await world.bill(() => headReader.check(CHANNEL));
    rows.push([what, cold.units.readUnits, quiet.units.readUnits, quiet.calls, news.units.readUnits]);
  }
  return table(
    [
      'newest block',
      'first check, read units',
      'next check, nothing new',
      'its calls',
      'next check, one block new',
    ],
    rows,
  );
}

/** Pages of the log, by the length of the channel. */
export async function lengthTable(): Promise<string> {
  const rows: Row[] = [];
  for (const size of [1, 100]) {
    for (const events of [500, 5_000]) {
      const world = new BilledWorld();
      const { appender, log } = world.process();
      for (let first = 1; first <= events; first += size)
        await appender.append(CHANNEL, eventsFrom(first, size, EVENT_BYTES), false);
      const units = async (after: number, limit: number) =>
        (await world.bill(() => log.read(CHANNEL, after, limit))).units.readUnits;
      rows.push([
        size,
        events,
        await units(0, 1),
        await units(0, 100),
        await units(0, 500),
        await units(50, 100),
        await units(events - 10, 500),
        await units(events, 500),
      ]);
    }
  }
  return table(
    [
      'events a block',
      'events in the channel',
      'the oldest',
      '100 events',
      '500 events',
      '100 from inside',
      'the last 10',
      'after the newest',
    ],
    rows,
  );
}

/** What grows with those who read: arms that a publish looks at, cursors that a channel's description reads. */
export async function readersTable(): Promise<string> {
  const rows: Row[] = [];
  for (const readers of [1, 100, 1_000]) {
    const world = new BilledWorld();
    const { waiters, cursors, appender } = world.process();
    await appender.append(CHANNEL, eventsFrom(1, 1, EVENT_BYTES), false);
    const arms = Array.from({ length: readers }, (_, i) => i + 1);
    for (const i of arms) {
      const mailbox = `https://sqs.us-east-1.amazonaws.com/123456789012/doorbell-prod-mailbox-${String(i).padStart(24, '0')}`;
      await waiters.arm(CHANNEL, {
        mailbox,
        nonce: `nonce-${String(i).padStart(20, '0')}`,
        turn: 1,
        until: world.clock.now() + 60_000,
      });
      const hold = { mailbox, nonce: `nonce-${i}`, until: world.clock.now() + 20_000 };
      await cursors.visit(CHANNEL, `client-${i}`, { maxvid: 1, epoch: 'e1' }, hold, world.clock.now());
    }
    const look = await world.bill(() => waiters.armed(CHANNEL));
    const list = await world.bill(() => cursors.list(CHANNEL));
    rows.push([readers, readUnits(look), readUnits(list)]);
  }
  return table(
    [
      'processes that wait, or clients with a cursor',
      'the look of a publish, read units',
      'the list of clients, read units',
    ],
    rows,
  );
}

/** Looks of a sweep at each channel in a month. */
const LOOKS_A_MONTH = (30 * 24 * 60) / 5;

/** The state of a channel on AWS, by how many keys it has and how many events come in the 5 minutes between two folds. */
export async function statesTable(): Promise<string> {
  const rows: Row[] = [];
  for (const { keys, events } of [
    { keys: 12, events: 60 },
    { keys: 300, events: 300 },
    { keys: 300, events: 3_000 },
    { keys: 10_000, events: 3_000 },
  ]) {
    const world = new BilledWorld();
    const process = world.process();
    let head = 0;
    const say = async (count: number) => {
      for (const end = head + count; head < end; head += Math.min(100, end - head))
        await process.appender.append(
          CHANNEL,
          keyedFrom(head + 1, Math.min(100, end - head), EVENT_BYTES, keys),
          false,
        );
    };
    const fold = () =>
      world.bill(() => foldChannel({ ...process, records: process.log }, CHANNEL, Number.POSITIVE_INFINITY));
    const state = (range: object) =>
      world.bill(() => readState(process, TRUSTED, CHANNEL, { prefix: '', after: '', keys: [], ...range }));
    await say(keys);
    await fold();
    const quiet = await fold();
    await say(events);
    const before = await state({});
    const folded = await fold();
    const one = await state({ keys: ['sensor-1'] });
    const all = await state({});
    rows.push([
      keys,
      events,
      quiet.units.readUnits,
      folded.units.readUnits,
      folded.units.writeUnits,
      (LOOKS_A_MONTH * dollars(folded)).toFixed(2),
      one.units.readUnits,
      all.units.readUnits,
      before.units.readUnits,
    ]);
  }
  return table(
    [
      'keys',
      'events in 5 minutes',
      'a look where nothing is new, read units',
      'a fold, read units',
      'write units',
      'folds of a month, $',
      'the state of one key, read units',
      'the first page of the state',
      'the same just before a fold',
    ],
    rows,
  );
}

function dollars({ units }: Billed): number {
  const { readUnit: read, writeUnit: write } = PRICES;
  return (units.readUnits * read.usd) / read.per + (units.writeUnits * write.usd) / write.per;
}

function readUnits({ units }: Billed): number {
  return units.readUnits;
}

function table(head: readonly string[], rows: readonly Row[]): string {
  const lines = [head, head.map(() => '---'), ...rows.map((row) => row.map(cell))];
  return lines.map((cells) => `| ${cells.join(' | ')} |`).join('\n');
}

function cell(value: number | string): string {
  return typeof value === 'number' ? value.toLocaleString('en') : value;
}
