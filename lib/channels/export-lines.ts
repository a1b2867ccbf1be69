/**
 * An export as lines: pieces, one a line, and a last line that says how many there are. A file that was cut exactly between two lines would otherwise be
 * read as if it were all. Two exports in one file are two, each with its last line.
 */

import { lineOf, pieceOf } from './export-line.ts';
import type { Piece } from './transfer.ts';

/** The last line of an export. */
interface End {
  readonly kind: 'end';
  readonly lines: number;
}

const END = /^\{"kind":"end","lines":(\d{1,15})\}$/;

export async function* exportLines(pieces: AsyncIterable<Piece>): AsyncGenerator<string> {
  let lines = 0;
  for await (const piece of pieces) {
    lines++;
    yield `${lineOf(piece)}\n`;
  }
  yield `${JSON.stringify({ kind: 'end', lines } satisfies End)}\n`;
}

/**
 * The pieces of an export. Throws an error that names the line and what is wrong with it. `onOpenEnd`: there was no last line, so an earlier Doorbell wrote
 * it, or its end is missing.
 */
export async function* importLines(
  lines: AsyncIterable<string>,
  onOpenEnd: () => void,
): AsyncGenerator<Piece> {
  let number = 0;
  let since = 0;
  let isEnded = false;
  for await (const line of lines) {
    number++;
    if (line === '') continue;
    try {
      const end = endOf(line);
      isEnded = end !== undefined;
      if (end === undefined) {
        since++;
        yield pieceOf(line);
        continue;
      }
      if (end !== since) throw new Error(`the export had ${end} lines, and ${since} of them are here`);
      since = 0;
    } catch (error) {
      throw new Error(`line ${number}: ${error instanceof Error ? error.message : error}`);
    }
  }
  if (!isEnded) onOpenEnd();
}

/** How many lines stand before this one, if it is a last one. */
function endOf(line: string): number | undefined {
  const [, lines] = END.exec(line) ?? [];
  return lines === undefined ? undefined : Number(lines);
}
