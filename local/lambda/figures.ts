/** What an operator of Lambda would see of the functions, and what was done to them, as lines of a table. */

import type { Inflicted } from './chaos.ts';
import type { Pool } from './pool.ts';

export interface FunctionFigures {
  readonly function: string;
  readonly invocations: number;
  readonly coldStarts: number;
  readonly most: { readonly environments: number; readonly memoryMib: number; readonly initMs: number };
  readonly medianInitMs: number;
  readonly throttled: number;
  readonly reaped: number;
  readonly failed: Readonly<Record<string, number>>;
}

export function figuresOf(pool: Pool): FunctionFigures {
  const { figures, name } = pool;
  const sorted = figures.initMs.toSorted((a, b) => a - b);
  return {
    function: name,
    invocations: figures.invocations,
    coldStarts: figures.coldStarts,
    most: {
      environments: figures.environments,
      memoryMib: figures.mostMemoryMib,
      initMs: sorted.at(-1) ?? 0,
    },
    medianInitMs: sorted[Math.floor(sorted.length / 2)] ?? 0,
    throttled: figures.throttled,
    reaped: figures.reaped,
    failed: { ...figures.failed },
  };
}

export function figuresText(pools: readonly Pool[], inflicted: Inflicted | undefined): string {
  const lines = pools.map((pool) => JSON.stringify(figuresOf(pool)));
  return [...lines, ...(inflicted ? [JSON.stringify({ inflicted })] : []), ''].join('\n');
}
