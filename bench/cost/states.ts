/**
 * What the states of channels cost on AWS: the sweep's folds by keys and rate, what is kept, and reading. Metered in memory, where every command of `lib/aws` is
 * billed by `units.ts`; exact, and the same in each run. How long functions take is assumed (`FOLD`).
 */

import { TRUSTED } from '../../lib/auth/caller.ts';
import { LIMITS } from '../../lib/protocol/doorbell.ts';
import { BUSY_EVENTS } from '../../lib/state/fold-all.ts';
import { foldChannel } from '../../lib/state/fold-channel.ts';
import { readState } from '../../lib/state/read-state.ts';
import { ASSUMPTIONS } from './assumptions.ts';
import { type Billed, BilledWorld, keyedFrom } from './billed-world.ts';
import { dollars } from './prices.ts';
import { itemBytes } from './units.ts';
import { GB, MONTH_HOURS } from './workload.ts';

/** A channel with keys, each of whose events is of the next of them. */
export interface Keyed {
  readonly keys: number;
  readonly eventsPerSecond: number;
}

export interface StateBill extends Keyed {
  /** Minutes between two folds. */
  readonly everyMinutes: number;
  /** One fold, of what has come since the last one. */
  readonly fold: Billed;
  /** Dollars a month. */
  readonly reads: number;
  readonly writes: number;
  readonly computing: number;
  readonly storage: number;
  /** All pages of the state, half-way between two folds: how many, their read units, and dollars for 1,000 such readings. */
  readonly pages: number;
  readonly readUnits: number;
  readonly thousand: number;
}

export const STATES: readonly Keyed[] = [
  { keys: 12, eventsPerSecond: 0 },
  { keys: 12, eventsPerSecond: 0.1 },
  { keys: 300, eventsPerSecond: 1 },
  { keys: 300, eventsPerSecond: 10 },
  { keys: 300, eventsPerSecond: 100 },
  { keys: 300, eventsPerSecond: 1_000 },
  { keys: 10_000, eventsPerSecond: 1 },
  { keys: 10_000, eventsPerSecond: 100 },
  { keys: 100_000, eventsPerSecond: 10 },
];

/** Of the sweep and of a request for a page; not measured on AWS. Seconds for each write (of 5 ms, 16 of them at once) and each MiB that is read. */
const FOLD = { gb: 0.25, perWrite: 5 / 16 / 1_000, perMib: 0.2, perRun: 0.3, perPage: 0.1 } as const;
const CHANNEL = 'site';
const EVENT_BYTES = 100;
const LOOK_MINUTES = 5;
const MINUTES = MONTH_HOURS * 60;
/** What the head, how far is folded and the answer's frame are asked with. */
const ALL = { prefix: '', after: '', keys: [] };

/** The sweep of a stack, in dollars a month, whatever there is to fold: a run a minute, which reads where the last one stopped. */
export function sweepDollars(): number {
  const seconds = MINUTES * FOLD.perRun * FOLD.gb;
  return (
    dollars('lambdaRequest', MINUTES) + dollars('lambdaGbSecond', seconds) + dollars('readUnit', MINUTES)
  );
}

export async function billStates(channels: readonly Keyed[] = STATES): Promise<readonly StateBill[]> {
  const bills: StateBill[] = [];
  for (const one of channels) bills.push(await billState(one));
  return bills;
}

async function billState({ keys, eventsPerSecond }: Keyed): Promise<StateBill> {
  const world = new BilledWorld();
  const process = world.process();
  // Writers group what comes within a tenth of a second.
  const size = Math.min(LIMITS.blockEvents, Math.max(1, Math.round(eventsPerSecond / 10)));
  let head = 0;
  const say = async (count: number, block: number) => {
    for (const end = head + count; head < end; ) {
      const some = Math.min(block, end - head);
      await process.appender.append(CHANNEL, keyedFrom(head + 1, some, EVENT_BYTES, keys), false);
      head += some;
    }
  };
  const fold = () =>
    world.bill(async () => {
      const ports = { ...process, records: process.log };
      while ((await foldChannel(ports, CHANNEL, Number.POSITIVE_INFINITY)).hasMore);
    });
  await say(keys, LIMITS.blockEvents);
  await fold();
  const look = await fold();
  const everyMinutes = eventsPerSecond * 60 >= BUSY_EVENTS ? 1 : LOOK_MINUTES;
  const events = Math.round(eventsPerSecond * 60 * everyMinutes);
  await say(Math.floor(events / 2), size);
  const read = await readWhole(world);
  await say(Math.ceil(events / 2), size);
  const folded = await fold();
  const times = MINUTES / everyMinutes;
  // A busy channel is looked at with the others, too.
  const looks = everyMinutes < LOOK_MINUTES ? MINUTES / LOOK_MINUTES : 0;
  const seconds = times * secondsOf(folded) + looks * secondsOf(look);
  const bytes = world.dynamo.items('states').reduce((sum, item) => sum + itemBytes(item), 0);
  return {
    keys,
    eventsPerSecond,
    everyMinutes,
    fold: folded,
    reads: dollars('readUnit', times * folded.units.readUnits + looks * look.units.readUnits),
    writes: dollars('writeUnit', times * folded.units.writeUnits),
    computing: dollars('lambdaGbSecond', seconds * FOLD.gb),
    storage: dollars('tableGbMonth', bytes / GB),
    pages: read.pages,
    readUnits: read.units.readUnits,
    thousand: 1_000 * dollarsOfReading(read),
  };
}

function secondsOf({ units }: Billed): number {
  const mib = (units.readUnits * 4) / 1_024;
  return units.writeUnits * FOLD.perWrite + mib * FOLD.perMib;
}

interface Reading extends Billed {
  readonly pages: number;
  readonly bytes: number;
}

async function readWhole(world: BilledWorld): Promise<Reading> {
  let pages = 0;
  let bytes = 0;
  const billed = await world.bill(async () => {
    for (let after: string | null = ''; after !== null; pages++) {
      // Each may be answered by another instance of the function, which knows nothing.
      const page: Awaited<ReturnType<typeof readState>> = await readState(world.process(), TRUSTED, CHANNEL, {
        ...ALL,
        after,
      });
      bytes += Buffer.byteLength(JSON.stringify(page)) + ASSUMPTIONS.headerBytes;
      after = page.next;
    }
  });
  return { ...billed, pages, bytes };
}

function dollarsOfReading({ pages, bytes, units }: Reading): number {
  // HTTP API counts requests of 512 KB.
  const requests = Math.max(pages, Math.ceil(bytes / (512 * 1_024)));
  return (
    dollars('httpApiRequest', requests) +
    dollars('lambdaRequest', pages) +
    dollars('lambdaGbSecond', pages * FOLD.perPage * FOLD.gb) +
    dollars('readUnit', units.readUnits) +
    dollars('transferGb', bytes / GB)
  );
}

export async function statesTable(): Promise<string> {
  const rows = (await billStates()).map((bill) => [
    bill.keys.toLocaleString('en'),
    bill.eventsPerSecond.toLocaleString('en'),
    bill.everyMinutes === 1 ? 'a minute' : `${bill.everyMinutes} minutes`,
    `${bill.fold.units.readUnits.toLocaleString('en')} / ${bill.fold.units.writeUnits.toLocaleString('en')}`,
    money(bill.reads),
    money(bill.writes),
    money(bill.computing),
    money(bill.storage),
    money(bill.reads + bill.writes + bill.computing + bill.storage),
    `${bill.pages} / ${bill.readUnits.toLocaleString('en')}`,
    money(bill.thousand),
  ]);
  const head = [
    'keys',
    'events a second',
    'a fold each',
    'its read / write units',
    'reads',
    'writes',
    'computing',
    'storage',
    'together, a month',
    'the whole state: pages / read units',
    '1,000 such readings',
  ];
  const lines = [head, head.map(() => '---'), ...rows];
  const text = lines.map((cells) => `| ${cells.join(' | ')} |`).join('\n');
  return `${text}\n\nThe sweep of a stack is ${money(sweepDollars())} a month beside this, whatever it folds.`;
}

/** Dollars with three digits, or cents. */
function money(usd: number): string {
  if (usd >= 100) return `$${Math.round(usd).toLocaleString('en')}`;
  return usd < 0.005 ? '$0.00' : `$${usd.toFixed(2)}`;
}
