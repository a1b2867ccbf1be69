/** How far a publish has come, on one line that is written over and over: on a terminal only. */

import type { Terminal } from './terminal.ts';
import { counted } from './text.ts';

const WIDTH = 24;
/** Often enough to look alive, seldom enough to cost nothing. */
const EVERY_MS = 100;
const CLEAR_LINE = '\r\u001b[K';

export interface Progress {
  /** `share`: of the whole, 0 to 1, where the whole is known. */
  show(events: number, share: number | undefined): Promise<void>;
  clear(): Promise<void>;
}

export function progressOn({ err, clock }: Pick<Terminal, 'err' | 'clock'>): Progress {
  if (!err.isTTY) return { show: async () => undefined, clear: async () => undefined };
  const began = clock.elapsed();
  let shownAt = Number.NEGATIVE_INFINITY;
  return {
    async show(events, share) {
      const now = clock.elapsed();
      if (now - shownAt < EVERY_MS) return;
      shownAt = now;
      const rate = Math.round(events / Math.max(0.1, (now - began) / 1000));
      await err.write(
        `${CLEAR_LINE}${bar(share)}${counted(events, 'event')}, ${rate.toLocaleString('en')}/s`,
      );
    },
    clear: () => err.write(CLEAR_LINE),
  };
}

function bar(share: number | undefined): string {
  if (share === undefined) return '';
  const done = Math.min(WIDTH, Math.floor(share * WIDTH));
  return `[${'#'.repeat(done)}${'-'.repeat(WIDTH - done)}] ${String(Math.floor(share * 100)).padStart(3)}%  `;
}
