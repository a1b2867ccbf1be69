/** NDJSON from a stream: what has come so far as whole lines, so that a slow producer's lines are not held back for more. */

import { EXIT, Failure } from './failure.ts';

export interface Line {
  /** Counts the lines of the input, blank ones too, from 1. */
  readonly number: number;
  /** JSON, as it came: numbers keep their digits. */
  readonly text: string;
  readonly value: unknown;
}

export interface Batch {
  readonly lines: readonly Line[];
  /** How much of the input has been read with it. */
  readonly bytes: number;
  /** How many lines were left out because they are not JSON. */
  readonly skipped: number;
  /** What is wrong with the line after them: nothing behind it is read. */
  readonly fault?: Failure;
}

/** What becomes of a line that is not JSON: nothing behind it is read, it is left out, or it is an event whose data is its text. */
export type InvalidLines = 'stop' | 'skip' | 'text';

/** Longer lines are no event: 256 KiB of data, and generous room for blanks. */
const MAX_LINE = 1024 * 1024;

/** Batches in order; blank lines are left out. After a `fault` there are no more. */
export async function* batchesOf(
  input: AsyncIterable<Uint8Array>,
  invalid: InvalidLines = 'stop',
): AsyncGenerator<Batch, void, void> {
  const decoder = new TextDecoder('utf-8', { fatal: true });
  let rest = '';
  let bytes = 0;
  let number = 0;

  function take(texts: readonly string[]): Batch {
    const lines: Line[] = [];
    let skipped = 0;
    for (const text of texts) {
      number++;
      if (text.trim() === '') continue;
      const value = parse(text);
      if (value !== undefined) lines.push({ number, text: text.trim(), value });
      else if (invalid === 'text') lines.push(textLine(number, text));
      else if (invalid === 'skip') skipped++;
      else return { lines, bytes, skipped, fault: bad(`Line ${number} is not JSON`) };
    }
    return { lines, bytes, skipped };
  }

  const broken = (message: string): Batch => ({ lines: [], bytes, skipped: 0, fault: bad(message) });

  for await (const chunk of input) {
    bytes += chunk.length;
    const text = decode(decoder, chunk);
    if (text === undefined) {
      yield broken(`Line ${number + 1}, or one soon after it, is not UTF-8`);
      return;
    }
    const texts = (rest + text).split('\n');
    rest = texts.pop() ?? '';
    const batch = take(texts);
    if (isWorthTelling(batch)) yield batch;
    if (batch.fault) return;
    if (rest.length > MAX_LINE) {
      yield broken(`Line ${number + 1} is longer than ${MAX_LINE} characters`);
      return;
    }
  }
  const last = decode(decoder) === undefined ? broken('The last line is cut off') : take([rest]);
  if (isWorthTelling(last)) yield last;
}

function isWorthTelling({ lines, skipped, fault }: Batch): boolean {
  return lines.length > 0 || skipped > 0 || fault !== undefined;
}

/** A line as text, without the carriage return that Windows puts at its end. */
export function textLine(number: number, text: string): Line {
  const value = text.replace(/\r$/, '');
  return { number, text: JSON.stringify(value), value };
}

function decode(decoder: TextDecoder, chunk?: Uint8Array): string | undefined {
  try {
    return chunk ? decoder.decode(chunk, { stream: true }) : decoder.decode();
  } catch {
    return undefined;
  }
}

/** JSON has no undefined, so it can stand for "not JSON". */
function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function bad(message: string): Failure {
  return new Failure(EXIT.failed, `${message}.`);
}
