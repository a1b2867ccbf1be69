/** The tables and charts of docs/evidence/cost.md, made of what was metered and of the price table. Pure. */

import { type LineChart, lineChart } from '../chart.ts';
import { ASSUMPTIONS, type Assumptions } from './assumptions.ts';
import { type Bill, byReason, type Reason, total } from './bill.ts';
import { classic, direct, hub, managedInstances, shared } from './doorbell.ts';
import { CAUGHT_UP, type Metered, type Usage } from './metering.ts';
import { appSyncEvents, iotCore, webSockets } from './others.ts';
import { PRICES, type Price, READ, READ_CLOUDFRONT } from './prices.ts';
import { MONTH_HOURS, type Workload } from './workload.ts';

const REASONS: readonly Reason[] = [
  'computing',
  'requests',
  'DynamoDB',
  'SQS',
  'transfer',
  'logs',
  'network',
];

/** What the document prices unless it says otherwise: dashboards that are always open. */
export const TYPICAL: Workload = {
  clients: 1_000,
  channels: 1,
  eventsPerSecond: 1,
  eventBytes: 500,
  cursors: false,
  hours: MONTH_HOURS,
};

/** Events a second on the one channel that all follow, and how the document calls it. */
const PACES = [
  { eventsPerSecond: 1 / 600, name: 'an event each 10 min' },
  { eventsPerSecond: 1 / 60, name: 'an event a minute' },
  { eventsPerSecond: 1, name: 'an event a second' },
];
const FITS = [10, 100, 1_000, 10_000];
const READERS = [10, 100, 1_000, 10_000, 100_000];

/** Doorbell's own, which come first. */
const SHAPES = 5;

/** All that is compared, Doorbell's shapes first. */
export function bills(work: Workload, metered: Metered, assumed: Assumptions = ASSUMPTIONS): readonly Bill[] {
  return [
    classic(work, metered, assumed),
    direct(work, metered, assumed),
    shared(work, metered, assumed),
    managedInstances(work, metered, assumed),
    hub(work, metered, assumed),
    webSockets(work, metered, assumed),
    appSyncEvents(work, metered),
    iotCore(work, metered),
  ];
}

/** Calls and billable units of each operation. */
export function meteredTable(metered: Metered): string {
  const rows: ReadonlyArray<readonly [string, Usage]> = [
    ['a poll that ends without an event', metered.idlePoll],
    ['the same, with a cursor kept', metered.idlePollWithCursor],
    ['what a delivery adds', metered.delivery],
    [`a poll whose reader is ${CAUGHT_UP} events behind, without a wait`, metered.catchUp],
    ['a publish, nobody armed', metered.publish],
    ['what each armed mailbox adds', metered.ring],
  ];
  return table(
    ['operation', 'calls', 'write units', 'read units', 'SQS requests'],
    rows.map(([name, { calls, units }]) => [
      name,
      Object.entries(calls)
        .map(([kind, count]) => `${count} ${kind}`)
        .join(', '),
      String(units.writeUnits),
      String(units.readUnits),
      String(units.sqsRequests),
    ]),
  );
}

/** Dollars a month by readers and pace. */
export function totalsTable(metered: Metered): string {
  const names = bills(TYPICAL, metered).map(({ name }) => name);
  const rows = PACES.flatMap(({ eventsPerSecond, name }) =>
    READERS.map((clients) => {
      const priced = bills({ ...TYPICAL, clients, eventsPerSecond }, metered).map(total);
      const least = Math.min(...priced);
      return [
        clients.toLocaleString('en'),
        name,
        ...priced.map((usd) => (usd === least ? `**${money(usd)}**` : money(usd))),
      ];
    }),
  );
  return table(['readers', 'events', ...names], rows);
}

/** Which of Doorbell's shapes is cheapest, and of the others, with what each costs. */
export function fitsTable(metered: Metered): string {
  const cheapest = (priced: readonly Bill[]) => {
    const [first] = [...priced].sort((a, b) => total(a) - total(b));
    return first ? `${first.name}, $${money(total(first))}` : '';
  };
  const rows = FITS.map((clients) => [
    clients.toLocaleString('en'),
    ...PACES.flatMap(({ eventsPerSecond }) => {
      const all = bills({ ...TYPICAL, clients, eventsPerSecond }, metered);
      return [cheapest(all.slice(0, SHAPES)), cheapest(all.slice(SHAPES))];
    }),
  ]);
  const head = PACES.flatMap(({ name }) => [name, 'cheapest other']);
  return table(['readers of one channel', ...head], rows);
}

/** Where the money goes, for one workload. */
export function reasonsTable(work: Workload, metered: Metered, assumed: Assumptions = ASSUMPTIONS): string {
  const rows = bills(work, metered, assumed).map((bill) => {
    const sums = byReason(bill);
    return [bill.name, ...REASONS.map((reason) => money(sums.get(reason) ?? 0)), `**${money(total(bill))}**`];
  });
  return table(['$ a month', ...REASONS, 'together'], rows);
}

export function pricesTable(): string {
  const rows = Object.values<Price>(PRICES).map((price) => [
    price.unit,
    price.per === 1 ? `$${price.usd}` : `$${price.usd} a million`,
    (price.beyond ?? []).map(({ units, usd }) => `$${usd} beyond ${short(units)}`).join(', '),
    price.standing,
    price.asOf,
    `[source](${price.source})`,
  ]);
  return `Read on ${READ}, those of CloudFront on ${READ_CLOUDFRONT}.\n\n${table(['unit', 'price', 'steps', 'standing', 'as of', ''], rows)}`;
}

/** Dollars a month over readers, one chart for each pace, by file name. */
export function charts(metered: Metered): ReadonlyMap<string, string> {
  return new Map([
    ['cost-quiet.svg', chart(1 / 60, 'an event a minute', metered)],
    ['cost-busy.svg', chart(1, 'an event a second', metered)],
  ]);
}

function chart(eventsPerSecond: number, pace: string, metered: Metered): string {
  const points = READERS.map((clients) => bills({ ...TYPICAL, clients, eventsPerSecond }, metered));
  const lines = (points[0] ?? []).map(({ name }, i) => ({
    name,
    dashed: i >= SHAPES,
    points: points.map((priced, at) => {
      const bill = priced[i];
      return [READERS[at] ?? 0, bill ? total(bill) : 0] as const;
    }),
  }));
  const drawn: LineChart = {
    title: `A month of readers that all follow one channel: ${pace}`,
    note: `events of ${TYPICAL.eventBytes} bytes, always open, us-east-1, prices read ${READ}; dashed: others`,
    x: { name: 'readers', log: true, min: 10 },
    y: { name: 'dollars a month', log: true },
    lines,
  };
  return lineChart(drawn);
}

function table(head: readonly string[], rows: ReadonlyArray<readonly string[]>): string {
  const lines = [head, head.map(() => '---'), ...rows].map((cells) => `| ${cells.join(' | ')} |`);
  return lines.join('\n');
}

/** Two significant digits: more would be a promise. Whole cents below a dollar. */
function money(usd: number): string {
  if (usd < 0.005) return '0';
  if (usd < 1) return usd.toFixed(2);
  return Number(usd.toPrecision(2)).toLocaleString('en');
}

function short(units: number): string {
  return new Intl.NumberFormat('en', { notation: 'compact', maximumSignificantDigits: 4 }).format(units);
}
