/** The contract of `Register`. One register serves a whole stack, so each test looks only at its own names. */

import { expect, test } from 'vitest';
import type { MailboxRegistry, Registration } from '../../../../lib/wakeup/ports.ts';
import { describeImplementation, fresh, type Implementation } from './implementation.ts';

const T1 = 1_767_225_600_000;
const T2 = T1 + 60_000;

async function entryOf(register: MailboxRegistry, name: string): Promise<Registration | undefined> {
  return (await register.list()).find((entry) => entry.name === name);
}

export function mailboxRegistryContract(implementation: Implementation): void {
  describeImplementation('MailboxRegistry', implementation, (ports) => {
    test('lists an entry as soon as it is made', async () => {
      const { register } = ports();
      const name = fresh();

      await register.add(name, T1);

      expect(await entryOf(register, name)).toEqual({ name, until: T1, fenced: false });
    });

    test('renews an entry', async () => {
      const { register } = ports();
      const name = fresh();
      await register.add(name, T1);

      const renewed = await register.renew(name, T2);

      expect(renewed).toBe(true);
      expect(await entryOf(register, name)).toEqual({ name, until: T2, fenced: false });
    });

    test('does not renew an entry that was never made or has been removed, and makes none', async () => {
      const { register } = ports();
      const [never, removed] = [fresh(), fresh()];
      await register.add(removed, T1);
      await register.remove(removed);

      const renewed = [await register.renew(never, T2), await register.renew(removed, T2)];

      expect(renewed).toEqual([false, false]);
      expect(await entryOf(register, never)).toBeUndefined();
      expect(await entryOf(register, removed)).toBeUndefined();
    });

    test('does not renew an entry that has been retired', async () => {
      const { register } = ports();
      const name = fresh();
      await register.add(name, T1);

      const retired = await register.fence({ name, until: T1, fenced: false });
      const renewed = await register.renew(name, T2);

      expect([retired, renewed]).toEqual([true, false]);
      expect(await entryOf(register, name)).toEqual({ name, until: T1, fenced: true });
    });

    test('does not fence an entry that was renewed since it was read', async () => {
      const { register } = ports();
      const name = fresh();
      await register.add(name, T1);
      await register.renew(name, T2);

      const retired = await register.fence({ name, until: T1, fenced: false });

      expect(retired).toBe(false);
      expect(await entryOf(register, name)).toEqual({ name, until: T2, fenced: false });
    });

    test('does not fence an entry that is gone, and makes none', async () => {
      const { register } = ports();
      const name = fresh();

      const retired = await register.fence({ name, until: T1, fenced: false });

      expect(retired).toBe(false);
      expect(await entryOf(register, name)).toBeUndefined();
    });

    test('lets either the owner or the sweeper win when both come at once', async () => {
      const { register } = ports();
      const names = Array.from({ length: 10 }, () => fresh());
      await Promise.all(names.map((name) => register.add(name, T1)));

      const outcomes = await Promise.all(
        names.map((name, i) => {
          const fence = () => register.fence({ name, until: T1, fenced: false });
          const renew = () => register.renew(name, T2);
          return Promise.all(i % 2 === 0 ? [fence(), renew()] : [renew(), fence()]);
        }),
      );

      for (const [one, other] of outcomes) expect(one).not.toBe(other);
    });

    test('lets several sweepers fence one entry', async () => {
      const { register } = ports();
      const name = fresh();
      await register.add(name, T1);
      const entry: Registration = { name, until: T1, fenced: false };

      const retired = await Promise.all([register.fence(entry), register.fence(entry)]);

      expect(retired).toEqual([true, true]);
      expect(await entryOf(register, name)).toEqual({ name, until: T1, fenced: true });
    });

    test('removes an entry, and removing one that is not there is nothing', async () => {
      const { register } = ports();
      const name = fresh();
      await register.add(name, T1);

      await register.remove(name);
      await register.remove(name);

      expect(await entryOf(register, name)).toBeUndefined();
    });
  });
}
