/** `doorbell dev`: a server on this machine, in this process. */

import { Command } from 'commander';
import { EXIT_CODES_HELP } from '../failure.ts';
import type { Terminal } from '../terminal.ts';

interface Flags {
  readonly port?: string;
  readonly dataDir?: string;
}

export function devCommand({
  env,
  out,
  interrupted,
  devServer,
}: Pick<Terminal, 'env' | 'out' | 'interrupted' | 'devServer'>): Command {
  return new Command('dev')
    .summary('run a server on this machine, with its page')
    .description(
      'Run Doorbell on this machine: one process that keeps its log in one file. It prints the address of its page, and a token. Its settings are those of a hub: docs/operations/hub.md.',
    )
    .option('--port <port>', 'where it listens; 0 is any free port. Default PORT, or 3000')
    .option(
      '--data-dir <folder>',
      'where it keeps its file; :memory: keeps nothing. Default DATA_DIR, or .doorbell',
    )
    .addHelpText('after', `\nExample: npx @doorbell/cli dev --port 3001\n${EXIT_CODES_HELP}`)
    .action(async ({ port, dataDir }: Flags) => {
      const ended = new AbortController();
      const { startDev } = await devServer();
      const stop = await startDev({
        env: {
          ...env,
          ...(port === undefined ? {} : { PORT: port }),
          ...(dataDir === undefined ? {} : { DATA_DIR: dataDir }),
        },
        say: (text) => void out.write(text),
        end: () => ended.abort(),
      });
      await firstOf(interrupted, ended.signal);
      await stop();
    });
}

/** Goes on in the same turn of the event loop: the next Ctrl-C would end the process before `stop` hears of it. */
function firstOf(...signals: readonly AbortSignal[]): Promise<void> {
  return new Promise((resolve) => {
    const any = AbortSignal.any([...signals]);
    any.onabort = () => resolve();
    if (any.aborted) resolve();
  });
}
