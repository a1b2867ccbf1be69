/** The command line as a whole: which commands there are, and what a call of it comes to. */

import { Command } from 'commander';
import { backupCommand, restoreCommand } from './commands/backup.ts';
import { benchCommand } from './commands/bench.ts';
import { channelsCommand } from './commands/channels.ts';
import { clientsCommand } from './commands/clients.ts';
import { deadCommand } from './commands/dead.ts';
import { demoCommand } from './commands/demo.ts';
import { deployCommand } from './commands/deploy.ts';
import { devCommand } from './commands/dev.ts';
import { doctorCommand } from './commands/doctor.ts';
import { publishCommand } from './commands/publish.ts';
import { schemaCommand } from './commands/schema.ts';
import { stateCommand } from './commands/state.ts';
import { tailCommand } from './commands/tail.ts';
import { tokenCommand } from './commands/token.ts';
import { verifyCommand } from './commands/verify.ts';
import { EXIT, EXIT_CODES_HELP, type ExitCode, endingOf } from './failure.ts';
import type { Terminal } from './terminal.ts';
import { VERSION } from './version.ts';

const COMMANDS = [
  devCommand,
  publishCommand,
  tailCommand,
  stateCommand,
  schemaCommand,
  channelsCommand,
  clientsCommand,
  deadCommand,
  tokenCommand,
  backupCommand,
  restoreCommand,
  deployCommand,
  doctorCommand,
  verifyCommand,
  benchCommand,
  demoCommand,
];

const HELP = `
On this machine:
  doorbell dev                         a server, with its page; or npm start, in a clone
  doorbell demo doors --speed 600      a day at the doors in less than two minutes
  doorbell tail doors                  in another terminal

Elsewhere: export DOORBELL_URL=https://… DOORBELL_TOKEN=…
${EXIT_CODES_HELP}`;

/** Runs one call, without the program's name; resolves with the exit code and never throws. */
export async function run(args: readonly string[], terminal: Terminal): Promise<ExitCode> {
  // What commander says is written when it has ended: it does not wait for a stream.
  let [out, err] = ['', ''];
  const program = new Command('doorbell')
    .description('Server push over plain HTTP long-polling.')
    .version(VERSION)
    .configureOutput({
      writeOut: (text) => {
        out += text;
      },
      writeErr: (text) => {
        err += text;
      },
      getOutHelpWidth: () => 100,
      getErrHelpWidth: () => 100,
    })
    .addHelpText('after', HELP)
    .showHelpAfterError('(doorbell --help says more)')
    .exitOverride();
  for (const command of COMMANDS) adopt(program, command(terminal));
  try {
    try {
      await program.parseAsync(args, { from: 'user' });
    } finally {
      if (out !== '') await terminal.out.write(out);
    }
    return EXIT.done;
  } catch (error) {
    const { exit, message } = endingOf(error);
    if (message !== undefined && message !== '') err += `${message}\n`;
    return exit;
  } finally {
    if (err !== '') await terminal.err.write(err);
  }
}

/** Commands that are made by themselves take the program's settings over, and so do theirs. */
function adopt(parent: Command, command: Command): void {
  command.copyInheritedSettings(parent);
  for (const inner of command.commands) inner.copyInheritedSettings(parent);
  parent.addCommand(command);
}
