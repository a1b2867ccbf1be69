/** Tools that others wrote, each in an environment of its own. Where one cannot be had, its tests are skipped, and a box in the output says why. */

import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { takeTurn } from '../../local/turn.mjs';
import { pythonTools } from '../support/tools/fetched.ts';

export interface Judge {
  readonly missing: boolean;
  /** For the title of a suite: nothing, or why it is skipped. */
  readonly why: string;
  /** The path of one of its programs. */
  program(name: string): string;
}

/** The tool whose versions are pinned in `tools/{name}.txt`. */
export async function judge(name: string): Promise<Judge> {
  const fetched = await pythonTools(join(import.meta.dirname, 'tools', `${name}.txt`));
  if ('path' in fetched)
    return { missing: false, why: '', program: (program) => join(fetched.path, program) };
  tellMissing(name, fetched.missing);
  return {
    missing: true,
    why: `: ${fetched.missing}`,
    program: () => {
      throw new Error(`${name} is not there`);
    },
  };
}

export interface NpmJudge extends Omit<Judge, 'program'> {
  /** Where its packages can be imported from. */
  readonly folder: string;
}

/** The packages that the lock file in the folder `name` pins, installed beside it when `needed` is not there yet. Of several at once, one installs. */
export async function npmJudge(name: string, needed: string): Promise<NpmJudge> {
  const folder = join(import.meta.dirname, name);
  const isThere = () => existsSync(join(folder, 'node_modules/.package-lock.json'));
  if (isThere()) return { missing: false, why: '', folder };
  const giveBack = await takeTurn(join(folder, 'node_modules.lock'), () => undefined);
  try {
    return isThere() ? { missing: false, why: '', folder } : installed(folder, needed);
  } finally {
    giveBack();
  }
}

function installed(folder: string, needed: string): NpmJudge {
  const options = { cwd: folder, encoding: 'utf8' } as const;
  const { status, stderr } = spawnSync('npm', ['ci', '--no-audit', '--no-fund', '--ignore-scripts'], options);
  if (status === 0) return { missing: false, why: '', folder };
  const reason = `npm ci failed: ${stderr?.slice(0, 300)}`;
  tellMissing(needed, reason);
  return { missing: true, why: `: ${reason}`, folder };
}

export function tellMissing(name: string, reason: string): void {
  const line = '!'.repeat(100);
  console.error(`\n${line}\n${name} cannot be had: ${reason}.\nIts tests are SKIPPED.\n${line}\n`);
}
