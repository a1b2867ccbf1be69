#!/usr/bin/env node
/** `doorbell`, the command line. Results go to standard output, everything else to standard error; exit code 1 for a failure, 2 for a bad call. */

import { Command } from 'commander';
import { systemClock } from '../lib/clock.ts';
import { tokenCommand } from './token.ts';

const program = new Command('doorbell')
  .description('Server push over plain HTTP long-polling.')
  .showHelpAfterError('(doorbell --help says more)')
  .exitOverride(({ exitCode }) => process.exit(exitCode === 0 ? 0 : 2));
const print = (line: string) => console.log(line);
const commands = [tokenCommand({ env: process.env, clock: systemClock, print })];
for (const command of commands) program.addCommand(command.copyInheritedSettings(program));

try {
  await program.parseAsync();
} catch (error) {
  console.error(error instanceof Error ? error.message : String(error));
  process.exitCode = 1;
}
