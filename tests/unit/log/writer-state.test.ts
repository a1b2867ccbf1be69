/** A publisher's view of a channel: where the log ends, which life it lives, and which ids are young. */

import { describe, expect, test } from 'vitest';
import { freshWriterState } from '../../../lib/log/append/load-writer-state.ts';
import { catchUp, noteAppended } from '../../../lib/log/append/writer-state.ts';
import { newBlock } from '../../../packages/testing/src/contract/blocks.ts';
import { idsOf, setUpWriterState as setUp } from '../../support/memory/writer-state.ts';

describe('catchUp', () => {
  test('takes in what others appended: head, life and ids', async () => {
    const { ports, append, look } = setUp();
    const state = await look(undefined, true);
    await append(1, ['a', 'b'], 'e9');
    await append(3, ['c'], 'e9');

    const blocks = await catchUp(ports, state);

    expect(blocks.map(({ first }) => first)).toEqual([1, 3]);
    expect(state).toMatchObject({ head: 3, epoch: 'e9' });
    expect(idsOf(state)).toEqual([
      ['a', 1],
      ['b', 2],
      ['c', 3],
    ]);
  });

  test('reads once, so that others cannot append for ever meanwhile; what follows costs one more conflict', async () => {
    const { calls, ports, append, look } = setUp();
    const state = await look();
    for (let first = 1; first <= 2_001; first += 100) {
      await append(
        first,
        Array.from({ length: 100 }, (_, i) => `id-${first + i}`),
      );
    }

    await catchUp(ports, state);
    const { head } = state;
    const reads = calls.of('read');
    await catchUp(ports, state);
    await catchUp(ports, state);

    expect({ head, reads, end: state.head }).toEqual({ head: 1_000, reads: 1, end: 2_100 });
  });
});

test("one's own block that is found after a later one does not change what that says of the end", async () => {
  const { ports, clock } = setUp();
  const at = new Date(clock.now()).toISOString();
  const own = {
    ...newBlock(1, ['a'], { epoch: 'e1', at }),
    writers: { producers: [{ id: 'p', epoch: 0, seq: 0 }] },
  };
  const writers = { producers: [...own.writers.producers, { id: 'q', epoch: 0, seq: 0 }] };
  await ports.log.append('doors', own);
  await ports.log.append('doors', { ...newBlock(2, ['b'], { epoch: 'e1', at }), writers });
  await ports.log.append('doors', {
    ...newBlock(3, [], { epoch: 'e1', at }),
    last: 3,
    mark: 'closed',
    writers,
  });
  const state = await freshWriterState(ports, 'doors', undefined, 'e1');

  noteAppended(state, own, clock);

  expect(state).toMatchObject({ head: 3, mark: 'closed', writers });
});
