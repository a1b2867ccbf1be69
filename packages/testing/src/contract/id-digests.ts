/** The contract of `IdDigests`. */

import { expect, test, vi } from 'vitest';
import type { IdDigest } from '../../../../lib/log/ports.ts';
import { describeImplementation, fresh, type Implementation, type Stores } from './implementation.ts';

const NOW = Date.now();

function digest(first: number, last: number, at = NOW): IdDigest {
  const hashes = Uint32Array.from({ length: last - first + 1 }, (_, i) => (first + i) * 4_000);
  return { first, last, epoch: 'e1', at, hashes };
}

/** What was kept may be missing for a moment. */
function shows<T>(look: () => Promise<T>, expected: T): Promise<void> {
  return vi.waitFor(async () => expect(await look()).toEqual(expected), { timeout: 45_000 });
}

export function idDigestsContract(implementation: Implementation<Stores>): void {
  describeImplementation('IdDigests', implementation, (ports) => {
    test('gives them back as they were kept, the newest first', async () => {
      const { digests } = ports();
      const channel = fresh();
      for (const one of [digest(1, 1_000), digest(1_001, 2_020), digest(2_021, 3_000)])
        await digests.keep(channel, one);

      await shows(
        () => digests.since(channel, NOW - 1_000),
        [digest(2_021, 3_000), digest(1_001, 2_020), digest(1, 1_000)],
      );
    });

    test('goes back to the first that is too old, and with it', async () => {
      const { digests } = ports();
      const channel = fresh();
      for (let n = 1; n <= 60; n++)
        await digests.keep(channel, digest(n * 10 - 9, n * 10, NOW - (60 - n) * 1_000));

      const lasts = async (agoMs: number) =>
        (await digests.since(channel, NOW - agoMs)).map(({ last }) => last);

      await shows(() => lasts(2_500), [600, 590, 580, 570]);
      expect(await lasts(40_500)).toHaveLength(42);
      expect(await lasts(400_000)).toHaveLength(60);
    });

    test('has none of a channel without, and keeps channels apart', async () => {
      const { digests } = ports();
      const [one, other] = [fresh(), fresh()];
      await digests.keep(one, digest(1, 10));

      expect(await digests.since(other, 0)).toEqual([]);
    });

    test('may be told twice', async () => {
      const { digests } = ports();
      const channel = fresh();
      await digests.keep(channel, digest(1, 10));
      await digests.keep(channel, digest(1, 10));

      await shows(() => digests.since(channel, 0), [digest(1, 10)]);
    });

    test('takes no number of the log, and no channel is listed for it', async () => {
      const { digests, log, directory } = ports();
      const channel = fresh();
      await digests.keep(channel, digest(1, 10));

      expect(await log.last(channel)).toBeUndefined();
      expect(await directory.channels(channel, `${channel}~`, 10)).toEqual([]);
    });
  });
}
