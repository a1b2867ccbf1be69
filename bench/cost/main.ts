/**
 * `npm run cost -- --clients 1000 --events-per-second 1 --event-bytes 500`: dollars a month for Doorbell's five shapes and for others, from calls metered now on the embedded
 * emulators and the price table. `--write` makes docs/evidence/cost.md's tables and charts anew instead.
 */

import { readFile, writeFile } from 'node:fs/promises';
import { parseArgs } from 'node:util';
import { LIMITS } from '../../lib/protocol/doorbell.ts';
import { startLocalStack } from '../../local/emulators/stack.ts';
import { documentPath, withSection } from '../../tests/support/repo/documents.ts';
import { ASSUMPTIONS, type Assumptions } from './assumptions.ts';
import { type Metered, meter } from './metering.ts';
import { statesTable } from './states.ts';
import {
  charts,
  fitsTable,
  meteredTable,
  pricesTable,
  reasonsTable,
  TYPICAL,
  totalsTable,
} from './tables.ts';
import { watched, watchingTable } from './watching.ts';
import { MONTH_HOURS, type Workload } from './workload.ts';

const DOCUMENT = 'docs/evidence/cost.md';
/** Beyond it the prices would have other steps than those of the table. */
const MOST = 1_000_000_000;

const HELP = `npm run cost -- [options]

  --clients N --channels N --events-per-second N --event-bytes N --hours N --cursors
  --assume NAME=N    of ${Object.keys(ASSUMPTIONS).join(', ')}; as often as wanted
  --write            docs/evidence/cost.md's tables and charts anew, for its own workload
`;

type Values = ReturnType<typeof read>;

function read() {
  return parseArgs({
    options: {
      help: { type: 'boolean', default: false },
      clients: { type: 'string', default: String(TYPICAL.clients) },
      channels: { type: 'string', default: String(TYPICAL.channels) },
      'events-per-second': { type: 'string', default: String(TYPICAL.eventsPerSecond) },
      'event-bytes': { type: 'string', default: String(TYPICAL.eventBytes) },
      hours: { type: 'string', default: String(TYPICAL.hours) },
      cursors: { type: 'boolean', default: TYPICAL.cursors },
      assume: { type: 'string', multiple: true, default: [] },
      write: { type: 'boolean', default: false },
    },
  }).values;
}

async function metered(eventBytes: number): Promise<Metered> {
  const stack = await startLocalStack();
  try {
    return await meter(stack, eventBytes);
  } finally {
    await stack.stop();
  }
}

function workload(values: Values): Workload {
  return {
    clients: whole('clients', values.clients),
    channels: whole('channels', values.channels),
    eventsPerSecond: positive('events-per-second', values['events-per-second']),
    eventBytes: whole('event-bytes', values['event-bytes'], LIMITS.eventBytes),
    cursors: values.cursors,
    hours: positive('hours', values.hours, MONTH_HOURS),
  };
}

/** `--assume pollGb=0.5`, as often as wanted. */
function assumptions(values: Values): Assumptions {
  const given = values.assume.map((text) => {
    const [name = '', value] = text.split('=');
    if (!(name in ASSUMPTIONS))
      throw new Error(`--assume takes one of ${Object.keys(ASSUMPTIONS).join(', ')}, got ${name}`);
    return [name, positive(name, value)] as const;
  });
  return { ...ASSUMPTIONS, ...Object.fromEntries(given) };
}

function positive(name: string, text: string | undefined, most = MOST): number {
  const value = Number(text);
  if (value > 0 && value <= most) return value;
  throw new Error(`${name} must be a number above 0 and at most ${most}, got ${text}`);
}

function whole(name: string, text: string, most = MOST): number {
  if (/^\d+$/.test(text)) return positive(name, text, most);
  throw new Error(`${name} must be a whole number from 1 to ${most}, got ${text}`);
}

async function write(): Promise<void> {
  const measured = await metered(TYPICAL.eventBytes);
  let document = await readFile(documentPath(DOCUMENT), 'utf8');
  const sections = {
    metered: meteredTable(measured),
    totals: totalsTable(measured),
    reasons: reasonsTable({ ...TYPICAL, eventsPerSecond: 1 / 60 }, measured),
    prices: pricesTable(),
    fits: fitsTable(measured),
    states: await statesTable(),
    watching: watchingTable(await watched()),
  };
  for (const [name, text] of Object.entries(sections)) document = withSection(document, DOCUMENT, name, text);
  await writeFile(documentPath(DOCUMENT), document);
  for (const [name, svg] of charts(measured)) await writeFile(documentPath(`docs/evidence/${name}`), svg);
}

async function print(values: Values): Promise<void> {
  const work = workload(values);
  const assumed = assumptions(values);
  const measured = await metered(work.eventBytes);
  console.log(meteredTable(measured));
  console.log(`\n${reasonsTable(work, measured, assumed)}`);
  console.log(
    `\nTo be told of faults, which is not in the bills above:\n\n${watchingTable(await watched())}`,
  );
  console.log(
    `\nThe states of channels whose events have keys, which are not in the bills above:\n\n${await statesTable()}`,
  );
}

async function main(): Promise<void> {
  const values = read();
  if (values.help) return console.log(HELP);
  await (values.write ? write() : print(values));
}

main().catch((error: Error) => {
  console.error(error.message);
  process.exitCode = 1;
});
