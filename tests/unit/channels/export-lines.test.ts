/** An export as lines: whole, cut and put together. */

import { describe, expect, test } from 'vitest';
import { exportLines, importLines } from '../../../lib/channels/export-lines.ts';
import type { Piece } from '../../../lib/channels/transfer.ts';

const PIECES: readonly Piece[] = [
  { kind: 'life', channel: 'doors', life: { epoch: 'e', reserved: 1_000 } },
  { kind: 'cursor', channel: 'doors', client: 'wall', maxvid: 3, seenAt: 0 },
];

async function* each<T>(items: readonly T[]): AsyncGenerator<T> {
  yield* items;
}

async function linesOf(...pieces: readonly Piece[]): Promise<readonly string[]> {
  const lines: string[] = [];
  for await (const line of exportLines(each(pieces))) lines.push(line.trimEnd());
  return lines;
}

async function read(lines: readonly string[]) {
  const found: Piece[] = [];
  let isOpen = false;
  for await (const piece of importLines(each(lines), () => {
    isOpen = true;
  }))
    found.push(piece);
  return { found, isOpen };
}

describe('an export', () => {
  test('is read back as it was written, and ends with how many lines it has', async () => {
    const lines = await linesOf(...PIECES);

    expect(lines.at(-1)).toBe('{"kind":"end","lines":2}');
    expect(await read(lines)).toEqual({ found: PIECES, isOpen: false });
  });

  test('that is cut exactly between two lines, or was written without a last one, is told', async () => {
    const lines = await linesOf(...PIECES);

    expect(await read(lines.slice(0, 1))).toEqual({ found: PIECES.slice(0, 1), isOpen: true });
    expect(await read(lines.slice(0, 2))).toEqual({ found: PIECES, isOpen: true });
  });

  test('from whose middle a line is missing is refused with both numbers', async () => {
    const [first = '', , end = ''] = await linesOf(...PIECES);

    await expect(read([first, end])).rejects.toThrow(
      'line 2: the export had 2 lines, and 1 of them are here',
    );
  });

  test('may stand behind another one', async () => {
    const lines = await linesOf(...PIECES);

    expect(await read([...lines, '', ...lines])).toEqual({ found: [...PIECES, ...PIECES], isOpen: false });
    expect((await read([...lines, ...lines.slice(0, 2)])).isOpen).toBe(true);
  });

  test('of nothing is its last line alone, and no line at all is nothing', async () => {
    expect(await read(await linesOf())).toEqual({ found: [], isOpen: false });
    expect(await read([])).toEqual({ found: [], isOpen: true });
  });

  test.each([
    ['{"kind":"end"}', 'kind is not as an export has it'],
    ['{"kind":"end","lines":"2"}', 'kind is not as an export has it'],
    ['{"kind":"end","lin', 'it is not JSON; perhaps the export broke off there'],
  ])('with %s is refused', async (line, reason) => {
    await expect(read([line])).rejects.toThrow(`line 1: ${reason}`);
  });
});
