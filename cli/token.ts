/** `doorbell token`: makes a token with the shared secret, without asking any server. */

import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Command, InvalidArgumentError } from 'commander';
import { mint } from '../lib/auth/mint.ts';
import { secretsIn } from '../lib/auth/settings.ts';
import type { Environment } from '../lib/config.ts';
import type { Clock } from '../lib/ports.ts';
import { CHANNEL_PATTERN, CLIENT_PATTERN } from '../lib/protocol.ts';

export interface TokenCommandPorts {
  readonly env: Environment;
  readonly clock: Clock;
  readonly print: (line: string) => void;
}

interface Options {
  readonly read: readonly string[];
  readonly write: readonly string[];
  readonly client?: string;
  readonly ttl: number;
}

const SECONDS = { s: 1, m: 60, h: 3_600, d: 86_400 } as const;
/** A year: whoever wants more wants to think about it again by then. */
const MAX_TTL_S = 366 * SECONDS.d;

export function tokenCommand({ env, clock, print }: TokenCommandPorts): Command {
  return new Command('token')
    .description(
      'Make a token. The secret is DOORBELL_SECRET, or else the development key that `npm start` keeps in .doorbell/ (DATA_DIR).',
    )
    .option('--read <channels...>', "channels that may be read: names, 'prefix.*' or '*'", grant, [])
    .option('--write <channels...>', 'channels that may be published to', grant, [])
    .option('--client <id>', 'bind the token to this client id', client)
    .option('--ttl <time>', 'how long it is good: 30s, 15m, 1h, 7d', ttl, SECONDS.h)
    .addHelpText('after', '\nExample: doorbell token --read doors host.* --write doors --ttl 1h')
    .action(async ({ read, write, client: id, ttl: ttlS }: Options, command: Command) => {
      if (read.length + write.length === 0) command.error('error: give --read or --write', { exitCode: 2 });
      const secret = await newestSecret(env);
      const bound = id === undefined ? {} : { client: id };
      print(await mint(secret, { read, write, ...bound, ttlS, now: clock.now() }));
    });
}

function grant(text: string, before: readonly string[]): readonly string[] {
  const name = text.endsWith('.*') ? text.slice(0, -2) : text;
  if (text !== '*' && !CHANNEL_PATTERN.test(name))
    throw new InvalidArgumentError("It must be a channel, 'prefix.*' or '*'.");
  return [...before, text];
}

function client(text: string): string {
  if (!CLIENT_PATTERN.test(text))
    throw new InvalidArgumentError('It must be 1 to 64 characters of A-Z a-z 0-9 _ . -');
  return text;
}

function ttl(text: string): number {
  const [, count, unit] = /^(\d{1,9})([smhd])$/.exec(text) ?? [];
  const seconds = Number(count) * SECONDS[(unit ?? 's') as keyof typeof SECONDS];
  if (!(seconds >= 1 && seconds <= MAX_TTL_S))
    throw new InvalidArgumentError('It must be a number and s, m, h or d: from 1s to 366d.');
  return seconds;
}

async function newestSecret(env: Environment): Promise<string> {
  const [secret] = secretsIn(env.DOORBELL_SECRET || (await developmentSecret(env)), 'DOORBELL_SECRET');
  if (secret === undefined) throw new Error('DOORBELL_SECRET holds no secret');
  return secret;
}

async function developmentSecret(env: Environment): Promise<string> {
  const file = join(env.DATA_DIR || '.doorbell', 'secret');
  try {
    return await readFile(file, 'utf8');
  } catch {
    throw new Error(
      `Set DOORBELL_SECRET: there is no development key in ${file} either; npm start makes one.`,
    );
  }
}
