/** The server of `doorbell dev`: a module beside the command line, which no other command loads. */

import type { Environment } from '../../../lib/config.ts';

/** What local/dev.ts exports. */
export interface DevServer {
  /** Serves when it resolves. Returns how to stop it. `end` is called when the program that started this one is gone. */
  startDev(surroundings: {
    readonly env: Environment;
    say(text: string): void;
    end(): void;
  }): Promise<() => Promise<void>>;
}

/** The release that first had SQLite without a flag. */
const OLDEST_NODE = '22.13';

/** Throws an error for the person who asked where this Node.js cannot run it. */
export async function loadDevServer(): Promise<DevServer> {
  if (!process.getBuiltinModule?.('node:sqlite'))
    throw new Error(`doorbell dev needs Node.js ${OLDEST_NODE} or newer. This is ${process.version}.`);
  return (await import(new URL('./dev.mjs', import.meta.url).href)) as DevServer;
}
