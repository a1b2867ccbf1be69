/**
 * `npm run soak:crash`: the load of `npm run verify` on a stack of its own, which is killed again and again. Only publishes that were
 * acknowledged count. Exit codes as those of `npm run verify`.
 */

import { check } from '../checks/check.ts';
import { describeOptions, type OptionName, readOptions, typed, Usage } from '../options.ts';
import { keepHistory, startRecord } from '../record.ts';
import { passed, report } from '../report.ts';
import { type Interrupts, interruptsOf } from '../stop.ts';
import { type Instance, NotStarted, newInstance } from './instance.ts';
import { crashLoop } from './loop.ts';
import { serverOf } from './servers.ts';
import { mountSmallDisk, type SmallDisk } from './small-disk.ts';

const LOAD = ['seed', 'cycles', 'life', 'rate', 'producers', 'readers', 'channels', 'bound'] as const;
const KNOWN = [...LOAD, 'history', 'server', 'command'] as const satisfies readonly OptionName[];

/** For everything but events: logs, tables that are being merged, the server's other files. */
const DISK_BYTES = 64 * 1024 * 1024;
/** An event of the load, with what the store needs beside it. */
const EVENT_BYTES = 8 * 1024;
const MOST_DISK_BYTES = 1024 * 1024 * 1024;
const NO_DISK =
  'SKIPPED: full disks. They need root on Linux to mount a tmpfs, and cycles × life × rate below some 120,000.';

const HELP = `npm run soak:crash -- [options]

${describeOptions(KNOWN)}

A server is started in this folder, gets PORT, HOST, DATA_DIR and DOORBELL_SECRET, and must answer GET /healthz on 127.0.0.1:PORT. It and all that it
starts is ended by SIGKILL. Ctrl-C ends the loop with a verdict of what there is; a second one does not wait for the readers.
`;

/** Returns the exit code; throws `Usage` and `NotStarted`. Leaves no process and no folder behind, even then. */
export async function soakCrash(
  args: readonly string[],
  say: (text: string) => void,
  interrupts: Interrupts,
): Promise<number> {
  const { help, numbers, texts } = readOptions(args, KNOWN, () => Math.floor(Math.random() * 2 ** 32));
  if (help) {
    say(HELP);
    return 0;
  }
  const { command, server: name, history: file } = texts;
  const { seed, bound } = numbers;
  const boundMs = bound * 1000;
  const server = serverOf(name, command);
  const { early } = server;
  const record = await startRecord(file);
  const again = ['npm run soak:crash --', typed(numbers, LOAD), ...what(name, command)].join(' ');
  say(again);

  const disk = await diskFor(numbers);
  if (!disk) say(NO_DISK);
  const instance = await newInstance(server, disk?.folder);
  await ending({ instance, disk }, async () => {
    const options = { ...numbers, boundMs, early };
    const loop = crashLoop(options, { instance, disk }, record.history, say, interrupts.first);
    await Promise.race([loop, interrupts.second]);
  });
  await record.close();

  const { entries } = record.history;
  const verdict = check(entries, { boundMs });
  say(report(verdict, entries, seed, again));
  if (passed(verdict)) return 0;
  say(`the history: ${file ?? (await keepHistory(entries, seed))}`);
  return 1;
}

/** As it was typed. */
function what(name: string | undefined, command: string | undefined): string[] {
  if (command !== undefined) return [`--command '${command}'`];
  return name === undefined ? [] : [`--server ${name}`];
}

/** For a log that grows all the time; undefined where none can be mounted, or where it would take too much memory. */
async function diskFor({ cycles, life, rate }: Record<'cycles' | 'life' | 'rate', number>) {
  const bytes = DISK_BYTES + cycles * life * rate * EVENT_BYTES;
  return bytes > MOST_DISK_BYTES ? undefined : mountSmallDisk(bytes);
}

interface Ending {
  readonly instance: Instance;
  readonly disk: SmallDisk | undefined;
}

async function ending({ instance, disk }: Ending, use: () => Promise<void>): Promise<void> {
  try {
    await use();
  } finally {
    await instance.end();
    await disk?.end();
  }
}

if (import.meta.main) {
  try {
    process.exitCode = await soakCrash(process.argv.slice(2), console.log, interruptsOf(process));
  } catch (error) {
    if (!(error instanceof Usage || error instanceof NotStarted)) throw error;
    console.error(error.message);
    // A server that does not come up again is what this looks for.
    process.exitCode = error instanceof Usage ? 2 : 1;
  }
  // Requests may still be under way to a server that is gone.
  process.exit();
}
