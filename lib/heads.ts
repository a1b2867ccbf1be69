/**
 * The check: how far does a channel's log reach? One read where the channel has a block; a channel without blocks (not yet born, or
 * all expired) is told apart by its own item, which is read at most once in 10 s per process and channel.
 */

import type { Block } from './block.ts';
import type { Clock, EventLog, Life, Lives } from './ports.ts';
import type { Head } from './watch.ts';

const LIFE_MS = 10_000;
/** Channels without blocks that are remembered: a guard against a reader that tries many names. */
const MAX_REMEMBERED = 1_000;

export interface Check {
  readonly head: Head;
  /** The newest block, where there is one: `block.last` is `head.vid`. */
  readonly block?: Block;
}

export class Heads {
  readonly #log: EventLog;
  readonly #lives: Lives;
  readonly #clock: Clock;
  readonly #remembered = new Map<string, { readonly life: Life | undefined; readonly readAt: number }>();

  constructor(ports: { readonly log: EventLog; readonly lives: Lives; readonly clock: Clock }) {
    this.#log = ports.log;
    this.#lives = ports.lives;
    this.#clock = ports.clock;
  }

  /** Strongly consistent: sees every append that was acknowledged before the call. */
  async check(channel: string): Promise<Check> {
    const block = await this.#log.last(channel);
    if (block) return checkOf(block);
    const life = await this.#life(channel);
    if (!life) return { head: { vid: 0, epoch: null } };
    // A channel is born with a block first and its own item second: between the two reads it may have got both.
    const born = await this.#log.last(channel);
    return born ? checkOf(born) : { head: { vid: life.reserved, epoch: life.epoch } };
  }

  async #life(channel: string): Promise<Life | undefined> {
    const now = this.#clock.now();
    const known = this.#remembered.get(channel);
    if (known && now - known.readAt < LIFE_MS) return known.life;
    const life = await this.#lives.get(channel);
    if (this.#remembered.size >= MAX_REMEMBERED) this.#remembered.clear();
    this.#remembered.set(channel, { life, readAt: now });
    return life;
  }
}

function checkOf(block: Block): Check {
  return { head: { vid: block.last, epoch: block.epoch }, block };
}
