/** A bounded world of streams: which processes there are, what their clients ask of them, and what the adversary may do. */

import type { Producer } from '../../../lib/log/writers.ts';

/** What a client asks of a process. Each request that writes holds a text that tells it from all others. */
export type Ask =
  | { readonly kind: 'make'; readonly name: string; readonly ttlS?: number }
  | { readonly kind: 'fork'; readonly name: string; readonly from: string }
  | { readonly kind: 'append' | 'close' | 'delete' | 'read' | 'publish'; readonly name: string }
  | { readonly kind: 'produce'; readonly name: string; readonly producer: Producer; readonly closes?: true }
  | { readonly kind: 'purge' };

export interface ProcessPlan {
  readonly name: string;
  readonly asks: readonly Ask[];
  /** How many of its requests are done before the model begins. */
  readonly warm?: number;
  /** How many requests it has under way at once, at most; one by default. */
  readonly atOnce?: number;
}

export const FAULTS = {
  failBefore: 'a call fails and has done nothing',
  failAfter: 'a call seems to fail, but has taken effect',
  failLate: 'a call seems to fail, and takes effect at any time later, or never',
  jump: 'time passes by `jumpMs`, for which no request is under way',
  die: 'time passes while requests are under way: their processes have died',
} as const;
export type Fault = keyof typeof FAULTS;

export interface StreamConfig {
  readonly name: string;
  /** What it is about, for the reader. */
  readonly about: string;
  readonly processes: readonly ProcessPlan[];
  readonly faults?: Partial<Record<Fault, number>>;
  /** The calls that may fail. */
  readonly failing?: readonly string[];
  /** In ms. */
  readonly jumpMs?: number;
  /** Time passes, and the purge runs, only when all others have finished or died. */
  readonly isCalm?: boolean;
  /** So many steps that each is taken once only. */
  readonly isLarge?: true;
  /** Producers that stand on a block; 16 by default, as in `lib/`. */
  readonly producersOnBlock?: number;
}
