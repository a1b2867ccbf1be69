/** `FoldedStates`, in memory and as a table: what is kept of a key only moves forward, and pages are whole. */

import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { StatesTable } from '../../lib/aws/dynamodb/states-table.ts';
import { required } from '../../lib/config.ts';
import { systemClock } from '../../lib/runtime/system.ts';
import { compareKeys } from '../../lib/state/keys.ts';
import type { FoldedStates, KeyChange } from '../../lib/state/ports.ts';
import { fresh } from '../../packages/testing/src/contract/implementation.ts';
import { MemoryStates } from '../../packages/testing/src/memory/states.ts';
import { environmentOf, freshClients } from '../support/stack/process.ts';
import { missing, startStack } from '../support/stack/stack.ts';

const ALL = { prefix: '', after: '', keys: [] };
const AT = '2026-01-01T00:00:00.000Z';

interface Started {
  readonly states: FoldedStates;
  stop(): Promise<void>;
}

const IMPLEMENTATIONS: ReadonlyArray<readonly [name: string, start: () => Promise<Started>]> = [
  ['in memory', async () => ({ states: new MemoryStates(), stop: async () => undefined })],
  [
    'lib/aws',
    async () => {
      const stack = await startStack();
      const { dynamo } = freshClients(stack);
      const table = required(environmentOf(stack), 'STATES_TABLE');
      const states = new StatesTable({ client: dynamo, table, clock: systemClock });
      return {
        states,
        stop: async () => {
          dynamo.destroy();
          await stack.stop();
        },
      };
    },
  ],
];

const set = (key: string, vid: number, data: unknown = vid): KeyChange => ({
  key,
  vid,
  entry: { key, vid, id: `id-${vid}`, at: AT, data },
});

describe.skipIf(missing() !== undefined).each(IMPLEMENTATIONS)('FoldedStates, %s', (_, start) => {
  let started: Started;
  beforeAll(async () => {
    started = await start();
  }, 30_000);
  afterAll(() => started?.stop());

  /** A channel with these changes, all folded. */
  async function stateOf(...changes: readonly KeyChange[]) {
    const { states } = started;
    const channel = fresh('c-');
    for (const change of changes) await states.take(channel, 'e1', change);
    await states.foldTo(channel, 'e1', Math.max(1, ...changes.map(({ vid }) => vid)));
    const page = (range = {}) => states.page(channel, 'e1', { ...ALL, ...range });
    const keys = async (range = {}) => (await page(range)).entries.map(({ key }) => key);
    return { states, channel, page, keys };
  }

  test('gives an entry as it was taken, and how far it is folded', async () => {
    const data = { text: 'é 𝕏 \u0000', list: [1, null], __proto__: null };
    const { page } = await stateOf(set('door-1', 7, data));

    const [entry] = (await page()).entries;
    expect(entry).toEqual({
      key: 'door-1',
      vid: 7,
      id: 'id-7',
      at: AT,
      data: JSON.parse(JSON.stringify(data)),
    });
    expect(await page()).toMatchObject({ upTo: 7, next: null });
  });

  test('keeps the newest event of each key, in whatever order they come', async () => {
    const { page } = await stateOf(set('a', 3), set('a', 5), set('a', 4), set('a', 5, 'again'), set('b', 1));

    expect((await page()).entries.map(({ key, vid, data }) => [key, vid, data])).toEqual([
      ['a', 5, 5],
      ['b', 1, 1],
    ]);
  });

  test('forgets a key that is deleted, and no older event brings it back', async () => {
    const { keys, page } = await stateOf(set('a', 1), { key: 'a', vid: 3 }, set('a', 2), set('b', 4));

    expect(await keys()).toEqual(['b']);
    expect((await page({ keys: ['a'] })).entries).toEqual([]);
  });

  test('has a key again that was set after it was deleted', async () => {
    const { keys } = await stateOf(set('a', 1), { key: 'a', vid: 2 }, set('a', 3));

    expect(await keys()).toEqual(['a']);
  });

  test('orders keys by code point, and narrows them', async () => {
    const names = ['b', 'a', 'a.1', 'a.2', 'B', 'é', '\uffff', '𝕏', '__proto__', 'a-'];
    const { keys } = await stateOf(...names.map((key, i) => set(key, i + 1)));
    const sorted = [...names].sort(compareKeys);

    expect(await keys()).toEqual(sorted);
    expect(await keys({ prefix: 'a' })).toEqual(['a', 'a-', 'a.1', 'a.2']);
    expect(await keys({ prefix: 'a.' })).toEqual(['a.1', 'a.2']);
    expect(await keys({ after: 'a.1' })).toEqual(sorted.slice(sorted.indexOf('a.1') + 1));
    expect(await keys({ prefix: 'a', after: 'a-' })).toEqual(['a.1', 'a.2']);
    expect(await keys({ prefix: 'b', after: 'a' })).toEqual(['b']);
    expect(await keys({ prefix: 'a', after: 'b' })).toEqual([]);
    expect(await keys({ keys: ['é', 'a', 'none', 'a'] })).toEqual(['a', 'é']);
  });

  test('gives a large state in pages, each key once', async () => {
    const large = 'x'.repeat(250_000);
    const { page } = await stateOf(...Array.from({ length: 7 }, (_, i) => set(`k${i}`, i + 1, large)));
    const seen: string[] = [];
    let pages = 0;
    for (let after: string | null = ''; after !== null; pages++) {
      const { entries, next } = await page({ after });
      seen.push(...entries.map(({ key }) => key));
      after = next;
    }

    expect(seen).toEqual(Array.from({ length: 7 }, (_, i) => `k${i}`));
    expect(pages).toBeGreaterThan(1);
  });

  test('gives nothing before it is folded, nor of another incarnation, and moves only forward', async () => {
    const { states } = started;
    const channel = fresh('c-');
    await states.take(channel, 'e1', set('a', 2));

    expect(await states.page(channel, 'e1', ALL)).toEqual({ upTo: 0, entries: [], next: null });
    await states.foldTo(channel, 'e1', 9);
    await states.foldTo(channel, 'e1', 5);
    expect(await states.foldedTo(channel, 'e1')).toBe(9);
    expect(await states.page(channel, 'e2', ALL)).toEqual({ upTo: 0, entries: [], next: null });
  });

  test('remembers where a look over all channels has stopped, and what it has found', async () => {
    const { states } = started;
    const before = await states.look();
    const middle = { after: 'doors', begunAt: 7, busy: ['b', 'a'] };
    await states.noteLook(middle);
    const kept = await states.look();
    await states.noteLook({ after: '', begunAt: 8, busy: [] });

    expect([before, kept, await states.look()]).toEqual([
      { after: '', begunAt: 0, busy: [] },
      middle,
      { after: '', begunAt: 8, busy: [] },
    ]);
  });
});
