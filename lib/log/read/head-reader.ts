/**
 * The check: how far does a channel's log reach? One read where the channel has a block that is kept; a channel without (not yet born, or
 * all expired) is told apart by its own item, which is read at most once in 10 s per process and channel.
 */

import { BoundedMap } from '../../runtime/bounded-map.ts';
import { type Instant, instantOf, msSince } from '../../runtime/instant.ts';
import type { Clock } from '../../runtime/ports.ts';
import type { Block, LogBlock } from '../block.ts';
import type { Head } from '../head.ts';
import type { ChannelRecords, EventLog, Incarnation } from '../ports.ts';

const LIFE_MS = 10_000;
/**
 * No block expires before an older one, so the newest that is there is the newest that was written, until it expires itself. From then on
 * newer ones may have been deleted before it: TTL keeps no order. This much earlier, for clocks that differ.
 */
const EXPIRY_MARGIN_MS = 5 * 60_000;
/** Channels without blocks that are remembered: a guard against a reader that tries many names. */
const MAX_REMEMBERED = 1_000;

export interface Check {
  readonly head: Head;
  /** The newest block, where there is one: `block.last` is `head.vid`. */
  readonly block?: Block;
}

export class HeadReader {
  readonly #log: EventLog;
  readonly #records: ChannelRecords;
  readonly #clock: Clock;
  readonly #remembered = new BoundedMap<
    string,
    { readonly life: Incarnation | undefined; readonly readAt: Instant }
  >(MAX_REMEMBERED);

  constructor(ports: { readonly log: EventLog; readonly records: ChannelRecords; readonly clock: Clock }) {
    this.#log = ports.log;
    this.#records = ports.records;
    this.#clock = ports.clock;
  }

  /** Strongly consistent: sees every append that was acknowledged before the call. */
  async check(channel: string): Promise<Check> {
    // Taken before the log is looked at: what another check learns meanwhile may be of a channel that was born after this look.
    const known = this.#known(channel);
    const block = await this.#log.last(channel);
    if (block && this.#isKept(block)) return checkOf(block);
    const life = known ? known.life : await this.#readLife(channel);
    if (!life) return block ? checkOf(block) : { head: { vid: 0, epoch: null } };
    if (!known) {
      // Between the two reads the channel may have been born, or numbers skipped and more reserved: either is seen by a block first.
      const newer = await this.#log.last(channel);
      if (newer && this.#isKept(newer)) return checkOf(newer);
    }
    return { head: { vid: Math.max(life.highWaterMark, block?.last ?? 0), epoch: life.epoch } };
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

function checkOf(block: Block): Check {
  return { head: { vid: block.last, epoch: block.epoch }, block };
}
