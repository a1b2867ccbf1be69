/**
 * The licences of what others wrote and a bundle holds: their terms ask that the text goes with each copy. Comments of minified code are left out, so the
 * texts stand in a file beside the bundles.
 */
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Metafile } from 'esbuild';
import { SERVICE_DIR } from '../folder.ts';

/** Beside the bundles, and in every package that holds more than our own code. */
export const LICENSES = 'THIRD_PARTY_LICENSES.txt';

const PACKAGE = /^(.*node_modules\/(?:@[^/]+\/)?[^/]+)\//;
const IS_TEXT = /^(licen[cs]e|copying|notice|copyrightnotice)\b/i;

/** The folders of the installed packages of which something is in the output, sorted, each once. */
export function packagesIn({ outputs }: Metafile): readonly string[] {
  const files = Object.values(outputs).flatMap(({ inputs }) =>
    Object.entries(inputs).filter(([, { bytesInOutput }]) => bytesInOutput > 0),
  );
  const folders = files.flatMap(([file]) => PACKAGE.exec(file.replaceAll('\\', '/'))?.[1] ?? []);
  return [...new Set(folders)].sort();
}

/** The texts of their licences, as one file: each text once, below the packages that came with it. Folders are relative to `root`. */
export async function licenceTexts(folders: readonly string[], root = SERVICE_DIR): Promise<string> {
  const parts = new Map<string, Set<string>>();
  for (const folder of [...new Set(folders)].sort()) {
    const { name, text } = await licenceOf(join(root, folder));
    parts.set(text, (parts.get(text) ?? new Set()).add(name));
  }
  const rule = `\n\n${'-'.repeat(80)}\n\n`;
  const head = 'These packages, by others, are in whole or in part in the files beside this one.';
  const sections = [...parts].map(([text, names]) => [...names, '', text].join('\n'));
  return `${[head, ...sections].join(rule)}\n`;
}

async function licenceOf(folder: string): Promise<{ readonly name: string; readonly text: string }> {
  const manifest = JSON.parse(await readFile(join(folder, 'package.json'), 'utf8'));
  const files = (await readdir(folder)).filter((file) => IS_TEXT.test(file)).sort();
  const texts = await Promise.all(files.map((file) => readFile(join(folder, file), 'utf8')));
  // Some packages come without a text: their manifest is all that they say.
  const stated = `Licence: ${licenceNamed(manifest) ?? 'none is stated'}`;
  return {
    name: `${manifest.name} ${manifest.version}`,
    text: [stated, ...texts.map((text) => text.trim())].join('\n\n'),
  };
}

interface Licensed {
  readonly license?: string | { readonly type: string };
  readonly licenses?: ReadonlyArray<{ readonly type: string }>;
}

/** As the manifest has it, also in its older ways. */
export function licenceNamed({ license, licenses }: Licensed): string | undefined {
  return typeof license === 'string' ? license : (license?.type ?? licenses?.[0]?.type);
}
