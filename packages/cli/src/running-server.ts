/** Where the server of this machine answers: `npm start` and `npm run hub` write it where DATA_DIR is. */

import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Environment } from '../../../lib/config.ts';

/**
 * The address of the server that keeps its data in DATA_DIR (default `.doorbell`), like `http://127.0.0.1:3000`. Undefined when none is
 * written there. A server that was killed leaves its address behind, so nothing may listen there any more.
 */
export async function runningServer(env: Environment): Promise<string | undefined> {
  try {
    const file = join(env.DATA_DIR || '.doorbell', 'endpoints.json');
    const { url } = JSON.parse(await readFile(file, 'utf8')) as { readonly url?: unknown };
    return typeof url === 'string' ? url : undefined;
  } catch {
    // No file, or none that this version wrote: the default port is as good a guess as any.
    return undefined;
  }
}
