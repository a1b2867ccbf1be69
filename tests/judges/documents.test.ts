/** The two documents of the API before the tools of their formats: spectral reads the OpenAPI one, AsyncAPI's own parser the AsyncAPI one. */

import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { asyncApi } from '../../local/bundle/asyncapi.ts';
import { openApi } from '../../local/bundle/openapi.ts';
import { npmJudge } from './judge.ts';

const { folder: FOLDER, missing, why } = await npmJudge('npm', '@stoplight/spectral-cli');
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

describe.skipIf(missing)(`documents${why}`, () => {
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
