/**
 * What `npm run soak:crash -- --server …` can start and kill. A server of this repository needs a line here and nothing else: it is given
 * PORT, HOST, DATA_DIR and DOORBELL_SECRET, must answer GET /healthz, and must keep its log where a kill does not reach it.
 */

import { Usage } from '../options.ts';

/** How far a start has come: the process is there; it has taken its data folder; it answers. */
export type Stage = 'spawned' | 'holds its folder' | 'answers';

export interface Server {
  readonly file: string;
  readonly args: readonly string[];
  /** Given to it besides. */
  readonly env?: Readonly<Record<string, string>>;
  /** `file` is a line for a shell. */
  readonly shell: boolean;
  /** How far a start must have come before it is killed early: past what it writes outside of its data folder. */
  readonly early: Exclude<Stage, 'answers'>;
}

/** TypeScript files of this repository, run as npm would run them. */
const SERVERS: Readonly<Record<string, Server>> = {
  // Its bundles are in dist/ by the time it takes its folder.
  start: { file: process.execPath, args: ['local/start.ts'], shell: false, early: 'holds its folder' },
  hub: hub(),
  // With a wall clock that is set back and forward every few seconds.
  'hub-jumping': hub('--import', './packages/testing/src/check/crash/jumping-clock.ts'),
};

function hub(...options: readonly string[]): Server {
  return {
    file: process.execPath,
    args: [...options, 'local/hub.ts'],
    // A kill may lose the last moves of cursors that are saved late; the checker asks for all of them.
    env: { CURSOR_DELAY_SECONDS: '0' },
    shell: false,
    early: 'spawned',
  };
}

export const DEFAULT_SERVER = 'start';

/** Throws `Usage`. */
export function serverOf(name: string | undefined, command: string | undefined): Server {
  if (command !== undefined) {
    if (name !== undefined) throw new Usage('--server and --command are two answers to one question');
    return { file: command, args: [], shell: true, early: 'spawned' };
  }
  const server = SERVERS[name ?? DEFAULT_SERVER];
  if (!server) throw new Usage(`--server must be one of ${Object.keys(SERVERS).join(', ')}, got ${name}`);
  return server;
}
