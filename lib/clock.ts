/** The real clock and real chance; everything else takes them as arguments. */

import { randomUUID } from 'node:crypto';
import { setTimeout as timeout } from 'node:timers/promises';
import type { Chance, Clock } from './ports.ts';

export const systemClock: Clock = {
  now: () => Date.now(),
  async sleep(ms, signal) {
    // A negative or huge delay would fire at once: Node takes 1..2^31-1 ms.
    if (ms <= 0) return;
    await timeout(ms, undefined, signal ? { signal } : {}).catch(() => undefined);
  },
};

export const systemChance: Chance = {
  random: () => Math.random(),
  id: () => randomUUID(),
};
