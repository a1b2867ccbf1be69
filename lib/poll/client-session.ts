/**
 * A client's presence on the channels that it polls: its cursor, and the ghosts it left behind. Lambda is never told that a client hung
 * up, so its old poll stays held; when the same client comes again from the same place, that poll is told to end.
 */

import { isHeld } from '../cursors/cached-cursor.ts';
import { PushError } from '../errors.ts';
import type { Acknowledgement, Clock, Cursor, Cursors, Hold, Mailboxes } from '../log/ports.ts';
import { supersedeText } from '../wakeup/doorbell.ts';
import type { Head } from '../wakeup/watch-state.ts';
import type { Ending } from './wait.ts';

/** Polls that one holder may have in a process wherever nothing else is set and there is room; 20 MB. */
export const SURE_POLLS = 1_000;

/** The polls that this process holds, so that a supersede can end one by its nonce; and how many of them each holder has. */
export class HeldPolls {
  readonly #ends = new Map<unknown, (why: Ending) => void>();
  readonly #holders = new Map<string, { polls: number }>();
  #closed = false;
  readonly #most: number;
  readonly #mostOfOne: number | undefined;

  /**
   * `most`: how many polls this process holds at once. `mostOfOne`: how many of one holder, so that the others find room; where it is undefined, `SURE_POLLS` and
   * then as many as stay free.
   */
  constructor(most: number, mostOfOne?: number) {
    this.#most = most;
    this.#mostOfOne = mostOfOne;
  }

  /**
   * `key` is the poll's own: its nonce where a newer poll of its client may end it. `end` is called when it must end: that has come, or this process is
   * closing. Returns how to take it back, once. Throws `unavailable` when this process is full, and `too-many-requests` when the holder has as many as one
   * may; without a `holder` it is not counted.
   */
  hold(key: unknown, end: (why: Ending) => void, holder?: string): () => void {
    const mine = holder === undefined ? undefined : (this.#holders.get(holder) ?? { polls: 0 });
    if (mine) this.#admitOne(mine.polls);
    if (this.#ends.size >= this.#most)
      throw new PushError('unavailable', `This server holds ${this.#most} polls, as many as it may.`);
    this.#ends.set(key, end);
    if (this.#closed) end('closing');
    if (mine && holder !== undefined && mine.polls++ === 0) this.#holders.set(holder, mine);
    return () => {
      if (!this.#ends.delete(key) || !mine || holder === undefined) return;
      if (--mine.polls === 0) this.#holders.delete(holder);
    };
  }

  /**
   * A wall of displays has one token for all of them, so one holder may have most of an idle process. But each of its polls beyond the sure ones leaves as many
   * places free as it has (as a switch shares its buffer: Choudhury and Hahne, "Dynamic queue length thresholds", 1998).
   */
  #admitOne(polls: number): void {
    const isOneTooMany =
      this.#mostOfOne === undefined
        ? polls >= SURE_POLLS && polls >= this.#most - this.#ends.size
        : polls >= this.#mostOfOne;
    if (!isOneTooMany) return;
    const bound =
      this.#mostOfOne === undefined
        ? 'and no more than that are free for others'
        : 'as many as MAX_HELD_POLLS_PER_TOKEN lets one have';
    throw new PushError(
      'too-many-requests',
      `This token holds ${polls} polls in this process, ${bound}. Readers with one token, or one sub, count together: wait for an answer, give ` +
        'them tokens of their own, or raise MAX_HELD_POLLS_PER_TOKEN and MAX_HELD_POLLS.',
    );
  }

  /** Ends a poll because its client has come again. True when it was held here. */
  supersede(nonce: string, why: Ending = 'superseded'): boolean {
    const end = this.#ends.get(nonce);
    end?.(why);
    return end !== undefined;
  }

  /** How many are held. */
  get size(): number {
    return this.#ends.size;
  }

  /** True once this process is about to end. */
  get closed(): boolean {
    return this.#closed;
  }

  /** Ends all of them, and each that comes after: they are answered as if their waits were over. */
  close(): void {
    this.#closed = true;
    for (const end of [...this.#ends.values()]) end('closing');
  }
}

/** A letter says that the client of the poll `nonce` is elsewhere now. Ends that poll, and those that the client has here by now where its place is saved `late`. */
export function superseded(
  held: HeldPolls,
  late: { left(nonce: string): readonly string[] } | undefined,
  nonce: string,
): void {
  held.supersede(nonce);
  // Those may have come before the client went elsewhere, or after: they are answered as if their waits were over, which does no harm.
  for (const now of late?.left(nonce) ?? []) held.supersede(now, 'closing');
}

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
  readonly #hold: Hold | undefined;

  constructor(ports: PresencePorts, client: string, hold: Hold | undefined) {
    this.#ports = ports;
    this.#client = client;
    this.#hold = hold;
  }

  /** Saves what the client acknowledges, ends its ghosts, and returns its cursors as they were, in the order of `visits`. */
  async enter(visits: readonly Visit[]): Promise<ReadonlyArray<Cursor | undefined>> {
    const before = await Promise.all(visits.map(({ channel, seen }) => this.#visit(channel, seen)));
    const ghosts = new Map<string, Hold>();
    for (const cursor of before) {
      const hold = cursor?.hold;
      if (hold && hold.nonce !== this.#hold?.nonce && isHeld(hold, this.#ports.clock.now()))
        ghosts.set(hold.nonce, hold);
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
