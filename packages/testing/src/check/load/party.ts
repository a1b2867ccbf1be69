/** What every producer and reader of a run is given, and how they pause. */

import { setTimeout as sleep } from 'node:timers/promises';
import type { History } from '../history.ts';
import type { Random } from '../random.ts';
import type { Network, Target } from './network.ts';

/** What one run shares. */
export interface Run {
  readonly target: Target;
  readonly history: History;
  readonly seed: number;
  /** Names of its own, so that runs on one server do not meet. */
  readonly channels: readonly [string, ...string[]];
  /** How long a reader that polls may wait for an event, in ms. */
  readonly boundMs: number;
  /** Whether shared polls are answered here. */
  readonly sharesPolls?: boolean;
  /** Whether readers may wait without a poll here. */
  readonly waitsDirectly?: boolean;
  /** Aborts when the load is over. */
  readonly over: AbortSignal;
  /** Whether events are large now; by default most are small. */
  readonly areLarge?: () => boolean;
  /** Of each channel, the highest number that was acknowledged. */
  readonly heads: Map<string, number>;
}

/** One producer or reader. */
export interface Party {
  readonly run: Run;
  readonly name: string;
  readonly network: Network;
  readonly chance: Random;
}

/** The server does not let this run in: nothing can be said about it. */
export class Refused extends Error {
  override readonly name = 'Refused';
}

export function refuse(status: number): void {
  if (status !== 401 && status !== 403) return;
  throw new Refused(`The server answers ${status}: give a token that may publish and read with --token.`);
}

/** Ends early when the signal aborts. */
export async function pause(ms: number, signal?: AbortSignal): Promise<void> {
  await sleep(ms, undefined, signal ? { signal } : {}).catch(() => undefined);
}

/** A pause after the `failures`-th failure in a row: short, because the moments after a restart are the interesting ones. */
export function backoffMs({ chance }: Party, failures: number, leastMs: number): number {
  return Math.max(Math.min(leastMs, 5_000), chance.integer(20, Math.min(300, 50 * 2 ** failures)));
}
