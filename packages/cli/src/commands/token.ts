/** `doorbell token`: makes a token with the shared secret, without asking any server. */

import { Command, InvalidArgumentError, Option } from 'commander';
import { mint } from '../../../../lib/auth/mint.ts';
import { KEY_PATTERN, STREAM_PATTERN } from '../../../../lib/protocol/doorbell.ts';
import { clientId, seconds } from '../arguments.ts';
import { EXIT_CODES_HELP } from '../failure.ts';
import { newestSecret } from '../secret.ts';
import type { Terminal } from '../terminal.ts';

interface Options {
  readonly read?: readonly string[];
  readonly write?: readonly string[];
  readonly manage?: readonly string[];
  readonly share?: readonly string[];
  readonly dead?: readonly string[];
  readonly client?: string;
  readonly ttl: number;
}

const DEFAULT_TTL_S = 3_600;
/** A year: whoever wants more wants to think about it again by then. */
const MAX_TTL = '366d';

const HELP = `
Examples:
  doorbell token --read doors 'host.*' --write doors --ttl 1h
  export DOORBELL_TOKEN="$(doorbell token --read '*' --client wall-7 --ttl 30d)"
${EXIT_CODES_HELP}`;

export function tokenCommand({
  env,
  clock,
  out,
  random,
}: Pick<Terminal, 'env' | 'clock' | 'out' | 'random'>): Command {
  return new Command('token')
    .summary('make a token')
    .description(
      'Make a token. The secret is DOORBELL_SECRET, or else the development key that `npm start` keeps in .doorbell/ (DATA_DIR).',
    )
    .option(
      '--read <channels...>',
      "channels and streams that may be read: names, 'prefix.*', 'prefix/*' or '*'; 'site#door-3' and 'site#a.*' are keys of a channel",
      grant,
    )
    .option(
      '--write <channels...>',
      'channels that may be published to, streams that may be appended to: the same',
      grant,
    )
    .option(
      '--manage <streams...>',
      'streams that may be made, closed, deleted and forked: the same, without keys',
      managed,
    )
    .option(
      '--share <channels...>',
      'channels whose shared polls may be asked for, for what stands before Doorbell and checks who may read: as for --read',
      grant,
    )
    .option(
      '--dead <channels...>',
      "channels whose dead letters may be seen, sent back and dropped: names, 'prefix.*' or '*'",
      managed,
    )
    .option('--client <id>', 'bind the token to this client id', clientId)
    .addOption(
      new Option('--ttl <time>', 'how long it is good: 30s, 15m, 1h, 7d')
        .argParser(seconds(MAX_TTL))
        .default(DEFAULT_TTL_S, '1h'),
    )
    .addHelpText('after', HELP)
    .action(
      async (
        { read = [], write = [], manage, share, dead, client: id, ttl: ttlS }: Options,
        command: Command,
      ) => {
        if (read.length + write.length === 0 && !manage && !share && !dead)
          command.error('error: give --read or --write', { exitCode: 2 });
        const secret = await newestSecret(env);
        const bound = id === undefined ? {} : { client: id };
        const managing = manage === undefined ? {} : { manage };
        const token = await mint(secret, {
          read,
          write,
          ...managing,
          ...(share === undefined ? {} : { share }),
          ...(dead === undefined ? {} : { dead }),
          ...bound,
          ttlS,
          now: clock.now(),
          id: newId(random),
        });
        await out.write(`${token}\n`);
      },
    );
}

/** Names the token, so that it alone can be called back; it is no secret. 128 bits. */
function newId(random: () => number): string {
  const part = () => Math.floor(random() * 2 ** 32).toString(16);
  return Array.from({ length: 4 }, () => part().padStart(8, '0')).join('');
}

const RULE = "It must be a channel or stream, 'prefix.*', 'prefix/*' or '*'";

/** No keys: what is managed is a stream as a whole. */
function managed(text: string, before: readonly string[] = []): readonly string[] {
  if (!isNames(text)) throw new InvalidArgumentError(`${RULE}.`);
  return [...before, text];
}

/** Behind a `#` stand keys of the channel. */
function grant(text: string, before: readonly string[] = []): readonly string[] {
  const [names = '', ...keys] = text.split('#');
  const isKeys = keys.length === 0 || KEY_PATTERN.test(keys.join('#'));
  if (!isNames(names) || !isKeys) throw new InvalidArgumentError(`${RULE}, perhaps with '#key' behind it.`);
  return [...before, text];
}

/** Names of streams are those of channels, too, with slashes between. */
function isNames(text: string): boolean {
  return text === '*' || STREAM_PATTERN.test(text.replace(/[./]\*$/, ''));
}
