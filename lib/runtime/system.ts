/** The real clock, the real event loop and real chance; everything else takes them as arguments. */

import { randomUUID } from 'node:crypto';
import type { Clock, EventLoop, Random } from './ports.ts';

export const systemClock: Clock = {
  now: () => Date.now(),
  elapsed: () => performance.now(),
  sleep(ms, signal) {
    if (ms <= 0 || signal?.aborted) return Promise.resolve();
    // Not `timers/promises`: it rejects on abort, and making that error costs more than all the rest of a wake-up.
    return new Promise((resolve) => {
      const end = () => {
        clearTimeout(timer);
        signal?.removeEventListener('abort', end);
        resolve();
      };
      const timer = setTimeout(end, ms);
      signal?.addEventListener('abort', end, { once: true });
    });
  },
  after(ms, then) {
    const timer = setTimeout(then, Math.max(0, ms));
    return () => clearTimeout(timer);
  },
};

export const systemLoop: EventLoop = {
  // Ticks that are asked for during a tick come before promises go on, so not directly.
  soon: (then) => queueMicrotask(() => process.nextTick(then)),
  nextTick: () => new Promise((resolve) => setImmediate(resolve)),
};

export const systemRandom: Random = {
  fraction: () => Math.random(),
  id: () => randomUUID(),
};
