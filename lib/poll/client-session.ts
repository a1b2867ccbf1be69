/**
 * A client's presence on the channels that it polls: its cursor, and the ghosts it left behind. Lambda is never told that a client hung
 * up, so its old poll stays held. When the same client of the same principal comes again from the same place, that poll is told to end.
 */

import { isHeld } from '../cursors/cached-cursor.ts';
import type { Acknowledgement, Cursor, Cursors, Hold } from '../cursors/ports.ts';
import type { Head } from '../log/head.ts';
import type { Clock } from '../runtime/ports.ts';
import { supersedeText } from '../wakeup/doorbell.ts';
import type { Mailboxes } from '../wakeup/ports.ts';
import type { HeldPolls } from './held-polls.ts';
import { mayEnd } from './nonce.ts';

export interface PresencePorts {
  readonly cursors: Cursors;
  readonly mailboxes: Pick<Mailboxes, 'send'>;
  readonly held: HeldPolls;
  readonly clock: Clock;
}

export interface Visit {
  readonly channel: string;
  readonly seen: Acknowledgement;
}

export class Presence {
  readonly #ports: PresencePorts;
  readonly #client: string;
  readonly #principal: string;
  readonly #hold: Hold | undefined;

  /** `principal`: whose poll it is (`principalOf`). `hold`: where it is held, undefined for one that does not wait. */
  constructor(ports: PresencePorts, client: string, principal: string, hold: Hold | undefined) {
    this.#ports = ports;
    this.#client = client;
    this.#principal = principal;
    this.#hold = hold;
  }

  /** Saves what the client acknowledges, ends its ghosts, and returns its cursors as they were, in the order of `visits`. */
  async enter(visits: readonly Visit[]): Promise<ReadonlyArray<Cursor | undefined>> {
    const before = await Promise.all(visits.map(({ channel, seen }) => this.#visit(channel, seen)));
    const ghosts = new Map<string, Hold>();
    for (const cursor of before) {
      const hold = cursor?.hold;
      if (!hold || hold.nonce === this.#hold?.nonce || !mayEnd(this.#principal, hold.nonce)) continue;
      if (isHeld(hold, this.#ports.clock.now())) ghosts.set(hold.nonce, hold);
    }
    // Where the client has moved on, the events that it has seen have ended its older poll, on all of that poll's channels; but a row that is saved late
    // does not tell where that poll stood.
    for (const [i, { seen }] of visits.entries()) {
      const { maxvid, hold } = before[i] ?? {};
      if (hold && !hold.behind && seen.maxvid !== undefined && maxvid !== undefined && seen.maxvid > maxvid)
        ghosts.delete(hold.nonce);
    }
    await Promise.all([...ghosts.values()].map((ghost) => this.#end(ghost)));
    return before;
  }

  /**
   * Completes a cursor once the head is known: one that has no starting point yet, was kept in another life, or stands where no number was
   * ever given out and so could never be answered.
   */
  async settle(
    channel: string,
    before: Cursor | undefined,
    seen: Acknowledgement,
    after: number,
    head: Head,
  ): Promise<void> {
    const placed = seen.maxvid !== undefined || before?.maxvid !== undefined;
    const epochKnown = head.epoch === null || (seen.epoch ?? before?.epoch) === head.epoch;
    const ahead = before?.maxvid !== undefined && before.maxvid > head.vid;
    if (placed && epochKnown && !ahead) return;
    const place = { maxvid: after, ...(head.epoch === null ? {} : { epoch: head.epoch }) };
    if (!ahead && seen.maxvid !== undefined) {
      await this.#visit(channel, place);
      return;
    }
    // A place that the client has not named: only from where this poll found the cursor. By now a newer poll of the client may have moved it,
    // and this one be a ghost.
    await this.#ports.cursors.move(channel, this.#client, placeIn(before), place);
  }

  /** Takes back an acknowledgement that cannot be true: the cursor stands where it stood before. */
  async retract(channel: string, before: Cursor | undefined, seen: Acknowledgement): Promise<void> {
    if (seen.maxvid === undefined) return;
    // Saved without an epoch, it kept the one that stood there.
    const saved = { ...placeIn(before), ...seen };
    await this.#ports.cursors.move(channel, this.#client, saved, placeIn(before));
  }

  #visit(channel: string, seen: Acknowledgement): Promise<Cursor | undefined> {
    return this.#ports.cursors.visit(channel, this.#client, seen, this.#hold, this.#ports.clock.now());
  }

  async #end(ghost: Hold): Promise<void> {
    if (this.#ports.held.supersede(ghost.nonce)) return;
    // A ghost in this process's own mailbox that is not held any more has been answered.
    if (ghost.mailbox === this.#hold?.mailbox) return;
    // A lost supersede costs a poll that is held in vain until its wait ends, nothing else.
    await this.#ports.mailboxes.send(ghost.mailbox, supersedeText(ghost.nonce)).catch(() => undefined);
  }
}

function placeIn(cursor: Cursor | undefined): Acknowledgement {
  const { maxvid, epoch } = cursor ?? {};
  return { ...(maxvid === undefined ? {} : { maxvid }), ...(epoch === undefined ? {} : { epoch }) };
}
