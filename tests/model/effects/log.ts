/** The log and the channel's own item. Every read is strongly consistent. */

import { entriesJson, type LogBlock } from '../../../lib/log/block.ts';
import type { Incarnation, NewBlock, VidSpan } from '../../../lib/log/ports.ts';
import { broken, type Violation } from '../properties.ts';
import { highest, type World } from '../world.ts';
import { type Effects, just, type Outcome } from './effect.ts';

export function isExpired({ expires }: LogBlock, { now }: World): boolean {
  return expires < now;
}

/** Blocks after `after`, ascending, until `limit` events are at hand. */
function read(blocks: readonly LogBlock[], after: number, limit: number): readonly LogBlock[] {
  const taken: LogBlock[] = [];
  let events = 0;
  for (const block of blocks) {
    if (block.last <= after) continue;
    if (events >= limit || (block.first > after + limit && taken.at(-1)?.entries.length)) break;
    taken.push(block);
    events += Math.max(0, block.entries.length - Math.max(0, after + 1 - block.first));
  }
  return taken;
}

/** Writes a block whatever stands there, and judges its numbers. */
export function written(world: World, by: string, { events: newEvents, ...block }: NewBlock): Outcome {
  const { first, last, epoch } = block;
  const entries = newEvents.map(({ id, key, json }) => ({
    id,
    ...(key === undefined ? {} : { key }),
    data: JSON.parse(json),
  }));
  const textLength = entriesJson(newEvents).length;
  const others = world.blocks.filter((one) => one.first !== first);
  const after: World = {
    ...world,
    blocks: [...others, { ...block, entries, textLength }].sort((a, b) => a.first - b.first),
    given: [...world.given, ...newEvents.map(({ id }, i) => ({ vid: first + i, epoch, id, by }))],
  };
  const note = `${first}${last > first ? `-${last}` : ''} of ${epoch}${newEvents.length === 0 ? ', passed over' : ''}`;
  return {
    world: after,
    answer: 'appended',
    note,
    violation: wrongNumber(world, { ...block, entries, textLength }),
  };
}

/**
 * Events take the next numbers; only where every other block may be gone need they not follow on those. What is passed over may be passed over
 * twice, but no event that is kept may stand there.
 */
function wrongNumber(world: World, { first, last: end, epoch, entries }: LogBlock): Violation | undefined {
  const last = world.given.at(-1);
  if (last && last.epoch !== epoch)
    return broken('numbers', `epoch ${epoch} begins inside epoch ${last.epoch}`);
  const kept = world.blocks.filter((block) => !isExpired(block, world));
  if (entries.length === 0) {
    const event = kept.find((one) => one.entries.length > 0 && one.last >= first && one.first <= end);
    return event && broken('numbers', `${first} is passed over, and ${event.last} is kept`);
  }
  const head = Math.max(0, ...kept.map((block) => block.last));
  if (first <= highest(world)) return broken('numbers', `${first} is given out after ${highest(world)}`);
  if (first <= head) return broken('numbers', `${first} is given out and passed over`);
  if (first > head + 1 && (head > 0 || !last)) return broken('numbers', `a gap between ${head} and ${first}`);
  const twice = entries.find(({ id }) => world.given.some((one) => one.id === id));
  return twice && broken('once', `event ${twice.id} is appended twice`);
}

export const LOG: Effects = {
  'log.last': (world, _rules, _by, _channel: string, above = 0) => {
    const block = world.blocks.findLast(({ first }) => first > above);
    return just(world, block, block ? `${block.last}` : 'none');
  },
  'log.read': (world, _rules, _by, _channel: string, after: number, limit: number) => {
    const blocks = read(world.blocks, after, limit);
    return just(world, blocks, `after ${after}: ${blocks.map(({ first }) => first).join(' ') || 'none'}`);
  },
  'log.since': (world, _rules, _by, _channel: string, sinceMs: number, span?: VidSpan) => {
    const blocks = world.blocks.filter(({ first }) => !span || (first >= span.first && first <= span.last));
    const older = blocks.findLastIndex(({ at }) => Date.parse(at) < sinceMs);
    return just(world, blocks.slice(older + 1), older < 0 ? 'all' : `after block ${older + 1}`);
  },
  'log.append': (world, _rules, by, _channel: string, block: NewBlock) => {
    if (world.blocks.some(({ first }) => first === block.first)) return just(world, 'conflict', 'conflict');
    return [written(world, by, block)];
  },
  'records.get': (world) =>
    just(world, world.life ?? undefined, world.life ? `reserved ${world.life.highWaterMark}` : 'none'),
  'records.begin': (world, _rules, _by, _channel: string, life: Incarnation) => {
    const recorded = world.life ?? life;
    return just({ ...world, life: recorded }, recorded, `reserved ${recorded.highWaterMark}`);
  },
  'records.reserve': (world, _rules, _by, _channel: string, epoch: string, upTo: number) => {
    if (world.life?.epoch !== epoch) return just(world, false, 'other life');
    const reserved = Math.max(world.life.highWaterMark, upTo);
    return just({ ...world, life: { epoch, highWaterMark: reserved } }, true, `up to ${reserved}`);
  },
};
