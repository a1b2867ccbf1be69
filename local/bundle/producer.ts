/** Builds @doorbell/producer: the module, and the one for the queue beside it, which shares its errors. */
import { rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Plugin } from 'esbuild';
import { SERVICE_DIR } from '../folder.ts';
import { compileTypes, copyDeclarations } from './declarations.ts';
import { compile } from './output.ts';

const SOURCES = join(SERVICE_DIR, 'packages/producer/src');
/** What the package's users have installed, or Lambda. */
const PEERS = ['@aws-sdk/client-sqs'];

export async function buildProducer(folder: string): Promise<readonly string[]> {
  const options = { platform: 'node', target: 'node20', external: PEERS } as const;
  const [index, sqs] = await Promise.all([
    compile(join(SOURCES, 'index.ts'), options),
    compile(join(SOURCES, 'sqs.ts'), { ...options, plugins: [besideIndex] }),
  ]);
  await writeFile(join(folder, 'dist/index.js'), index.text);
  await writeFile(join(folder, 'dist/sqs.js'), sqs.text);
  const compiled = await compileTypes(folder);
  await copyDeclarations(compiled, join(folder, 'dist/types'), {
    from: 'packages/producer/src',
    entries: { index: 'index', sqs: 'sqs' },
  });
  await rm(compiled, { recursive: true });
  return [...index.packages, ...sqs.packages];
}

/** An error of either module is one that the other knows. */
const besideIndex: Plugin = {
  name: 'beside-index',
  setup({ onResolve }) {
    onResolve({ filter: /^\.\/errors\.ts$/ }, () => ({ path: './index.js', external: true }));
  },
};
