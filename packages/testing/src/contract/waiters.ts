/** The contract of `Waiters`. */

import { expect, test } from 'vitest';
import type { Arm } from '../../../../lib/wakeup/ports.ts';
import { describeImplementation, fresh, type Implementation } from './implementation.ts';

const NOW = 1_767_225_600_000;
const arm = (mailbox: string, nonce: string, until = NOW + 60_000, turn = 1): Arm => ({
  mailbox,
  nonce,
  turn,
  until,
});
const byMailbox = (arms: readonly Arm[]) => [...arms].sort((a, b) => (a.mailbox < b.mailbox ? -1 : 1));

export function waitersContract(implementation: Implementation): void {
  describeImplementation('Waiters', implementation, (ports) => {
    test('has no arms on a channel that nobody sleeps on', async () => {
      const { waiters } = ports();

      const arms = await waiters.armed(fresh());

      expect(arms).toEqual([]);
    });

    test('shows every arm as soon as it is written', async () => {
      const { waiters } = ports();
      const channel = fresh();

      await waiters.arm(channel, arm('a', 'n1'));
      const one = await waiters.armed(channel);
      await waiters.arm(channel, arm('b', 'n2'));
      const two = await waiters.armed(channel);

      expect(one).toEqual([arm('a', 'n1')]);
      expect(byMailbox(two)).toEqual([arm('a', 'n1'), arm('b', 'n2')]);
    });

    test('keeps one arm per mailbox: arming again replaces it', async () => {
      const { waiters } = ports();
      const channel = fresh();
      await waiters.arm(channel, arm('a', 'n1', NOW));

      await waiters.arm(channel, arm('a', 'n2', NOW + 1));

      expect(await waiters.armed(channel)).toEqual([arm('a', 'n2', NOW + 1)]);
    });

    test('tells which arms are of readers who hear their doorbells themselves', async () => {
      const { waiters } = ports();
      const channel = fresh();
      const bare: Arm = { ...arm('a', 'n1'), bare: true };
      await waiters.arm(channel, bare);
      await waiters.arm(channel, arm('b', 'n2'));

      const both = await waiters.armed(channel);
      await waiters.arm(channel, arm('a', 'n3'));

      expect(byMailbox(both)).toEqual([bare, arm('b', 'n2')]);
      expect(byMailbox(await waiters.armed(channel))).toEqual([arm('a', 'n3'), arm('b', 'n2')]);
    });

    test('tells which keys a waiter wants, as it was said last', async () => {
      const { waiters } = ports();
      const channel = fresh();
      const one: Arm = {
        ...arm('a', 'n1'),
        bare: true,
        wanted: { hashes: [0, 2 ** 32 - 1], prefixes: ['é.'] },
      };
      const other: Arm = {
        ...arm('b', 'n2'),
        wanted: { hashes: [], prefixes: ['', '\ud800', 'x'.repeat(256)] },
      };
      await waiters.arm(channel, one);
      await waiters.arm(channel, other);

      const both = await waiters.armed(channel);
      const none: Arm = { ...arm('b', 'n4'), wanted: { hashes: [], prefixes: [] } };
      await waiters.arm(channel, arm('a', 'n3'));
      await waiters.arm(channel, none);

      expect(byMailbox(both)).toEqual([one, other]);
      expect(byMailbox(await waiters.armed(channel))).toEqual([arm('a', 'n3'), none]);
    });

    test('keeps channels apart', async () => {
      const { waiters } = ports();
      const [one, other] = [fresh(), fresh()];
      await waiters.arm(one, arm('a', 'n1'));
      await waiters.arm(other, arm('a', 'n2'));

      await waiters.disarm(one, arm('a', 'n1'));

      expect(await waiters.armed(one)).toEqual([]);
      expect(await waiters.armed(other)).toEqual([arm('a', 'n2')]);
    });

    test('keeps the newer of two arms of one mailbox, though the older is written last', async () => {
      const { waiters } = ports();
      const channel = fresh();
      const [older, newer] = [arm('a', 'n1', NOW + 60_000, 1), arm('a', 'n2', NOW + 60_000, 2)];

      await waiters.arm(channel, newer);
      await waiters.arm(channel, older);

      expect(await waiters.armed(channel)).toEqual([newer]);
    });

    test('disarms this very arm', async () => {
      const { waiters } = ports();
      const channel = fresh();
      await waiters.arm(channel, arm('a', 'n1'));
      await waiters.arm(channel, arm('b', 'n2'));

      await waiters.disarm(channel, arm('a', 'n1'));

      expect(await waiters.armed(channel)).toEqual([arm('b', 'n2')]);
    });

    test('leaves a newer arm of the same mailbox alone', async () => {
      const { waiters } = ports();
      const channel = fresh();
      await waiters.arm(channel, arm('a', 'n2'));

      await waiters.disarm(channel, arm('a', 'n1'));

      expect(await waiters.armed(channel)).toEqual([arm('a', 'n2')]);
    });

    test('takes the disarming of an arm that is not there as done', async () => {
      const { waiters } = ports();
      const channel = fresh();

      await waiters.disarm(channel, arm('a', 'n1'));

      expect(await waiters.armed(channel)).toEqual([]);
    });

    test('shows every arm, however many there are', async () => {
      const { waiters } = ports();
      const channel = fresh();
      const arms = Array.from({ length: 60 }, (_, i) => arm(`mailbox-${100 + i}`, `n${i}`));

      await Promise.all(arms.map((one) => waiters.arm(channel, one)));

      expect(byMailbox(await waiters.armed(channel))).toEqual(arms);
    });
  });
}
