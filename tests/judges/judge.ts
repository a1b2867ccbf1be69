/** Tools that others wrote, each in an environment of its own. Where one cannot be had, its tests are skipped, and a box in the output says why. */

import { join } from 'node:path';
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
  const line = '!'.repeat(100);
  console.error(`\n${line}\n${name} cannot be had: ${fetched.missing}.\nIts tests are SKIPPED.\n${line}\n`);
  return {
    missing: true,
    why: `: ${fetched.missing}`,
    program: () => {
      throw new Error(`${name} is not there`);
    },
  };
}
