/** The readers of examples/readers: which languages there are on this machine, and how each is run. */

import { execFile, execFileSync } from 'node:child_process';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { SERVICE_DIR } from '../../../local/emulators/service.ts';

const READERS = join(SERVICE_DIR, 'examples/readers');

export interface Language {
  readonly language: string;
  readonly needs: readonly (readonly [string, ...string[]])[];
  readonly run: readonly string[];
  readonly ending: string;
}

export const LANGUAGES: readonly Language[] = [
  { language: 'Python', needs: [['python3', '--version']], run: ['python3'], ending: 'py' },
  { language: 'Go', needs: [['go', 'version']], run: [], ending: 'go' },
  { language: 'PHP', needs: [['php', '--version']], run: ['php'], ending: 'php' },
  {
    language: 'curl',
    needs: [
      ['curl', '--version'],
      ['jq', '--version'],
      ['bash', '--version'],
    ],
    run: ['bash'],
    ending: 'sh',
  },
];

/** The program that a language's readers need and this machine has not, told once; undefined when all are there. */
export function lackingFor({ language, needs }: Language): string | undefined {
  const lacking = needs.find((command) => !has(command))?.[0];
  if (lacking) console.warn(`The ${language} readers are NOT tested: there is no ${lacking}.`);
  return lacking;
}

/** How the reader is started; the channel comes behind. A Go program is built first, so that a signal reaches it and not the compiler. */
export async function commandOf(kind: string, { run, ending }: Language, folder: string): Promise<string[]> {
  const file = join(READERS, `${kind}.${ending}`);
  if (ending !== 'go') return [...run, file];
  const built = join(folder, kind);
  await promisify(execFile)('go', ['build', '-o', built, file], {
    env: { ...process.env, GOCACHE: process.env.GOCACHE ?? join(tmpdir(), 'doorbell-go'), GOFLAGS: '' },
  });
  return [built];
}

function has([program, ...args]: readonly [string, ...string[]]): boolean {
  try {
    execFileSync(program, args, { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
}
