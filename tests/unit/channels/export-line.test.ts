/** Lines of an export: what an export has is read as it was written, and nothing else is. */

import { describe, expect, test } from 'vitest';
import { pieceOf } from '../../../lib/channels/export-line.ts';

const at = '2026-11-29T12:00:00.000Z';
const block = {
  first: 3,
  last: 4,
  epoch: 'e',
  at,
  token: 't',
  expires: 9,
  entries: [entry('a'), entry('b')],
};
function entry(id: string) {
  return { id, data: { n: 1 } };
}

test.each([
  { kind: 'block', channel: 'doors', block: { ...block, textLength: 40 } },
  { kind: 'block', channel: 'doors', block: { ...block, entries: [] } },
  { kind: 'block', channel: 'doors', block: { ...block, entries: [entry('a')], mark: 'closed' } },
  { kind: 'life', channel: 'doors', life: { epoch: 'e', reserved: 1_000 } },
  { kind: 'state', channel: 'doors', entry: { key: 'k', vid: 1, id: 'a', at, data: null } },
  { kind: 'cursor', channel: 'doors', client: 'wall', seenAt: 1 },
  { kind: 'cursor', channel: 'doors', client: 'wall', maxvid: 4, epoch: 'e', seenAt: 1 },
])('%j is read as it was written', (piece) => {
  expect(pieceOf(JSON.stringify(piece))).toEqual(piece);
});

describe('is refused', () => {
  test.each([
    ['{"kind":"block","chan', 'it is not JSON; perhaps the export broke off there'],
    ['7', 'it is no line of an export'],
    [JSON.stringify({ kind: 'bogus', channel: 'doors' }), 'kind is not as an export has it'],
    [JSON.stringify({ kind: 'block', channel: '../x', block }), 'channel is not as an export has it'],
    [
      JSON.stringify({ kind: 'block', channel: 'doors', block: { ...block, last: 9 } }),
      'block is not as an export has it',
    ],
    [
      JSON.stringify({ kind: 'block', channel: 'doors', block: { ...block, at: 'z' } }),
      'block.at is not as an export has it',
    ],
    [
      JSON.stringify({ kind: 'life', channel: 'doors', life: { epoch: 'e', reserved: -1 } }),
      'life.reserved is not as an export has it',
    ],
  ])('%s', (line, message) => {
    expect(() => pieceOf(line)).toThrow(message);
  });
});
