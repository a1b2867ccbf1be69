/** `doorbell verify`: loads a server as badly as real clients do, and says whether an event was lost, repeated, out of order or late. */

import { Command } from 'commander';
import { Refused } from '../../../testing/src/check/load/party.ts';
import { Usage } from '../../../testing/src/check/options.ts';
import { OPTIONS_HELP, verify } from '../../../testing/src/check/verify.ts';
import { EXIT, Failure } from '../failure.ts';
import type { Terminal } from '../terminal.ts';

export function verifyCommand({
  env,
  out,
  interrupted,
}: Pick<Terminal, 'env' | 'out' | 'interrupted'>): Command {
  // The checker reads its own options.
  return new Command('verify')
    .summary('try to make a server lose an event')
    .addHelpText('after', `\n${OPTIONS_HELP}`)
    .allowUnknownOption()
    .argument('[arguments...]', 'the address of the server, and the options below')
    .action(async (given: readonly string[]) => {
      const [first = '', ...rest] = given;
      const args = /^https?:/.test(first) ? ['--url', first, ...rest] : given;
      const say = (text: string) => void out.write(`${text.trimEnd()}\n`);
      // A second Ctrl-C ends the process.
      const interrupts = { first: interrupted, second: new Promise<void>(() => undefined) };
      const exit = await verify(args, say, interrupts, env, 'doorbell verify').catch(cannotBegin);
      // It has said what it found.
      if (exit !== 0) throw new Failure(EXIT.failed, '');
    });
}

function cannotBegin(error: unknown): never {
  if (error instanceof Usage || error instanceof Refused) throw new Failure(EXIT.usage, error.message, error);
  throw error;
}
