/**
 * The check: how far does a channel's log reach? One read where the channel has a block that is kept; a channel without (not yet born, or
 * all expired) is told apart by its own item, which is read at most once in 10 s per process and channel. A name whose present life has a log
 * of its own is followed there.
 */

import { BoundedMap } from '../../runtime/bounded-map.ts';
import { type Instant, instantOf, msSince } from '../../runtime/instant.ts';
import type { Clock } from '../../runtime/ports.ts';
import type { Block, LogBlock } from '../block.ts';
import type { Head } from '../head.ts';
import type { ChannelRecords, EventLog, Incarnation } from '../ports.ts';
import { liveRecord, type StreamRecord } from '../stream-record.ts';
import { readLineage } from './lineage.ts';

const LIFE_MS = 10_000;
/**
 * No block expires before an older one, so the newest that is there is the newest that was written, until it expires itself. From then on
 * newer ones may have been deleted before it: TTL keeps no order. This much earlier, for clocks that differ.
 */
const EXPIRY_MARGIN_MS = 5 * 60_000;
/** Channels without blocks that are remembered: a guard against a reader that tries many names. */
const MAX_REMEMBERED = 1_000;
/** What was never born, or was deleted. */
const NOTHING: Check = { head: { vid: 0, epoch: null } };

export interface Check {
  readonly head: Head;
  /** The newest block, where there is one: `block.last` is `head.vid`. */
  readonly block?: Block;
}

interface Remembered {
  readonly life: Incarnation | undefined;
  readonly readAt: Instant;
}

export interface HeadPorts {
  readonly log: EventLog;
  readonly records: Pick<ChannelRecords, 'get'>;
  readonly clock: Clock;
}

export class HeadReader {
  readonly #log: EventLog;
  readonly #records: Pick<ChannelRecords, 'get'>;
  readonly #clock: Clock;
  readonly #remembered = new BoundedMap<string, Remembered>(MAX_REMEMBERED);

  constructor(ports: HeadPorts) {
    this.#log = ports.log;
    this.#records = ports.records;
    this.#clock = ports.clock;
  }

  /** Strongly consistent: sees every append that was acknowledged before the call. */
  async check(channel: string): Promise<Check> {
    // Taken before the log is looked at: what another check learns meanwhile may be of a channel that was born after this look.
    const known = this.#known(channel);
    const followed = known && (await this.#follow(channel, known.life));
    if (followed) return followed;
    const block = await this.#log.last(channel);
    if (block?.mark === 'deleted')
      return (await this.#follow(channel, await this.#readLife(channel))) ?? NOTHING;
    if (block && this.#isKept(block)) return checkOf(block);
    const life = known ? known.life : await this.#readLife(channel);
    if (!life) return block ? checkOf(block) : NOTHING;
    if (!known) {
      const moved = await this.#follow(channel, life);
      if (moved) return moved;
      // Between the two reads the channel may have been born, or numbers skipped and more reserved: either is seen by a block first.
      const newer = await this.#log.last(channel);
      if (newer && this.#isKept(newer)) return checkOf(newer);
    }
    if (life.epoch === '') return NOTHING;
    return { head: { vid: Math.max(life.highWaterMark, block?.last ?? 0), epoch: life.epoch } };
  }

  /** As `EventLog.read`, in the log of the name's present life. */
  async read(channel: string, after: number, limit: number): Promise<readonly LogBlock[]> {
    const known = movedTo(channel, this.#remembered.get(channel)?.life, this.#clock.now());
    if (known) return readLineage(this.#log, known, after, limit);
    const blocks = await this.#log.read(channel, after, limit);
    if (blocks.at(-1)?.mark !== 'deleted') return blocks;
    const record = movedTo(channel, await this.#readLife(channel), this.#clock.now());
    return record ? readLineage(this.#log, record, after, limit) : [];
  }

  /** The check of a life that has a log of its own; undefined where the name has none now. */
  async #follow(channel: string, life: Incarnation | undefined): Promise<Check | undefined> {
    const record = movedTo(channel, life, this.#clock.now());
    if (!record) return undefined;
    const block = await this.#log.last(record.log);
    if (block?.mark === 'deleted') {
      const now = movedTo(channel, await this.#readLife(channel), this.#clock.now());
      return now && now.log !== record.log ? this.#follow(channel, wrap(now)) : NOTHING;
    }
    return block ? checkOf(block) : { head: { vid: record.base, epoch: String(record.stamp) } };
  }

  #isKept({ expires }: LogBlock): boolean {
    return expires > this.#clock.now() + EXPIRY_MARGIN_MS;
  }

  #known(channel: string) {
    const known = this.#remembered.get(channel);
    return known && msSince(this.#clock, known.readAt) < LIFE_MS ? known : undefined;
  }

  async #readLife(channel: string): Promise<Incarnation | undefined> {
    const readAt = instantOf(this.#clock);
    const life = await this.#records.get(channel);
    this.#remembered.set(channel, { life, readAt });
    return life;
  }
}

/** The record of the name's present life where that has a log of its own. */
function movedTo(channel: string, life: Incarnation | undefined, now: number): StreamRecord | undefined {
  const record = liveRecord(life?.stream?.record, now);
  return record && record.log !== channel ? record : undefined;
}

function wrap(record: StreamRecord): Incarnation {
  return { epoch: '', highWaterMark: 0, stream: { version: 0, record } };
}

function checkOf(block: Block): Check {
  return { head: { vid: block.last, epoch: block.epoch }, block };
}

/** The log for readers: each channel is read where its present life is. */
export function readFollowing(log: EventLog, headReader: Pick<HeadReader, 'read'>): EventLog {
  return {
    last: (channel) => log.last(channel),
    since: (channel, sinceMs) => log.since(channel, sinceMs),
    append: (channel, block) => log.append(channel, block),
    read: (channel, after, limit) => headReader.read(channel, after, limit),
  };
}
