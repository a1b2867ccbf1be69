/** Channels are copied from one store to another, with all that their readers know of them. */

import { expect, test } from 'vitest';
import { type Kept, type Piece, pieces, take } from '../../../lib/channels/transfer.ts';
import { newBlock } from '../../../packages/testing/src/contract/blocks.ts';
import { MemoryCursors, MemoryLog } from '../../../packages/testing/src/memory/stores.ts';
import { replacing } from '../../support/memory/doubles.ts';

function store() {
  const log = new MemoryLog();
  return { log, records: log, directory: log, streams: log.streams, cursors: new MemoryCursors() };
}

/** A channel of these blocks: the number of its first event, and the ids of all. */
async function born(
  { log }: ReturnType<typeof store>,
  channel: string,
  ...blocks: ReadonlyArray<readonly [first: number, ...ids: string[]]>
) {
  for (const [first, ...ids] of blocks) await log.append(channel, newBlock(first, ids));
  await log.begin(channel, { epoch: 'e1', highWaterMark: 1_000 });
}

async function read(from: Kept): Promise<readonly Piece[]> {
  const all: Piece[] = [];
  for await (const piece of pieces(from)) all.push(piece);
  return all;
}

async function copy(from: Kept, to: Kept): Promise<void> {
  for await (const piece of pieces(from)) await take(to, piece);
}

async function keptOf({ log, cursors }: ReturnType<typeof store>, channel: string) {
  return { blocks: log.blocks(channel), life: await log.get(channel), cursors: await cursors.list(channel) };
}

test('a copy has every block, the life, the reserved numbers and the cursors of each channel', async () => {
  const [from, to] = [store(), store()];
  await born(from, 'doors', [1, 'a', 'b'], [3, 'c']);
  await born(from, 'alerts', [1, 'fire']);
  await from.cursors.visit('doors', 'wall', { maxvid: 2, epoch: 'e1' }, undefined, 5);
  await from.cursors.visit('doors', 'lost', {}, undefined, 6);

  await copy(from, to);

  for (const channel of ['doors', 'alerts'])
    expect(await keptOf(to, channel)).toEqual(await keptOf(from, channel));
});

test('a copy that is made again, or over a part of itself, is the same copy', async () => {
  const [from, to] = [store(), store()];
  await born(from, 'doors', [1, 'a', 'b'], [3, 'c']);
  await from.cursors.visit('doors', 'wall', { maxvid: 2, epoch: 'e1' }, undefined, 5);
  const [block] = await read(from);
  if (block) await take(to, block);

  await copy(from, to);
  await copy(from, to);

  expect(await keptOf(to, 'doors')).toEqual(await keptOf(from, 'doors'));
});

test('where a poll is held is not copied: it is not held in the new place', async () => {
  const [from, to] = [store(), store()];
  await born(from, 'doors', [1, 'a']);
  const hold = { mailbox: 'm', nonce: 'n', until: 60_000 };
  await from.cursors.visit('doors', 'wall', { maxvid: 1, epoch: 'e1' }, hold, 5);

  await copy(from, to);

  expect(await to.cursors.list('doors')).toEqual([{ client: 'wall', maxvid: 1, epoch: 'e1', seenAt: 5 }]);
});

test('a block is written before its channel has a life, as at a birth, and cursors last', async () => {
  const from = store();
  await born(from, 'doors', [1, 'a'], [2, 'b']);
  await from.cursors.visit('doors', 'wall', { maxvid: 1 }, undefined, 5);

  expect((await read(from)).map(({ kind }) => kind)).toEqual(['block', 'life', 'block', 'cursor']);
});

test('a channel whose events have all expired keeps its life and its numbers', async () => {
  const [from, to] = [store(), store()];
  await born(from, 'doors', [1, 'a']);
  from.log.expire('doors');

  await copy(from, to);

  expect(await to.log.get('doors')).toEqual({ epoch: 'e1', highWaterMark: 1_000 });
});

test('a name that has no record by now is passed over', async () => {
  const from = store();
  await born(from, 'doors', [1, 'a']);
  const directory = replacing(from.log, { channels: async () => ['doors', 'gone'] });

  const channels = (await read({ ...from, directory })).map((piece) =>
    'channel' in piece ? piece.channel : piece.log,
  );

  expect(new Set(channels)).toEqual(new Set(['doors']));
});

test('more channels and more events than one read holds are all copied, each once', async () => {
  const [from, to] = [store(), store()];
  const names = Array.from({ length: 1_001 }, (_, i) => `c${i}`).sort();
  for (const name of names) await born(from, name);
  const ids = (first: number) => Array.from({ length: 100 }, (_, i) => `e${first + i}`);
  const firsts = Array.from({ length: 12 }, (_, i) => 1 + i * 100);
  await born(from, 'many', ...firsts.map((first) => [first, ...ids(first)] as const));

  const all = await read(from);
  for (const piece of all) await take(to, piece);

  expect(all.filter(({ kind }) => kind === 'life')).toHaveLength(names.length + 1);
  expect(all.filter(({ kind }) => kind === 'block')).toHaveLength(firsts.length);
  expect(await to.log.channels('', 'z', 2_000)).toEqual([...names, 'many']);
  expect(to.log.blocks('many').at(-1)?.last).toBe(1_200);
  expect(to.log.blocks('many')).toEqual(from.log.blocks('many'));
});

test.each([
  {
    what: 'other events',
    there: async ({ log }: ReturnType<typeof store>) =>
      void (await log.append('doors', newBlock(1, ['other'], { token: 'theirs' }))),
  },
  {
    what: 'the same life, but other blocks',
    there: async ({ log }: ReturnType<typeof store>) => {
      await log.append('doors', newBlock(1, ['x'], { token: 'theirs' }));
      await log.begin('doors', { epoch: 'e1', highWaterMark: 1_000 });
    },
  },
  {
    what: 'another life',
    there: async ({ log }: ReturnType<typeof store>) =>
      void (await log.begin('doors', { epoch: 'e2', highWaterMark: 5 })),
  },
])('a channel that has $what already is refused, and keeps its own', async ({ there }) => {
  const [from, to] = [store(), store()];
  await born(from, 'doors', [1, 'a']);
  await there(to);
  const before = await to.log.get('doors');

  await expect(copy(from, to)).rejects.toThrow('Channel doors is there already');

  expect(await to.log.get('doors')).toEqual(before);
});

test('a life that ends while it is copied is refused', async () => {
  const [from, to] = [store(), store()];
  await born(from, 'doors', [1, 'a']);
  const records = replacing(to.log, { reserve: async () => false });

  await expect(copy(from, { ...to, records })).rejects.toThrow('Channel doors is there already');
});
