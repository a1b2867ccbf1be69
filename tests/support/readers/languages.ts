/** The readers of examples/readers: which languages there are on this machine, and how each is run. */

import { execFile, execFileSync } from 'node:child_process';
import { accessSync, constants, mkdirSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { isAbsolute, join } from 'node:path';
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
  return ending === 'go' ? [await goProgram(file, join(folder, kind))] : [...run, file];
}

/** Go programs that this process has built, or is building, by their path. */
const built = new Map<string, Promise<string>>();

function goProgram(source: string, program: string): Promise<string> {
  const known = built.get(program);
  if (known) return known;
  const env = { ...process.env, GOCACHE: goCache(), GOFLAGS: '' };
  const building = promisify(execFile)('go', ['build', '-o', program, source], { env }).then(() => program);
  built.set(program, building);
  return building;
}

/** Where this machine's Go keeps what it has compiled: an empty cache costs half a minute of CPU time, for Go's own library. Another one only where it has none. */
function goCache(): string {
  const usual = execFileSync('go', ['env', 'GOCACHE'], { encoding: 'utf8' }).trim();
  try {
    // 'off' where there is none.
    if (!isAbsolute(usual)) throw new Error(`Go keeps nothing: ${usual}`);
    mkdirSync(usual, { recursive: true });
    accessSync(usual, constants.W_OK);
    return usual;
  } catch {
    return join(tmpdir(), 'doorbell-go');
  }
}

function has([program, ...args]: readonly [string, ...string[]]): boolean {
  try {
    execFileSync(program, args, { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
}
