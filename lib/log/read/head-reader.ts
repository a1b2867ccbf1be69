/**
 * The check: how far does a channel's log reach? One read where the channel has a block that is kept; a channel without (not yet born, or
 * all expired) is told apart by its own item, which is read at most once in 10 s per process and channel. A name whose present life has a log
 * of its own is followed there.
 *
 * A newest block that is large is read once. After that a process asks for what is above it, which is nothing on a quiet channel, and for the
 * channel's own item, which tells whether the channel still lives that life: two read units, where the block is up to 64 and more.
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
/** Characters of a block that is large: more than two read units, which the two small reads cost. */
const LARGE = 8 * 1024;
/** What was never born, or was deleted. */
const NOTHING: Check = { head: { vid: 0, epoch: null } };

export interface Check {
  readonly head: Head;
  /** The newest block, where there is one and it was read: `block.last` is `head.vid`. */
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
  /** Characters from which on a block is large. */
  readonly large?: number;
}

/** A newest block that was seen, and is large. */
type Seen = Pick<LogBlock, 'last' | 'epoch' | 'expires'>;

export class HeadReader {
  readonly #log: EventLog;
  readonly #records: Pick<ChannelRecords, 'get'>;
  readonly #clock: Clock;
  readonly #remembered = new BoundedMap<string, Remembered>(MAX_REMEMBERED);

  readonly #large: number;
  readonly #seen = new BoundedMap<string, Seen>(MAX_REMEMBERED);

  constructor({ log, records, clock, large = LARGE }: HeadPorts) {
    this.#log = log;
    this.#records = records;
    this.#clock = clock;
    this.#large = large;
  }

  /** Strongly consistent: sees every append that was acknowledged before the call. */
  async check(channel: string): Promise<Check> {
    const seen = this.#seen.get(channel);
    return (seen && (await this.#above(channel, seen))) ?? this.#whole(channel);
  }

  /** What came after a block that was seen. Undefined where that does not tell how far the log reaches. */
  async #above(channel: string, seen: Seen): Promise<Check | undefined> {
    if (!this.#isKept(seen)) return undefined;
    // Both begin now: in a life that began before this call, either finds its first block or its own item, or no item at all.
    const [block, life] = await Promise.all([this.#log.last(channel, seen.last), this.#records.get(channel)]);
    if (life?.stream || life?.epoch !== seen.epoch) return undefined;
    if (!block) return { head: { vid: seen.last, epoch: seen.epoch } };
    return block.mark !== 'deleted' && this.#isKept(block) ? this.#checkOf(channel, block) : undefined;
  }

  async #whole(channel: string): Promise<Check> {
    // Taken before the log is looked at: what another check learns meanwhile may be of a channel that was born after this look.
    const known = this.#known(channel);
    const followed = known && (await this.#follow(channel, known.life));
    if (followed) return followed;
    const block = await this.#log.last(channel);
    if (block?.mark === 'deleted')
      return (await this.#follow(channel, await this.#readLife(channel))) ?? NOTHING;
    if (block && this.#isKept(block)) return this.#checkOf(channel, block);
    const life = known ? known.life : await this.#readLife(channel);
    if (!life) return block ? this.#checkOf(channel, block) : NOTHING;
    if (!known) {
      const moved = await this.#follow(channel, life);
      if (moved) return moved;
      // Between the two reads the channel may have been born, or numbers skipped and more reserved: either is seen by a block first.
      const newer = await this.#log.last(channel);
      if (newer && this.#isKept(newer)) return this.#checkOf(channel, newer);
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

  #checkOf(channel: string, block: LogBlock): Check {
    const { last, epoch, expires, textLength } = block;
    if (textLength > this.#large) this.#seen.set(channel, { last, epoch, expires });
    else this.#seen.delete(channel);
    return checkOf(block);
  }

  #isKept({ expires }: Pick<LogBlock, 'expires'>): boolean {
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
    last: (channel, after) => log.last(channel, after),
    since: (channel, sinceMs, span) => log.since(channel, sinceMs, span),
    append: (channel, block) => log.append(channel, block),
    read: (channel, after, limit) => headReader.read(channel, after, limit),
  };
}
