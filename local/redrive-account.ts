/** What `npm run redrive` tells: a line for each message, and at the end how many went and how many stay, and why. */

import type { DeadLetterCounts } from '../lib/log/ports.ts';
import type { Fate, Told } from '../lib/publish/redrive.ts';

const WORDS: Record<Fate, string> = {
  sent: 'sent back',
  forced: 'sent back',
  left: 'left',
  returned: 'came back',
  good: 'would go',
  bad: 'would stay',
};

/** One message: its id, group and reason, never what it holds. */
export function line({ letter, fate, reason = 'it failed too often' }: Told): string {
  // A reason may name what a stranger wrote: nothing in it may move the cursor.
  const plain = reason.replace(/\p{Cc}/gu, '?');
  return `${WORDS[fate].padEnd(10)} ${letter.id} group ${JSON.stringify(letter.group)}: ${plain}`;
}

export class Account {
  readonly #before: DeadLetterCounts;
  readonly #told: Record<Fate, number> = { sent: 0, forced: 0, left: 0, returned: 0, good: 0, bad: 0 };

  /** `before`: what stood in the queue when the run began. */
  constructor(before: DeadLetterCounts) {
    this.#before = before;
  }

  add(fate: Fate): void {
    this.#told[fate]++;
  }

  /** True when nothing is left that the run has seen, and nobody else has anything in hand. */
  get isSettled(): boolean {
    const { left, returned, good, bad } = this.#told;
    return left + returned + good + bad + this.#before.inHand === 0;
  }

  /** The last lines. `complete`: the run ended because there was nothing more that it could take. */
  summary({ dryRun, complete }: { readonly dryRun: boolean; readonly complete: boolean }): string {
    const { sent, forced, left, returned, good, bad } = this.#told;
    const { inHand, waiting } = this.#before;
    const lines = [
      dryRun ? `${good} would go, ${bad} would stay` : `${sent + forced} sent back, ${left} left`,
    ];
    if (returned > 0)
      lines.push(`${returned} of those sent back came back already: ingest put them aside again.`);
    if (forced > returned)
      lines.push(`About ${forced - returned} more of them will come back: they can never be published.`);
    const unseen = Math.max(0, waiting - (sent + forced + left + good + bad));
    if (inHand > 0) {
      const behind = unseen > 0 ? ` and ${unseen} stand behind them` : '';
      lines.push(
        `Besides, about ${inHand} are in the hands of another redrive${behind}. If it was killed, they can be taken ten minutes after it took them.`,
      );
    } else if (unseen > 0 && (dryRun || !complete)) lines.push(`About ${unseen} more were not looked at.`);
    return lines.join('\n');
  }
}
