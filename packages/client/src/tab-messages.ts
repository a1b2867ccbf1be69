/** What a group of readers that share one poll knows of its members, and what they say to each other: types alone. */
import type { PollAnswer, Problem } from '../../../lib/protocol/doorbell.ts';
import type { PollOptions, Status } from './poller.ts';
import type { Position } from './position.ts';

export interface GroupOptions extends PollOptions {
  /**
   * Whether tabs of one browser share one poll. A text is a group of its own: for tabs that have different rights. Default true, where
   * the browser can.
   */
  readonly share?: boolean | string | undefined;
}

/** A subscription, as its group sees it. */
export interface Member {
  /** Where it stands in the channels that it follows. */
  readonly positions: ReadonlyMap<string, Position>;
  /** Whether everything that it has taken is handled. */
  handled(): boolean;
  /** False: the answer does not follow on from where it stands. */
  take(answer: PollAnswer, fresh: boolean): boolean;
  reset(problem: Problem): void;
  status(status: Status): void;
}

/** To be called when a position came or fell behind (`aloud`), and whenever everything is handled. */
export type Want = (aloud: boolean) => void;

export type WantedChannels = ReadonlyArray<readonly [channel: string, position: Position]>;

/** What goes over the bus. Members send `want` alone; the rest is the leader's, to all. */
export interface Message {
  readonly want?: WantedChannels;
  /** A leader came, or somebody went: let everybody say again what they want. */
  readonly hello?: boolean;
  readonly status?: Status | undefined;
  readonly answers?: readonly PollAnswer[];
  readonly fresh?: boolean;
  readonly reset?: Problem;
  /** Its poll holds no more channels; whoever wants this one goes on alone. */
  readonly full?: string;
}
