/** What must hold of streams: of every effect and answer when it happens, and of every state. */

import type { LogBlock } from '../../../lib/log/block.ts';
import { endOf, isOwnLog, liveRecord } from '../../../lib/log/stream-record.ts';
import type { Local } from '../machine.ts';
import { type Violation as Broken, broken } from '../properties.ts';
import type { StreamOutput } from './process.ts';
import {
  type Before,
  blocksOf,
  contentOf,
  liveLog,
  logsOf,
  type StreamWorld,
  textsOf,
  wallOf,
} from './world.ts';

export const PROPERTIES = {
  once: 'Nothing is appended twice to a stream, even if its writer or producer had to try again.',
  order:
    'The batches of a producer stand in its order, in its newest session, without a gap. None is called too early whose predecessor was there before.',
  end: 'Nothing follows the end of a log, and nothing is appended after somebody was told of its end.',
  life: 'Numbers follow on each other, a log holds one life of one name, and what is appended goes into the life that its writer is told.',
  told: 'What was acknowledged is in the present life of its name, unless that was deleted.',
  found: 'A stream that is there from the beginning to the end of a request is found, and read whole.',
  kept: 'A stream that is there has everything that it holds and inherits, from its first message on.',
  left: 'When everyone has finished and the purge has run, nothing is left of streams that are over, nor of those that were never made.',
  progress: 'Every process under way goes on by itself. None spins.',
} as const;
export type Property = keyof typeof PROPERTIES;
export type Violation = Broken<Property>;

/** What this append breaks, judged before it is done. */
export function appendViolation(world: StreamWorld, log: string, block: LogBlock): Violation | undefined {
  const blocks = blocksOf(world, log);
  const last = blocks.at(-1);
  const text = textsOf([block]).join() || (block.mark ?? 'nothing');
  if (last?.mark === 'deleted' || (last?.mark && block.mark !== 'deleted'))
    return broken('end', `${text} is appended to ${log} after its mark`);
  const over = world.over[log];
  if (over && textsOf([block]).length > 0)
    return broken('end', `${text} is appended to ${log} after it was said to be ${over}`);
  if (last && last.epoch !== block.epoch)
    return broken('life', `${text} of life ${block.epoch} stands in ${log} after life ${last.epoch}`);
  if (last && block.first !== last.last + 1)
    return broken('life', `${text} takes ${block.first} in ${log} after ${last.last}`);
  const before = textsOf(blocks);
  const twice = textsOf([block]).find((one) => before.includes(one));
  if (twice) return broken('once', `${twice} is appended twice to ${log}`);
  return outOfOrder(before, textsOf([block]), log);
}

/** A producer's text is `id:epoch:seq`. */
function outOfOrder(before: readonly string[], added: readonly string[], log: string): Violation | undefined {
  for (const text of added) {
    const [id, epoch, seq] = text.split(':');
    if (seq === undefined) continue;
    const [lastEpoch = -1, lastSeq = -1] = (before.findLast((one) => one.startsWith(`${id}:`)) ?? '')
      .split(':')
      .slice(1)
      .map(Number);
    const isNext =
      Number(epoch) === lastEpoch ? Number(seq) === lastSeq + 1 : Number(epoch) > lastEpoch && seq === '0';
    if (!isNext) return broken('order', `${text} is appended to ${log} after ${id}:${lastEpoch}:${lastSeq}`);
  }
  return undefined;
}

/** What an answer breaks. `before`: how the stream was when the request began. */
export function outputViolation(
  { ask, text, outcome }: StreamOutput,
  world: StreamWorld,
  before: Before,
): Violation | undefined {
  if (ask.kind === 'purge') return undefined;
  const { name } = ask;
  // It was there all the time.
  const stood = before.log !== undefined && liveLog(world, name) === before.log ? before.log : undefined;
  switch (outcome.kind) {
    case 'made':
      return outcome.isNew ? untold(world, name, text) : undefined;
    case 'appended':
    case 'duplicate':
      return text === '' ? undefined : (untold(world, name, text) ?? strayed(world, name, text, outcome));
    case 'deleted':
      return stood === undefined
        ? undefined
        : broken('end', `${name} is said to be deleted, and ${stood} lives`);
    case 'closed':
      return logsOf(world, name).some((log) => blocksOf(world, log).some(({ mark }) => mark !== undefined))
        ? undefined
        : broken('end', `${name} is said to be closed, and is not`);
    case 'gap':
      return earlyAfterAll(world, text, before);
    case 'fenced':
      return isFenced(world, name, text)
        ? undefined
        : broken('order', `${text} is fenced, and nothing is newer`);
    case 'read': {
      const whole = outcome.log === liveLog(world, name) ? contentOf(world, name) : undefined;
      const isPrefix = !whole || outcome.texts.every((one, i) => one === whole[i]);
      const there = stood ? blocksOf(world, stood).filter(({ last }) => last <= before.last) : [];
      const missing = textsOf(there).find((one) => !outcome.texts.includes(one));
      if (!isPrefix)
        return broken('found', `${name} is read as ${outcome.texts.join()}, and is ${whole.join()}`);
      return missing === undefined ? undefined : broken('found', `${name} is read without ${missing}`);
    }
    case 'refused':
      if (outcome.code !== 'not-found' && outcome.code !== 'gone') return undefined;
      if (ask.kind === 'fork' || stood === undefined) return undefined;
      return broken('found', `${name} is said to be ${outcome.code}, and ${stood} lives`);
    default:
      return undefined;
  }
}

/** What was acknowledged, and is in no log that lives or was ended. */
function untold(world: StreamWorld, name: string, text: string): Violation | undefined {
  const logs = logsOf(world, name).filter((log) => textsOf(blocksOf(world, log)).includes(text));
  if (logs.some((log) => log === liveLog(world, name) || isEnded(world, name, log))) return undefined;
  const where = logs.length === 0 ? 'in no log' : `in ${logs.join()}`;
  return broken('told', `${text} is acknowledged, and ${where} while ${name} is ${liveLog(world, name)}`);
}

/** It stands in another life than the answer says. */
function strayed(
  world: StreamWorld,
  name: string,
  text: string,
  { nextOffset = '' }: { readonly nextOffset?: string },
): Violation | undefined {
  const logs = logsOf(world, name).filter((log) => textsOf(blocksOf(world, log)).includes(text));
  const stamp = Number(nextOffset.split('_')[0]);
  if (nextOffset === '' || logs.some((log) => !isOwnLog(log) || log.includes(`~${stamp}~`))) return undefined;
  return broken('life', `${text} is said to be in life ${stamp}, and is in ${logs.join()}`);
}

function isEnded(world: StreamWorld, name: string, log: string): boolean {
  const { record } = world.records[name] ?? {};
  if (blocksOf(world, log).at(-1)?.mark === 'deleted') return true;
  return record?.log === log && (record.state === 'deleted' || endOf(record) <= wallOf(world));
}

function earlyAfterAll(world: StreamWorld, text: string, { log, last }: Before): Violation | undefined {
  const [id, epoch, seq] = text.split(':');
  const there = log === undefined ? [] : blocksOf(world, log).filter((block) => block.last <= last);
  const predecessor = `${id}:${epoch}:${Number(seq) - 1}`;
  return textsOf(there).includes(predecessor)
    ? broken('order', `${text} is called too early, and ${predecessor} was there`)
    : undefined;
}

function isFenced(world: StreamWorld, name: string, text: string): boolean {
  const [id, epoch] = text.split(':');
  const all = logsOf(world, name).flatMap((log) => textsOf(blocksOf(world, log)));
  return all.some((one) => one.startsWith(`${id}:`) && Number(one.split(':')[1]) > Number(epoch));
}

export interface Standing {
  readonly name: string;
  readonly local: Local;
  readonly isPurger: boolean;
  readonly isDead: boolean;
}

/** Rounds after which nothing may be left: an edge that was never used keeps a log for two, and a source is looked at after its fork. */
export const ROUNDS = 4;

export function stateViolation(world: StreamWorld, all: readonly Standing[]): Violation | undefined {
  for (const { name, local, isDead } of all) {
    if (isDead) continue;
    if (local.spinning) return broken('progress', `${name} spins without end`);
    const isStuck = local.calls.length + local.pauses.length + local.offers.length === 0 && !local.finished;
    if (isStuck && local.due === undefined) return broken('progress', `${name} waits for nothing`);
  }
  for (const name of Object.keys(world.records)) {
    const violation = hole(world, name);
    if (violation) return violation;
  }
  return world.rounds >= ROUNDS ? leftBehind(world) : undefined;
}

/** Everything that is made here has something in it from the beginning. */
function hole(world: StreamWorld, name: string): Violation | undefined {
  const record = liveRecord(world.records[name]?.record, wallOf(world));
  const own = liveLog(world, name);
  if (!record || own === undefined) return undefined;
  let next = 1;
  for (const { log, upTo } of record.segments) {
    next = reached(world, log, next, upTo);
    if (next <= upTo) return broken('kept', `${name} lacks ${next} of ${log}`);
  }
  const blocks = blocksOf(world, own);
  const end = blocks.at(-1)?.last ?? record.base + 1;
  next = reached(world, own, next, end);
  return next <= end ? broken('kept', `${name} lacks ${next} of ${own}`) : undefined;
}

/** The first number from `next` on that the log does not hold, up to `upTo`. */
function reached(world: StreamWorld, log: string, next: number, upTo: number): number {
  let at = next;
  for (const { first, last } of blocksOf(world, log))
    if (first <= at && last >= at) at = Math.min(last, upTo) + 1;
  return at;
}

function leftBehind(world: StreamWorld): Violation | undefined {
  const alive = Object.keys(world.records).filter((name) => liveLog(world, name) !== undefined);
  const needed = alive.flatMap((name) => {
    const { log, segments } = world.records[name]?.record ?? { log: '', segments: [] };
    return [log, ...segments.map((segment) => segment.log)];
  });
  const log = Object.keys(world.logs).find((one) => isOwnLog(one) && !needed.includes(one));
  if (log !== undefined) return broken('left', `${log} is left, and nobody needs it`);
  // One whose fork was never made harms nobody while its source lives.
  const edges = Object.entries(world.edges).filter(([source]) => !needed.includes(source));
  const edge = edges.flatMap(([, forks]) => forks).find((fork) => !needed.includes(fork.log));
  return edge && broken('left', `the edge of ${edge.log} is left, and nobody needs it`);
}
