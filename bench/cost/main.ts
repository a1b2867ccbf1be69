/**
 * `npm run cost -- --clients 1000 --events-per-second 1 --event-bytes 500`: dollars a month for Doorbell's three shapes and for others, from calls metered now on the embedded
 * emulators and the price table. `--write` makes docs/cost.md's tables and charts anew instead.
 */

import { readFile, writeFile } from 'node:fs/promises';
import { parseArgs } from 'node:util';
import { startLocalStack } from '../../local/stack.ts';
import { documentPath, withSection } from '../../tests/support/documents.ts';
import { ASSUMPTIONS, type Assumptions } from './assumptions.ts';
import { type Metered, meter } from './metering.ts';
import { charts, meteredTable, pricesTable, reasonsTable, TYPICAL, totalsTable } from './tables.ts';
import type { Workload } from './workload.ts';

const DOCUMENT = 'docs/cost.md';

const { values } = parseArgs({
  options: {
    clients: { type: 'string', default: String(TYPICAL.clients) },
    channels: { type: 'string', default: String(TYPICAL.channels) },
    'events-per-second': { type: 'string', default: String(TYPICAL.eventsPerSecond) },
    'event-bytes': { type: 'string', default: String(TYPICAL.eventBytes) },
    hours: { type: 'string', default: String(TYPICAL.hours) },
    cursors: { type: 'boolean', default: TYPICAL.cursors },
    assume: { type: 'string', multiple: true, default: [] },
    write: { type: 'boolean', default: false },
  },
});

async function metered(eventBytes: number): Promise<Metered> {
  const stack = await startLocalStack();
  try {
    return await meter(stack, eventBytes);
  } finally {
    await stack.stop();
  }
}

function workload(): Workload {
  return {
    clients: positive('clients', values.clients),
    channels: positive('channels', values.channels),
    eventsPerSecond: Number(values['events-per-second']),
    eventBytes: positive('event-bytes', values['event-bytes']),
    cursors: values.cursors,
    hours: positive('hours', values.hours),
  };
}

/** `--assume pollGb=0.5`, as often as wanted. */
function assumptions(): Assumptions {
  const given = values.assume.map((text) => {
    const [name = '', value] = text.split('=');
    if (!(name in ASSUMPTIONS))
      throw new Error(`--assume takes one of ${Object.keys(ASSUMPTIONS).join(', ')}, got ${name}`);
    return [name, positive(name, value)] as const;
  });
  return { ...ASSUMPTIONS, ...Object.fromEntries(given) };
}

function positive(name: string, text: string | undefined): number {
  const value = Number(text);
  if (!(value > 0)) throw new Error(`${name} must be a number above 0, got ${text}`);
  return value;
}

async function write(): Promise<void> {
  const measured = await metered(TYPICAL.eventBytes);
  let document = await readFile(documentPath(DOCUMENT), 'utf8');
  const sections = {
    metered: meteredTable(measured),
    totals: totalsTable(measured),
    reasons: reasonsTable({ ...TYPICAL, eventsPerSecond: 1 / 60 }, measured),
    prices: pricesTable(),
  };
  for (const [name, text] of Object.entries(sections)) document = withSection(document, DOCUMENT, name, text);
  await writeFile(documentPath(DOCUMENT), document);
  for (const [name, svg] of charts(measured)) await writeFile(documentPath(`docs/${name}`), svg);
}

async function print(): Promise<void> {
  const work = workload();
  const measured = await metered(work.eventBytes);
  console.log(meteredTable(measured));
  console.log(`\n${reasonsTable(work, measured, assumptions())}`);
}

await (values.write ? write() : print());
