/** A reader that stays on its channel, on a connection that a test fills and empties. */

import { type Caller, TRUSTED } from '../../../lib/auth/caller.ts';
import { Follower } from '../../../lib/poll/follower.ts';
import { poll } from '../../../lib/poll/poll.ts';
import { narrowOf } from '../../../lib/poll/wish.ts';
import type { PollAnswer } from '../../../lib/protocol/doorbell.ts';
import type { MemoryProcess } from './world.ts';
import { vidsOf, WAIT_MS } from './world.ts';

export interface Followed {
  readonly follower: Follower;
  readonly answers: PollAnswer[];
  /** All vids that have come, in the order in which they came. */
  vids(): readonly number[];
  /** What it has ended with; undefined as long as it goes on, and where it ended without an error `'done'`. */
  ended(): unknown;
  /** From now on the connection takes nothing. */
  fill(): void;
  /** It takes everything again. */
  empty(): void;
}

export interface FollowOptions {
  readonly maxvid?: number;
  readonly waitMs?: number;
  readonly limit?: number;
  /** Only events of these keys. */
  readonly keys?: readonly string[];
  readonly caller?: Caller;
  readonly checkToken?: () => void | Promise<void>;
}

/** Follows `doors`, as a hub's stream does: the first look, and then the follower. */
export async function followDoors(process: MemoryProcess, options: FollowOptions = {}): Promise<Followed> {
  const { maxvid = 0, waitMs = WAIT_MS, limit = 500, caller = TRUSTED } = options;
  const { keys = [], checkToken = () => undefined } = options;
  const narrow = narrowOf(keys, '', false);
  const request = { cursors: [{ channel: 'doors', maxvid }], waitMs, limit, ...(narrow ? { narrow } : {}) };
  const [first] = await poll(process.poll, caller, { ...request, waitMs: 0 });
  if (!first) throw new Error('a poll of one channel was not answered');
  const answers = [first];
  let isFull = false;
  let ended: unknown;
  const sink = {
    write(answer: PollAnswer) {
      if (isFull || ended !== undefined) throw new Error('written to a connection that takes nothing');
      answers.push(answer);
      return !isFull;
    },
    end(error?: unknown) {
      ended ??= error ?? 'done';
    },
  };
  const follower = new Follower(process.poll, { caller, request, sink, checkToken }, first, true);
  return {
    follower,
    answers,
    vids: () => answers.flatMap(vidsOf),
    ended: () => ended,
    fill() {
      sink.write = (answer) => {
        if (isFull) throw new Error('written to a connection that is full');
        isFull = true;
        answers.push(answer);
        return false;
      };
    },
    empty() {
      sink.write = (answer) => answers.push(answer) > 0;
      isFull = false;
      follower.goOn();
    },
  };
}
