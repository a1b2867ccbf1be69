/** The contract of `ExpectationStore`. */

import { expect, test } from 'vitest';
import type { ExpectationStore, Look, Watch } from '../../../../lib/expectations/ports.ts';
import {
  describeImplementation,
  fresh,
  type Implementation,
  type PromisingStores,
} from './implementation.ts';

const MINUTE_MS = 60_000;

const WATCH: Watch = {
  epoch: 'e1',
  upTo: 7,
  pending: [{ key: 'door „3“ 🚪', vid: 7, expect: 'PT15M', due: 1_800_000_000_000, isTold: true }],
  outbox: [{ id: 'overdue.e1.7', key: 'door „3“ 🚪', data: { status: 'overdue', big: 12345678901234 } }],
  alarmsFrom: 3,
};

/** A time of this test's own: the notes of all channels stand together, and other tests leave theirs. */
let next = Math.floor(Date.UTC(2040, 0, 1) / MINUTE_MS) * MINUTE_MS;
const later = () => {
  next += 1_000 * MINUTE_MS;
  return next;
};

async function own(store: ExpectationStore, now: number, names: readonly string[]): Promise<readonly Look[]> {
  return (await store.dueLooks(now, 1_000)).filter(({ channel }) => names.includes(channel));
}

export function expectationsContract(implementation: Implementation<PromisingStores>): void {
  describeImplementation('ExpectationStore', implementation, (ports) => {
    test('gives the looks that are due, the longest due first, and no later ones', async () => {
      const { expectations } = ports();
      const due = later();
      const [a, b, c] = [fresh(), fresh(), fresh()];
      await expectations.noteLook({ channel: a, due: due + MINUTE_MS });
      await expectations.noteLook({ channel: b, due: due - MINUTE_MS });
      await expectations.noteLook({ channel: c, due: due + 2 * MINUTE_MS });

      expect(await own(expectations, due + MINUTE_MS, [a, b, c])).toEqual([
        { channel: b, due: due - MINUTE_MS },
        { channel: a, due: due + MINUTE_MS },
      ]);
      expect(await own(expectations, due + MINUTE_MS - 1, [a, b, c])).toEqual([
        { channel: b, due: due - MINUTE_MS },
      ]);
    });

    test('a look that is noted twice is one, and one that is dropped is gone', async () => {
      const { expectations } = ports();
      const look = { channel: fresh(), due: later() };
      await expectations.noteLook(look);
      await expectations.noteLook(look);
      expect(await own(expectations, look.due, [look.channel])).toEqual([look]);

      await expectations.dropLook(look);
      await expectations.dropLook(look);
      expect(await own(expectations, look.due, [look.channel])).toEqual([]);
    });

    test('many channels in one minute keep their looks apart', async () => {
      const { expectations } = ports();
      const due = later();
      const looks = Array.from({ length: 60 }, () => ({ channel: fresh(), due }));
      await Promise.all(looks.map((look) => expectations.noteLook(look)));
      const names = looks.map(({ channel }) => channel);
      expect((await own(expectations, due, names)).map(({ channel }) => channel).sort()).toEqual(
        names.sort(),
      );

      const [one] = looks;
      if (one) await expectations.dropLook(one);
      expect(await own(expectations, due, names)).toHaveLength(59);
    });

    test('gives as many looks as are asked for at most', async () => {
      const { expectations } = ports();
      const due = later();
      for (let i = 0; i < 5; i++) await expectations.noteLook({ channel: fresh(), due });

      expect(await expectations.dueLooks(due, 2)).toHaveLength(2);
    });

    test('a watch is saved over the version that was read, and over no other', async () => {
      const { expectations } = ports();
      const channel = fresh();
      expect(await expectations.watch(channel)).toBeUndefined();
      expect(await expectations.saveWatch(channel, undefined, WATCH)).toBe(true);
      expect(await expectations.watch(channel)).toEqual({ version: 1, watch: WATCH });

      expect(await expectations.saveWatch(channel, undefined, { ...WATCH, upTo: 8 })).toBe(false);
      expect(await expectations.saveWatch(channel, 2, { ...WATCH, upTo: 8 })).toBe(false);
      expect(await expectations.saveWatch(channel, 1, { ...WATCH, upTo: 9 })).toBe(true);
      expect(await expectations.saveWatch(channel, 1, { ...WATCH, upTo: 10 })).toBe(false);
      expect(await expectations.watch(channel)).toEqual({ version: 2, watch: { ...WATCH, upTo: 9 } });
    });

    test('of saves at once over one version one holds', async () => {
      const { expectations } = ports();
      const channel = fresh();
      await expectations.saveWatch(channel, undefined, WATCH);
      const saves = [1, 2, 3, 4].map((upTo) => expectations.saveWatch(channel, 1, { ...WATCH, upTo }));

      expect((await Promise.all(saves)).filter((isSaved) => isSaved)).toHaveLength(1);
    });

    test('what is forgotten is gone, and what was never known does not matter', async () => {
      const { expectations } = ports();
      const channel = fresh();
      await expectations.saveWatch(channel, undefined, WATCH);
      await expectations.forgetWatch(channel);
      await expectations.forgetWatch(channel);

      expect(await expectations.watch(channel)).toBeUndefined();
    });

    test('takes no number of the log, and no channel is listed for it', async () => {
      const { expectations, log, directory } = ports();
      const channel = fresh();
      await expectations.noteLook({ channel, due: later() });
      await expectations.saveWatch(channel, undefined, WATCH);

      expect(await log.last(channel)).toBeUndefined();
      expect(await directory.channels(channel, `${channel}~`, 10)).toEqual([]);
    });
  });
}
