/**
 * A client's session on the channels that it polls: its cursor, and the orphaned polls it left behind. Lambda is never told that a client hung
 * up, so its old poll stays held. When the same client of the same principal comes again from the same place, that poll is told to end.
 */

import { isHeld } from '../cursors/cached-cursor.ts';
import type { Cursor, Cursors, Hold, Position } from '../cursors/ports.ts';
import type { Head } from '../log/head.ts';
import type { Clock } from '../runtime/ports.ts';
import { supersedeText } from '../wakeup/doorbell.ts';
import type { Mailboxes } from '../wakeup/ports.ts';
import type { HeldPolls } from './held-polls.ts';
import { mayEnd } from './nonce.ts';

export interface ClientSessionPorts {
  readonly cursors: Cursors;
  readonly mailboxes: Pick<Mailboxes, 'send'>;
  readonly held: HeldPolls;
  readonly clock: Clock;
}

export interface Visit {
  readonly channel: string;
  readonly seen: Position;
}

/** A client's cursors as they were, in the order of its visits. */
export type Found = ReadonlyArray<Cursor | undefined>;

export class ClientSession {
  readonly #ports: ClientSessionPorts;
  readonly #client: string;
  readonly #owner: string;
  readonly #hold: Hold | undefined;

  /** `principal`: whose poll it is (`principalOf`). `hold`: where it is held, undefined for one that does not wait. */
  constructor(ports: ClientSessionPorts, client: string, owner: string, hold: Hold | undefined) {
    this.#ports = ports;
    this.#client = client;
    this.#owner = owner;
    this.#hold = hold;
  }

  /** Saves what the client acknowledges, ends its orphaned polls, and returns its cursors as they were, in the order of `visits`. */
  visit(visits: readonly Visit[]): Found | Promise<Found> {
    const before = visits.map(({ channel, seen }) => this.#visit(channel, seen));
    return allAtHand(before)
      ? this.#found(visits, before)
      : Promise.all(before).then((rows) => this.#found(visits, rows));
  }

  #found(visits: readonly Visit[], before: Found): Found | Promise<Found> {
    const orphans = this.#orphans(visits, before);
    if (orphans.length === 0) return before;
    return Promise.all(orphans.map((orphan) => this.#end(orphan))).then(() => before);
  }

  #orphans(visits: readonly Visit[], before: Found): readonly Hold[] {
    const orphans: Hold[] = [];
    for (const cursor of before) {
      const hold = cursor?.hold;
      if (!hold || hold.nonce === this.#hold?.nonce || !mayEnd(this.#owner, hold.nonce)) continue;
      if (!isHeld(hold, this.#ports.clock.now()) || orphans.some(({ nonce }) => nonce === hold.nonce))
        continue;
      if (!hasMovedOn(visits, before, hold.nonce)) orphans.push(hold);
    }
    return orphans;
  }

  /**
   * Completes a cursor once the head is known: one that has no starting point yet, was kept in another life, or stands where no number was
   * ever given out and so could never be answered. Undefined where there is nothing to do.
   */
  settle(
    channel: string,
    before: Cursor | undefined,
    seen: Position,
    after: number,
    head: Head,
  ): Promise<void> | undefined {
    const placed = seen.maxvid !== undefined || before?.maxvid !== undefined;
    const epochKnown = head.epoch === null || (seen.epoch ?? before?.epoch) === head.epoch;
    const ahead = before?.maxvid !== undefined && before.maxvid > head.vid;
    return placed && epochKnown && !ahead ? undefined : this.#complete(channel, before, seen, after, head);
  }

  async #complete(
    channel: string,
    before: Cursor | undefined,
    seen: Position,
    after: number,
    head: Head,
  ): Promise<void> {
    const ahead = before?.maxvid !== undefined && before.maxvid > head.vid;
    const place = { maxvid: after, ...(head.epoch === null ? {} : { epoch: head.epoch }) };
    if (!ahead && seen.maxvid !== undefined) {
      await this.#visit(channel, place);
      return;
    }
    // A place that the client has not named: only from where this poll found the cursor. By now a newer poll of the client may have moved it,
    // and this one be an orphaned poll.
    await this.#ports.cursors.move(channel, this.#client, placeIn(before), place);
  }

  /** Takes back an acknowledgement that cannot be true: the cursor stands where it stood before. */
  async retract(channel: string, before: Cursor | undefined, seen: Position): Promise<void> {
    if (seen.maxvid === undefined) return;
    // Saved without an epoch, it kept the one that stood there.
    const saved = { ...placeIn(before), ...seen };
    await this.#ports.cursors.move(channel, this.#client, saved, placeIn(before));
  }

  #visit(channel: string, seen: Position): ReturnType<Cursors['visit']> {
    return this.#ports.cursors.visit(channel, this.#client, seen, this.#hold, this.#ports.clock.now());
  }

  async #end(orphan: Hold): Promise<void> {
    if (this.#ports.held.supersede(orphan.nonce)) return;
    // An orphaned poll in this process's own mailbox that is not held any more has been answered.
    if (orphan.mailbox === this.#hold?.mailbox) return;
    // A lost supersede costs a poll that is held in vain until its wait ends, nothing else.
    await this.#ports.mailboxes.send(orphan.mailbox, supersedeText(orphan.nonce)).catch(() => undefined);
  }
}

/**
 * Where the client has moved on, the events that it has seen have ended its older poll, on all of that poll's channels; but a row that is saved late does
 * not tell where that poll stood.
 */
function hasMovedOn(visits: readonly Visit[], before: Found, nonce: string): boolean {
  return visits.some(({ seen }, i) => {
    const { maxvid, hold } = before[i] ?? {};
    if (hold?.nonce !== nonce || hold.behind) return false;
    return seen.maxvid !== undefined && maxvid !== undefined && seen.maxvid > maxvid;
  });
}

function allAtHand(rows: ReadonlyArray<ReturnType<Cursors['visit']>>): rows is Found {
  return !rows.some((row) => row instanceof Promise);
}

function placeIn(cursor: Cursor | undefined): Position {
  const { maxvid, epoch } = cursor ?? {};
  return { ...(maxvid === undefined ? {} : { maxvid }), ...(epoch === undefined ? {} : { epoch }) };
}
