/** `doorbell backup` and `doorbell restore`: a copy of a hub's file while the hub runs, and the way back. */

import { Command } from 'commander';
import { backUp, restore } from '../../../../lib/sqlite/backup.ts';
import { EXIT, EXIT_CODES_HELP, Failure } from '../failure.ts';
import type { Terminal } from '../terminal.ts';

interface FileOption {
  readonly file?: string;
}

interface RestoreFlags extends FileOption {
  readonly sameLife?: boolean;
  readonly replace?: boolean;
}

const FILE_HELP = "the hub's file; default DATA_FILE, or doorbell.db in DATA_DIR (.doorbell)";

export function backupCommand({ env, out }: Pick<Terminal, 'env' | 'out'>): Command {
  return new Command('backup')
    .summary("copy a hub's file while the hub runs")
    .description(
      'Copy the file of a hub that keeps its log on this machine. The hub may run meanwhile; the copy is as of one moment, and is checked.',
    )
    .argument('<to>', 'where the copy goes')
    .option('--file <path>', FILE_HELP)
    .addHelpText('after', `\nExample: doorbell backup backups/$(date +%F).db\n${EXIT_CODES_HELP}`)
    .action(async (to: string, { file }: FileOption) => {
      const bytes = attempt(() => backUp(file ?? fileOf(env), to));
      await out.write(`${to}: ${(bytes / 1e6).toFixed(1)} MB, checked\n`);
    });
}

export function restoreCommand({ env, out, clock }: Pick<Terminal, 'env' | 'out' | 'clock'>): Command {
  return new Command('restore')
    .summary('put a backup where a hub finds it')
    .description(
      'Put a backup in place of the file of a hub that does not run. Its channels begin a new life, of which their readers are told: events that came after the backup are gone, and their numbers are given out again.',
    )
    .argument('<backup>', 'what `doorbell backup` made')
    .option('--file <path>', FILE_HELP)
    .option('--same-life', 'nothing was published after the backup: readers go on as if nothing had happened')
    .option('--replace', 'put the file that is there aside')
    .addHelpText('after', `\nExample: doorbell restore backups/2026-11-29.db --replace\n${EXIT_CODES_HELP}`)
    .action(async (backup: string, { file, sameLife = false, replace = false }: RestoreFlags) => {
      const into = file ?? fileOf(env);
      const newEpoch = () => globalThis.crypto.randomUUID();
      const options = { sameLife, replace, newEpoch, now: clock.now() };
      const aside = attempt(() => restore(backup, into, options));
      await out.write(`${into} is restored${aside === undefined ? '' : `; what was there is ${aside}`}\n`);
    });
}

function fileOf(env: Terminal['env']): string {
  return env.DATA_FILE || `${env.DATA_DIR || '.doorbell'}/doorbell.db`;
}

function attempt<T>(work: () => T): T {
  try {
    return work();
  } catch (error) {
    throw new Failure(EXIT.failed, error instanceof Error ? error.message : String(error), error);
  }
}
