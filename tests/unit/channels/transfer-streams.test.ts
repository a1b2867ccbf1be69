/** Streams are copied from one store to another, by way of an export, with all that their clients know of them. */

import { describe, expect, test } from 'vitest';
import { exportLines, importLines } from '../../../lib/channels/export-lines.ts';
import { type Kept, type Piece, pieces, take } from '../../../lib/channels/transfer.ts';
import { logName } from '../../../lib/log/stream-record.ts';
import { MAX_PRODUCERS } from '../../../lib/log/writers.ts';
import { purge } from '../../../lib/streams/purge.ts';
import { range } from '../../support/http/http.ts';
import { get, post, produce, put, remove } from '../../support/memory/stream-world.ts';
import {
  type MemoryProcess,
  memoryProcess,
  memoryWorld,
  say,
  type World,
} from '../../support/memory/world.ts';

const TEXT = { contentType: 'text/plain' };

/** A world that was lived in, and an empty one at the same time. */
async function two(): Promise<readonly [World, MemoryProcess, World, MemoryProcess]> {
  const [from, to] = [memoryWorld(), memoryWorld(2)];
  return [from, memoryProcess(from), to, memoryProcess(to)];
}

const keptOf = ({ log, cursors }: World): Kept => ({
  log,
  records: log,
  directory: log,
  streams: log.streams,
  cursors,
});

/** Every piece is a line of an export on its way. */
async function* lines(from: World): AsyncGenerator<string> {
  for await (const line of exportLines(pieces(keptOf(from)))) yield line.trimEnd();
}

async function copy(from: World, to: World): Promise<readonly Piece[]> {
  const all: Piece[] = [];
  for await (const piece of importLines(lines(from), () => expect.unreachable('the end is missing'))) {
    await take(keptOf(to), piece);
    all.push(piece);
  }
  return all;
}

/** What a reader sees of a stream. */
async function seen(process: MemoryProcess, name: string, offset?: string) {
  const { body, nextOffset, isClosed, stream } = await get(process, name, offset);
  return { body, nextOffset, isClosed, contentType: stream.contentType, ttlS: stream.record?.record.ttlS };
}

describe('a copy', () => {
  test('has what each stream holds, under the same offsets: JSON, bytes, closed, with an end, empty', async () => {
    const [from, one, to, other] = await two();
    await put(one, 'a/json', { body: '[1,{"b":2}]', ttlS: 60 });
    const early = await put(one, 'bytes', { contentType: 'image/x-thing' });
    await post(one, 'bytes', '\u0000\u00ffü', { contentType: 'image/x-thing' });
    await post(one, 'bytes', 'more', { contentType: 'image/x-thing', closes: true });
    await put(one, 'empty', TEXT);
    await say(one, 'doors', 'a', 'b');
    await post(one, 'doors', '"c"', { closes: true });

    await copy(from, to);
    await copy(from, to);

    for (const name of ['a/json', 'bytes', 'empty', 'doors'])
      expect(await seen(other, name)).toEqual(await seen(one, name));
    expect((await get(other, 'bytes', early.nextOffset)).body).toBe('\u0000\u00ffümore');
    expect(await post(other, 'doors', '"d"')).toMatchObject({ kind: 'closed' });
    expect(await post(other, 'a/json', '3')).toMatchObject({ kind: 'appended' });
    await expect(say(other, 'empty', 'x')).rejects.toMatchObject({ code: 'unsupported-media-type' });
  });

  test('knows every producer, those of a channel too', async () => {
    const [from, one, to, other] = await two();
    await put(one, 'notes');
    await say(one, 'doors', 'a');
    const ids = range(1, 2 * MAX_PRODUCERS).map((id) => `p${id}`);
    for (const name of ['notes', 'doors'])
      for (const id of ids) await produce(one, name, { id, epoch: 0, seq: 0 });

    await copy(from, to);

    for (const name of ['notes', 'doors'])
      for (const id of ids)
        expect(await produce(other, name, { id, epoch: 0, seq: 0 }), `${name} ${id}`).toMatchObject({
          kind: 'duplicate',
        });
  });

  test('has forks, of forks and of what was deleted, and lets a source go when the last is deleted', async () => {
    const [from, one, to, other] = await two();
    await put(one, 'source', { ...TEXT, body: 'abc' });
    const { nextOffset } = await get(one, 'source');
    await put(one, 'fork', { ...TEXT, fork: { from: 'source', offset: nextOffset } });
    await post(one, 'fork', 'def', TEXT);
    await put(one, 'again', { ...TEXT, fork: { from: 'fork' } });
    await remove(one, 'source');
    await remove(one, 'fork');
    const log = from.log.streams.record('source')?.record.log ?? '';

    await copy(from, to);
    const streaming = () => ({ ...other.streaming });
    await to.clock.advance(600_000);
    await purge(streaming(), Number.POSITIVE_INFINITY);

    expect(await seen(other, 'again')).toEqual(await seen(one, 'again'));
    expect((await get(other, 'again', nextOffset)).body).toBe('def');
    await expect(get(other, 'source')).rejects.toMatchObject({ code: 'gone' });
    await expect(put(other, 'source', TEXT)).rejects.toMatchObject({ code: 'conflict' });
    await remove(other, 'again');
    await to.clock.advance(2 * 3_600_000);
    await purge(streaming(), Number.POSITIVE_INFINITY);
    expect(to.log.blocks(log)).toEqual([]);
  });

  test('of a name that was deleted remembers that: its offsets stay those of an earlier life', async () => {
    const [from, one, to, other] = await two();
    await put(one, 'notes', { ...TEXT, body: 'old' });
    const { nextOffset } = await get(one, 'notes');
    await remove(one, 'notes');
    await say(one, 'doors', 'a');
    await remove(one, 'doors');

    await copy(from, to);

    await expect(get(other, 'notes')).rejects.toMatchObject({ code: 'not-found' });
    await put(other, 'notes', { ...TEXT, body: 'new' });
    await expect(get(other, 'notes', nextOffset)).rejects.toMatchObject({ code: 'gone' });
    await expect(get(other, 'doors')).rejects.toMatchObject({ code: 'not-found' });
  });

  test('is refused where a stream of another life is', async () => {
    const [from, one, to, other] = await two();
    await put(one, 'notes', { body: '1' });
    await from.clock.advance(5);
    await to.clock.advance(10);
    await put(other, 'notes', { body: '2' });

    await expect(copy(from, to)).rejects.toThrow(/notes is there already/);
    expect((await get(other, 'notes')).body).toBe('[2]');
  });
});

test.each([
  [{ kind: 'stream', log: 'notes~1~abc', name: 'notes', record: { state: 'live' } }, 'record'],
  [{ kind: 'stream', log: 'notes~1~abc', name: '../x', record: {} }, 'name'],
  [{ kind: 'producer', log: 'no log', producer: { id: 'p', epoch: 0, seq: 0 } }, 'log'],
  [{ kind: 'producer', log: 'notes', producer: { id: 'p', epoch: -1, seq: 0 } }, 'producer.epoch'],
  [{ kind: 'fork', log: 'notes', fork: { name: 'a', log: '~' } }, 'fork.log'],
  [{ kind: 'doomed', log: 'notes' }, 'name'],
])('a line that no export has is refused: %j', async (line, field) => {
  async function* of() {
    yield JSON.stringify(line);
  }
  await expect(importLines(of(), () => undefined).next()).rejects.toThrow(`line 1: ${field}`);
});

test('a block whose bytes do not fill its numbers is refused', async () => {
  const block = {
    first: 1,
    last: 3,
    epoch: 'e',
    at: '2026-01-01T00:00:00.000Z',
    token: 't',
    expires: 1,
    entries: [],
  };
  const line = (bytes: string) =>
    JSON.stringify({ kind: 'block', channel: logName('a', 1, 'x'), block: { ...block, bytes } });
  async function* of(bytes: string) {
    yield line(bytes);
  }
  await expect(importLines(of('AAAA'), () => undefined).next()).resolves.toMatchObject({
    value: { block: { bytes: Uint8Array.of(0, 0, 0) } },
  });
  for (const bytes of ['AAA=', '%%%%'])
    await expect(importLines(of(bytes), () => undefined).next()).rejects.toThrow('line 1: block');
});
