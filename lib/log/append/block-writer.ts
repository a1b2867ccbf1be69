/**
 * Writing a channel's next block, where a publisher's view says that it goes. Before a number goes into the log it is reserved in the
 * channel's own item, so that it is not given out again when its block has expired.
 */

import type { Chance } from '../../runtime/ports.ts';
import type { Logger } from '../../telemetry/ports.ts';
import type { Draft } from '../block.ts';
import type { NewBlock } from '../ports.ts';
import { mustPassOver, noteBlock, RESERVE_STEP, type View, type ViewPorts } from './writer-state.ts';

export interface WritePorts extends ViewPorts {
  /** How long a block is kept at least, in ms. */
  readonly retentionMs: number;
  readonly chance: Chance;
  readonly logger: Logger;
}

export class BlockWriter {
  readonly #ports: WritePorts;

  constructor(ports: WritePorts) {
    this.#ports = ports;
  }

  /**
   * Puts a block of these drafts right after the view's head. `conflict` when its numbers are taken, `other-life` when the channel was
   * made anew. The view learns what was reserved, not the block.
   */
  async put(
    view: View,
    drafts: readonly Draft[],
    token: string,
  ): Promise<NewBlock | 'conflict' | 'other-life'> {
    const last = view.head + drafts.length;
    if (!(await this.#reserve(view, last))) return 'other-life';
    const block = this.#next(view, last, token, drafts);
    if ((await this.#ports.log.append(view.channel, block)) === 'conflict') return 'conflict';
    if (view.reserved === 0) await this.#recordBirth(view, last);
    return block;
  }

  /** Passes over numbers that may have been given out and expired, where there are any. `conflict` when another publisher was first. */
  async passOver(view: View): Promise<'clear' | 'conflict' | 'other-life'> {
    const { log, clock, chance } = this.#ports;
    if (!mustPassOver(view, clock.now())) return 'clear';
    // Readers take `reserved` for the head while nothing is kept. What is raised now may be passed by them, so it is passed over too.
    if (view.head >= view.reserved && !(await this.#reserve(view, view.head + 1))) return 'other-life';
    const block = this.#next(view, view.reserved, chance.id(), []);
    if ((await log.append(view.channel, block)) === 'conflict') return 'conflict';
    noteBlock(view, { ...block, entries: [] }, clock);
    return 'clear';
  }

  #next(view: View, last: number, token: string, drafts: readonly Draft[]): NewBlock {
    const { clock, retentionMs } = this.#ports;
    const now = clock.now();
    // A clock that is behind, or a retention that was shortened, must not let it expire before older blocks.
    const expires = Math.max(now + retentionMs, view.expires);
    const at = new Date(now).toISOString();
    return { first: view.head + 1, last, epoch: view.epoch, at, token, expires, drafts };
  }

  /** Makes sure that no number up to `last` can be given out again once its block has expired. */
  async #reserve(view: View, last: number): Promise<boolean> {
    // At birth the block comes first: the other way round, a crash between the two would look like a channel whose first events expired.
    if (last <= view.reserved || view.head === 0) return true;
    const { lives } = this.#ports;
    const upTo = Math.ceil(last / RESERVE_STEP) * RESERVE_STEP;
    if (view.reserved === 0) {
      const life = await lives.begin(view.channel, { epoch: view.epoch, reserved: upTo });
      view.reserved = life.reserved;
      if (life.epoch !== view.epoch) return false;
    }
    if (last <= view.reserved) return true;
    const raised = await lives.reserve(view.channel, view.epoch, upTo);
    if (raised) view.reserved = upTo;
    return raised;
  }

  async #recordBirth(view: View, last: number): Promise<void> {
    const { lives, logger } = this.#ports;
    try {
      const reserved = Math.ceil(last / RESERVE_STEP) * RESERVE_STEP;
      view.reserved = (await lives.begin(view.channel, { epoch: view.epoch, reserved })).reserved;
    } catch (error) {
      // The event is in the log; the next append records the birth before it goes on.
      const reason = error instanceof Error ? error.name : 'unknown';
      logger.warn('a new channel could not be recorded yet', { channel: view.channel, reason });
    }
  }
}
