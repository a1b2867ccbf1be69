/**
 * Which Doorbell is checked, and as whom. Beside `npm start` and `npm run hub` nothing need be said: the server writes its address and its
 * development key where DATA_DIR is. No token is printed, and that key signs tokens for servers of this machine only.
 */

import { createSecretKey } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { SignJWT } from 'jose';
import { isLoopback } from '../../../../lib/protocol/loopback.ts';
import type { Target } from './load/network.ts';
import { type Options, readUrl } from './options.ts';

type Environment = Readonly<Record<string, string | undefined>>;

/** Longer than the longest run, and the reading after it. */
const TOKEN_LIFE = '3 hours';

/**
 * The address: `--url`, DOORBELL_URL, or what the running server wrote. The token: `--token`, DOORBELL_TOKEN, or one that is signed with
 * DOORBELL_SECRET or the development key. Throws `Usage` when there is no address, or it cannot be one.
 */
export async function targetOf({ texts }: Pick<Options, 'texts'>, env: Environment): Promise<Target> {
  const url = readUrl(texts.url ?? (env.DOORBELL_URL || (await runningServer(env))));
  const given = texts.token ?? (env.DOORBELL_TOKEN?.trim() || undefined);
  const token = given ?? (await developmentToken(url, env));
  return { url, ...(token === undefined ? {} : { token }) };
}

async function runningServer(env: Environment): Promise<string | undefined> {
  const text = await dataFile(env, 'endpoints.json');
  try {
    const { url } = JSON.parse(text ?? '{}') as { readonly url?: unknown };
    return typeof url === 'string' ? url : undefined;
  } catch {
    return undefined;
  }
}

async function developmentToken(url: string, env: Environment): Promise<string | undefined> {
  if (!isLoopback(new URL(url).hostname)) return undefined;
  const text = env.DOORBELL_SECRET || (await dataFile(env, 'secret'));
  // Of several secrets the first is the newest.
  const secret = text?.trim().split(/\s+/)[0];
  if (!secret) return undefined;
  // As PROTOCOL.md describes one, section 1.1.
  return new SignJWT({ read: ['*'], write: ['*'], share: ['*'] })
    .setProtectedHeader({ alg: 'HS256' })
    .setExpirationTime(TOKEN_LIFE)
    .sign(createSecretKey(secret, 'utf8'));
}

/** Undefined when there is none. */
function dataFile(env: Environment, name: string): Promise<string | undefined> {
  return readFile(join(env.DATA_DIR || '.doorbell', name), 'utf8').catch(() => undefined);
}
