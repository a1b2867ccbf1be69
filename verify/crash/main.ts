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

const LOAD = ['seed', 'cycles', 'life', 'rate', 'producers', 'readers', 'channels', 'bound'] as const;
const KNOWN = [...LOAD, 'history', 'server', 'command'] as const satisfies readonly OptionName[];

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

  const instance = await newInstance(server);
  await ending(instance, async () => {
    const loop = crashLoop({ ...numbers, boundMs, early }, instance, record.history, say, interrupts.first);
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

async function ending(instance: Instance, use: () => Promise<void>): Promise<void> {
  try {
    await use();
  } finally {
    await instance.end();
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
