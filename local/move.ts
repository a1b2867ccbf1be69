/**
 * `npm run move`: copies every channel and stream from one ground to another, with epochs, vids, ids, times, offsets and cursors, so that its readers go on with
 * the `maxvid` or offset that they have. A ground is a hub's file (`….db`), a stack on AWS (`aws:STAGE`) or an export (`….ndjson`).
 */
import { createReadStream, createWriteStream, existsSync } from 'node:fs';
import { rename, rm } from 'node:fs/promises';
import { createInterface } from 'node:readline';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { parseArgs } from 'node:util';
import { exportLines, importLines } from '../lib/channels/export-lines.ts';
import { type Kept, type Piece, pieces, take } from '../lib/channels/transfer.ts';
import { openHubFile } from '../lib/compose/sqlite-hub.ts';
import { storesOnAws } from '../lib/compose/stores.ts';
import { systemClock } from '../lib/runtime/system.ts';
import type { Logger } from '../lib/telemetry/ports.ts';
import { loadService } from './emulators/service.ts';

const USAGE = `npm run move -- --from GROUND --to GROUND

  a GROUND is       a hub's file:      .doorbell/doorbell.db   (its hub must not run)
                    a stack on AWS:    aws:prod                (as deployed with --stage prod; the standard credential chain)
                    an export:         export.ndjson

What is copied twice is there once, so what broke off is run again. Exit codes: 0 done; 1 it broke off; 2 wrong usage.`;

/** A wrong command line; the message is for the reader. */
class UsageError extends Error {
  override readonly name = 'UsageError';
}

const LOGGER: Logger = {
  debug: () => undefined,
  info: () => undefined,
  warn: (message) => console.error(message),
  error: (message) => console.error(message),
};

interface Opened {
  readonly stores: Kept;
  close(): void;
}

async function opened(store: string): Promise<Opened> {
  if (store.startsWith('aws:')) return onStage(store.slice('aws:'.length));
  const file = openHubFile(store, {}, { clock: systemClock, logger: LOGGER });
  return { stores: file.stores, close: () => file.close() };
}

async function onStage(stage: string): Promise<Opened> {
  const { resources } = await loadService({ stage });
  const table = (id: string) => String(resources.Resources[id]?.Properties?.TableName);
  const env = { EVENTS_TABLE: table('EventsTable'), CURSORS_TABLE: table('CursorsTable') };
  return { stores: storesOnAws(env), close: () => undefined };
}

async function* linesOf(file: string): AsyncGenerator<Piece> {
  const noEnd = 'it does not say how many lines it has. An earlier Doorbell wrote it, or its end is missing';
  try {
    yield* importLines(createInterface({ input: createReadStream(file) }), () =>
      LOGGER.warn(`${file}: ${noEnd}.`),
    );
  } catch (error) {
    throw new Error(`${file}, ${error instanceof Error ? error.message : error}.`);
  }
}

/** An export that broke off between two lines would be read as if it were all: it gets its name when it is. */
async function writeWhole(to: string, lines: AsyncIterable<string>): Promise<void> {
  if (existsSync(to)) throw new Error(`${to} is there already. Choose another name.`);
  const unfinished = `${to}-unfinished`;
  try {
    await pipeline(Readable.from(lines), createWriteStream(unfinished, { flush: true }));
    await rename(unfinished, to);
  } finally {
    await rm(unfinished, { force: true });
  }
}

async function move(from: string, to: string): Promise<string> {
  const counts = { block: 0, life: 0, state: 0, cursor: 0, stream: 0, fork: 0, producer: 0, doomed: 0 };
  let events = 0;
  let leftOut = 0;
  const count = (piece: Piece) => {
    counts[piece.kind]++;
    if (piece.kind === 'block') events += piece.block.entries.length;
  };
  // A hub's file would be made, and an empty copy of it taken for a copy.
  if (!from.startsWith('aws:') && !existsSync(from)) throw new Error(`${from} is not there.`);
  const source = from.endsWith('.ndjson') ? undefined : await opened(from);
  const read = source ? pieces(source.stores) : linesOf(from);
  try {
    if (to.endsWith('.ndjson')) {
      const counted = async function* () {
        for await (const piece of read) {
          count(piece);
          yield piece;
        }
      };
      await writeWhole(to, exportLines(counted()));
    } else {
      const target = await opened(to);
      try {
        for await (const piece of read) {
          await take(target.stores, piece);
          if (piece.kind === 'state' && !target.stores.states) leftOut++;
          count(piece);
        }
      } finally {
        target.close();
      }
    }
  } finally {
    source?.close();
  }
  const gone =
    leftOut === 0 ? '' : `; the state of ${leftOut} keys was left out, because the target keeps only the log`;
  const streams = counts.stream === 0 ? '' : `, ${counts.stream} streams`;
  return `${counts.life} channels, ${events} events, ${counts.state} keys, ${counts.cursor} cursors${streams}${gone}`;
}

try {
  const { values } = parseArgs({ options: { from: { type: 'string' }, to: { type: 'string' } } });
  if (!values.from || !values.to) throw new UsageError('--from and --to are needed.');
  console.log(await move(values.from, values.to));
} catch (error) {
  const isUsage =
    error instanceof UsageError ||
    (error instanceof Error && 'code' in error && String(error.code).startsWith('ERR_PARSE_ARGS'));
  console.error(error instanceof Error ? error.message : error);
  if (isUsage) console.error(`\n${USAGE}`);
  process.exitCode = isUsage ? 2 : 1;
}
