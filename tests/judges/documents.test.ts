/** The two documents of the API before the tools of their formats: spectral reads the OpenAPI one, AsyncAPI's own parser the AsyncAPI one. */

import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { asyncApi } from '../../local/bundle/asyncapi.ts';
import { openApi } from '../../local/bundle/openapi.ts';

const FOLDER = join(import.meta.dirname, 'npm');
const SPECTRAL = join(FOLDER, 'node_modules/@stoplight/spectral-cli/dist/index.js');
const PARSER = `
  import { Parser } from '@asyncapi/parser';
  let text = '';
  for await (const chunk of process.stdin) text += chunk;
  const { document, diagnostics } = await new Parser().parse(text);
  console.log(JSON.stringify({ valid: document !== undefined, diagnostics }));
`;

interface Diagnostic {
  readonly code: string | number;
  readonly severity: number;
  readonly message: string;
}

const why = install();

function install(): string {
  if (existsSync(SPECTRAL)) return '';
  const options = { cwd: FOLDER, encoding: 'utf8' } as const;
  const { status, stderr } = spawnSync('npm', ['ci', '--no-audit', '--no-fund', '--ignore-scripts'], options);
  if (status === 0) return '';
  const reason = `npm ci failed: ${stderr.slice(0, 300)}`;
  const line = '!'.repeat(100);
  console.error(
    `\n${line}\nspectral and AsyncAPI's parser cannot be had: ${reason}.\nTheir tests are SKIPPED.\n${line}\n`,
  );
  return `: ${reason}`;
}

describe.skipIf(why !== '')(`documents${why}`, () => {
  test('spectral has nothing to say of the OpenAPI document', () => {
    const { stdout, status } = run([SPECTRAL, 'lint', '--ruleset', 'spectral.json', '-'], openApi());

    expect(stdout).toContain('No results with a severity');
    expect(status).toBe(0);
  });

  test("AsyncAPI's parser takes the AsyncAPI document", () => {
    const { stdout } = run(['--input-type=module', '--eval', PARSER], asyncApi());

    const { valid, diagnostics } = JSON.parse(stdout) as { valid: boolean; diagnostics: Diagnostic[] };
    expect(diagnostics.filter(({ severity }) => severity <= 1)).toEqual([]);
    expect(valid).toBe(true);
  });

  test("AsyncAPI's parser refuses a document that says nothing of its channels' messages", () => {
    const broken = { ...asyncApi(), components: {} };

    expect(JSON.parse(run(['--input-type=module', '--eval', PARSER], broken).stdout).valid).toBe(false);
  });
});

function run(args: readonly string[], document: object) {
  const input = JSON.stringify(document);
  return spawnSync(process.execPath, args, { cwd: FOLDER, input, encoding: 'utf8' });
}
