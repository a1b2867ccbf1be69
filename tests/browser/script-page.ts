/** A page that runs a React component, or another script of this folder, as a bundler would make it for development. */
import { join } from 'node:path';
import { build } from 'esbuild';

/** The HTML of a page with this file of this folder as its script. */
export async function scriptPage(name: string): Promise<string> {
  const built = await build({
    entryPoints: [join(import.meta.dirname, name)],
    bundle: true,
    format: 'esm',
    target: 'es2022',
    define: { 'process.env.NODE_ENV': '"development"' },
    write: false,
  });
  const script = built.outputFiles[0]?.text.replaceAll('</script', '<\\/script') ?? '';
  return `<!doctype html><meta charset="utf-8"><title>A script</title><body><script type="module">${script}</script>`;
}
