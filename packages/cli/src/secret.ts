/** The shared secret, where this machine has it: `DOORBELL_SECRET`, or the development key of `npm start`. */

import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { secretsIn } from '../../../lib/auth/settings.ts';
import type { Environment } from '../../../lib/config.ts';

/** The newest one. Throws an error for the person who asked, when there is none or it cannot be one. */
export async function newestSecret(env: Environment): Promise<string> {
  const secret = await secretAtHand(env);
  if (secret !== undefined) return secret;
  throw new Error(
    `Set DOORBELL_SECRET: there is no development key in ${fileOf(env)} either; npm start makes one.`,
  );
}

/** The newest one, or undefined when there is none. Throws when it cannot be one. */
export async function secretAtHand(env: Environment): Promise<string | undefined> {
  const text = env.DOORBELL_SECRET || (await developmentSecret(env));
  if (text === undefined) return undefined;
  const [secret] = secretsIn(text, 'DOORBELL_SECRET');
  if (secret === undefined) throw new Error('DOORBELL_SECRET holds no secret');
  return secret;
}

async function developmentSecret(env: Environment): Promise<string | undefined> {
  return readFile(fileOf(env), 'utf8').catch(() => undefined);
}

function fileOf(env: Environment): string {
  return join(env.DATA_DIR || '.doorbell', 'secret');
}
