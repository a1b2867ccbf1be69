/** What `npm run redrive` tells: a line for each message, and at the end how many went and how many stay, and why. */

import type { DeadLetterCounts } from '../lib/publish/ports.ts';
import type { Fate, RedriveReport } from '../lib/publish/redrive.ts';

const WORDS: Record<Fate, string> = {
  sent: 'sent back',
  forced: 'sent back',
  left: 'left',
  returned: 'came back',
  good: 'would go',
  bad: 'would stay',
};

/** One message: its id, group and reason, never what it holds. */
export function line({ message: letter, fate, reason = 'it failed too often' }: RedriveReport): string {
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
    const unseen = Math.max(0, waiting - (sent + forced + left + good + bad));
    if (dryRun) return dryRunSummary(good, bad, unseen, complete) + besides(inHand, 0);
    const lines = [`${sent + forced} sent back, ${left + returned} left`];
    if (returned > 0) {
      const [are, them] = returned === 1 ? ['is', 'it'] : ['are', 'them'];
      lines.push(`${returned} of those sent back ${are} among those left: ingest put ${them} aside again.`);
    }
    if (forced > returned)
      lines.push(`About ${forced - returned} more of them will come back: they can never be published.`);
    if (inHand === 0 && unseen > 0 && !complete) lines.push(`About ${unseen} more were not looked at.`);
    return lines.join('\n') + besides(inHand, unseen);
  }
}

/** A group's first messages hide those behind them for as long as the run has them in hand. */
function dryRunSummary(good: number, bad: number, unseen: number, complete: boolean): string {
  const said = `${good} would go, ${bad} would stay`;
  if (unseen === 0) return said;
  const all = `${said}, about ${unseen} were not looked at`;
  if (!complete) return all;
  return `${all}\nThose stand behind others of their group. A dry run takes nothing away, so it cannot see them.`;
}

/** What another run holds, `behind` others that wait until it lets go; empty when there is none. */
function besides(inHand: number, behind: number): string {
  if (inHand === 0) return '';
  const rest = behind > 0 ? ` and ${behind} stand behind them` : '';
  return (
    `\nBesides, about ${inHand} are in the hands of another redrive${rest}. ` +
    'If it was killed, they can be taken ten minutes after it took them.'
  );
}
