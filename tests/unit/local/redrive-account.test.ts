/** What `npm run redrive` says at its end. */

import { expect, test } from 'vitest';
import type { DeadLetterCounts } from '../../../lib/publish/ports.ts';
import type { Fate } from '../../../lib/publish/redrive.ts';
import { Account, line } from '../../../local/redrive-account.ts';

const NOTHING: DeadLetterCounts = { waiting: 0, inHand: 0 };

function accountOf(before: DeadLetterCounts, fates: readonly Fate[]): Account {
  const account = new Account(before);
  for (const fate of fates) account.add(fate);
  return account;
}

test.each<
  readonly [what: string, before: DeadLetterCounts, fates: readonly Fate[], said: string, settled: boolean]
>([
  ['nothing was there', NOTHING, [], '0 sent back, 0 left', true],
  ['all went', { waiting: 2, inHand: 0 }, ['sent', 'sent'], '2 sent back, 0 left', true],
  ['some never can', { waiting: 2, inHand: 0 }, ['sent', 'left'], '1 sent back, 1 left', false],
  [
    'some were sent though they never can be published, and one of them is back',
    { waiting: 4, inHand: 0 },
    ['sent', 'forced', 'forced', 'forced', 'returned'],
    '4 sent back, 1 left\n1 of those sent back is among those left: ingest put it aside again.\n' +
      'About 2 more of them will come back: they can never be published.',
    false,
  ],
  [
    'all that were sent nevertheless are back',
    { waiting: 2, inHand: 0 },
    ['forced', 'forced', 'returned', 'returned'],
    '2 sent back, 2 left\n2 of those sent back are among those left: ingest put them aside again.',
    false,
  ],
  [
    'others are in hand, with some behind them',
    { waiting: 3, inHand: 5 },
    ['sent'],
    '1 sent back, 0 left\nBesides, about 5 are in the hands of another redrive and 2 stand behind them. ' +
      'If it was killed, they can be taken ten minutes after it took them.',
    false,
  ],
])(
  'the account of a redrive says how many went and why the rest stays when %s',
  (_, before, fates, said, settled) => {
    const account = accountOf(before, fates);

    expect(account.summary({ dryRun: false, complete: true })).toBe(said);
    expect(account.isSettled).toBe(settled);
  },
);

test('the account of a redrive says how many were not looked at when it ended early, and in a dry run', () => {
  const before = { waiting: 12, inHand: 0 };

  expect(accountOf(before, ['sent']).summary({ dryRun: false, complete: false })).toBe(
    '1 sent back, 0 left\nAbout 11 more were not looked at.',
  );
  expect(accountOf(before, ['good', 'bad']).summary({ dryRun: true, complete: true })).toBe(
    '1 would go, 1 would stay, about 10 were not looked at\n' +
      'Those stand behind others of their group. A dry run takes nothing away, so it cannot see them.',
  );
});

test('the account of a redrive says of a dry run that was stopped only that the rest was not looked at', () => {
  expect(accountOf({ waiting: 3, inHand: 0 }, ['good']).summary({ dryRun: true, complete: false })).toBe(
    '1 would go, 0 would stay, about 2 were not looked at',
  );
});

test('the account of a redrive writes no control character of a reason', () => {
  const letter = { id: 'm1', group: 'a\nb', body: '', receipt: '' };

  expect(line({ message: letter, fate: 'returned', reason: 'x\u001b[2J' })).toBe(
    'came back  m1 group "a\\nb": x?[2J',
  );
});
