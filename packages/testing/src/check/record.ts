/** A run's history, kept in memory for the checks and, as it grows, in a file of NDJSON for whoever wants to see the evidence. */

import { once } from 'node:events';
import { createWriteStream } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Entry, type History, newHistory } from './history.ts';
import { Usage } from './options.ts';

export interface Record {
  readonly history: History;
  /** Resolves when the file is complete. Entries that come later are not in it. */
  close(): Promise<void>;
}

/** Without a `file`, it is kept in memory only. Throws `Usage` when the file cannot be written. */
export async function startRecord(file?: string): Promise<Record> {
  const now = () => performance.now();
  if (file === undefined) return { history: newHistory(now), close: async () => undefined };
  const stream = createWriteStream(file);
  await once(stream, 'open').catch((error: Error) => {
    throw new Usage(`--history: ${error.message}`);
  });
  const keep = (entry: Entry) => {
    if (!stream.writableEnded) stream.write(line(entry));
  };
  const close = async () => {
    stream.end();
    await once(stream, 'close');
  };
  return { history: newHistory(now, keep), close };
}

/** Writes a history that was not being kept; returns where it is. */
export async function keepHistory(entries: readonly Entry[], seed: number): Promise<string> {
  const file = join(tmpdir(), `doorbell-verify-${seed}.ndjson`);
  await writeFile(file, entries.map(line).join(''));
  return file;
}

function line(entry: Entry): string {
  return `${JSON.stringify(entry)}\n`;
}
