/**
 * Looking through the dead-letter queue without losing anything. SQS hides what is looked at, and hands out no more of a group while some of it is hidden. So each look
 * takes messages in hand, and lets all of them go again that it has not removed. A look that is killed keeps them hidden for a minute, and no longer.
 */

import type { DeadLetter, DeadLetterQueue } from './ports.ts';

export interface LookPorts {
  readonly deadLetters: Pick<DeadLetterQueue, 'receive' | 'release'>;
}

/** Most messages in hand of one look: SQS hands out 20,000 of a FIFO queue at once, and a look holds their bodies in memory. */
const MAX_IN_HAND = 1_000;

/**
 * Calls `visit` for each message, one after the other, until it answers `enough`, `stop` says so, or there is none left that could be taken: of a group no more than the first
 * ten. `gone` is answered for one that `visit` has removed. Resolves with how many there were. Throws what `visit` and the queue throw; everything is let go then, too.
 */
export async function lookThrough(
  { deadLetters }: LookPorts,
  stop: () => boolean,
  visit: (message: DeadLetter) => 'go on' | 'enough' | Promise<'go on' | 'enough' | 'gone'>,
): Promise<number> {
  const inHand = new Map<string, DeadLetter>();
  let seen = 0;
  try {
    while (!stop() && inHand.size < MAX_IN_HAND) {
      const messages = await deadLetters.receive();
      if (messages.length === 0) break;
      const unknown = messages.filter(({ id }) => !inHand.has(id));
      for (const message of messages) inHand.set(message.id, message);
      seen += unknown.length;
      for (const message of unknown) {
        const then = await visit(message);
        if (then === 'gone') inHand.delete(message.id);
        if (then !== 'go on') return seen;
      }
    }
    return seen;
  } finally {
    // One that cannot be let go comes back by itself, only later.
    await Promise.allSettled([...inHand.values()].map((message) => deadLetters.release(message)));
  }
}
