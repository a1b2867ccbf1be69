/** The releases of Node.js that are at hand: the project's own, and those of the PATH and of tests/packages/tools. The packages promise Node 20 and newer. */

import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { delimiter, join } from 'node:path';

export interface Node {
  readonly major: number;
  readonly path: string;
}

const TOOLS = join(import.meta.dirname, '../../packages/tools/node_modules/node/bin');

/** One of each major release, ascending. */
export function nodes(): readonly Node[] {
  const folders = [...(process.env.PATH ?? '').split(delimiter), TOOLS];
  const paths = folders.map((folder) => join(folder, 'node')).filter((path) => existsSync(path));
  const found = new Map<number, Node>();
  for (const path of [process.execPath, ...paths]) {
    const major = majorOf(path);
    if (!found.has(major)) found.set(major, { major, path });
  }
  return [...found.values()].filter(({ major }) => major >= 20).sort((a, b) => a.major - b.major);
}

/** Says which of the promised releases is not at hand, so that nobody takes a test for more than it was. */
export function saySkipped(what: string): void {
  for (const major of [20, 24])
    if (!nodes().some((node) => node.major === major))
      console.warn(
        `${what} is NOT tested on Node ${major}: none was found. npm ci in tests/packages/tools brings it.`,
      );
}

function majorOf(path: string): number {
  try {
    return Number(/^v(\d+)/.exec(execFileSync(path, ['--version'], { encoding: 'utf8' }))?.[1]);
  } catch {
    return 0;
  }
}
