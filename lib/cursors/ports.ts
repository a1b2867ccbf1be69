/** Where clients have come to, one row for each client and channel. */

/** Where one client's poll is held: which process's mailbox, which poll (opaque here; lib/poll/nonce.ts), and until when at the latest. */
export interface Hold {
  readonly mailbox: string;
  readonly nonce: string;
  readonly until: number;
  /** Its process saves places late: the poll may stand further than the row's `maxvid`, and be held by now under another nonce. */
  readonly behind?: true;
}

export interface Cursor {
  /** Absent until the client has acknowledged something or been given a starting point. */
  readonly maxvid?: number;
  /** The life in which `maxvid` was acknowledged, where it is known. */
  readonly epoch?: string;
  readonly hold?: Hold;
  readonly seenAt: number;
}

export interface Position {
  readonly maxvid?: number;
  readonly epoch?: string;
}

/** One row per client and channel. */
export interface Cursors {
  /**
   * Notes that the client is here: saves what it acknowledges and where its poll is held (absent: nowhere), and returns the row
   * as it was. `maxvid` never goes back within a life; an acknowledgement that names another epoch starts anew.
   * Repeating a call changes nothing. At once where the row is at hand.
   */
  visit(
    channel: string,
    client: string,
    seen: Position,
    hold: Hold | undefined,
    now: number,
  ): Promise<Cursor | undefined> | Cursor | undefined;
  /**
   * Moves a cursor that stands at `from` to `to`, back too: for a place that turned out to be none. Without `maxvid` in `to` it stands nowhere.
   * One that stands elsewhere stays.
   */
  move(channel: string, client: string, from: Position, to: Position): Promise<void>;
  /**
   * Saves late what was visited meanwhile, as `visit` does, if nobody has visited the row since it was `known`. Else, or if the client was forgotten, the answer is
   * false, and only a place that is further in the row's own life is taken over; a row without a life takes that of the place.
   */
  save(
    channel: string,
    client: string,
    place: Position,
    hold: Hold | undefined,
    now: number,
    known: Pick<Cursor, 'seenAt' | 'hold'>,
  ): Promise<boolean>;
  /** Every cursor on the channel, ordered by client. */
  list(channel: string): Promise<ReadonlyArray<Cursor & { readonly client: string }>>;
  forget(channel: string, client: string): Promise<void>;
}
