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
  /** What is wrong with the line after them: nothing behind it is read. */
  readonly fault?: Failure;
}

/** Longer lines are no event: 256 KiB of data, and generous room for blanks. */
const MAX_LINE = 1024 * 1024;

/** Batches in order; blank lines are left out. After a `fault` there are no more. */
export async function* batchesOf(input: AsyncIterable<Uint8Array>): AsyncGenerator<Batch, void, void> {
  const decoder = new TextDecoder('utf-8', { fatal: true });
  let rest = '';
  let bytes = 0;
  let number = 0;

  function take(texts: readonly string[]): Batch {
    const lines: Line[] = [];
    for (const text of texts) {
      number++;
      if (text.trim() === '') continue;
      const value = parse(text);
      if (value === undefined) return { lines, bytes, fault: bad(`Line ${number} is not JSON`) };
      lines.push({ number, text: text.trim(), value });
    }
    return { lines, bytes };
  }

  for await (const chunk of input) {
    bytes += chunk.length;
    const text = decode(decoder, chunk);
    if (text === undefined) {
      yield { lines: [], bytes, fault: bad(`Line ${number + 1}, or one soon after it, is not UTF-8`) };
      return;
    }
    const texts = (rest + text).split('\n');
    rest = texts.pop() ?? '';
    const batch = take(texts);
    if (batch.lines.length > 0 || batch.fault) yield batch;
    if (batch.fault) return;
    if (rest.length > MAX_LINE) {
      yield { lines: [], bytes, fault: bad(`Line ${number + 1} is longer than ${MAX_LINE} characters`) };
      return;
    }
  }
  const last =
    decode(decoder) === undefined
      ? { lines: [], bytes, fault: bad('The last line is cut off') }
      : take([rest]);
  if (last.lines.length > 0 || last.fault) yield last;
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
