/** What the documents show of these clients is run as it stands there. */

import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { promisify } from 'node:util';
import { describe, expect, test } from 'vitest';
import { fresh, headers, server } from './server.mjs';

const { CONFORMANCE_PYTHON: python = '' } = process.env;
const HERE = join(import.meta.dirname, '..');
const ROOT = join(HERE, '../..');
const README = 'README.md';
const REFERENCE = 'docs/reference/durable-streams.md';
/** The address that README.md shows, which here is the server's. */
const SHOWN = 'http://127.0.0.1:3000';
const SCHEMA =
  "const schema = { '~standard': { version: 1, vendor: 'any', validate: (value) => ({ value }) } };";
const JSON_TYPE = { 'Content-Type': 'application/json' };
const run = promisify(execFile);

/** The only block of this language in the document that imports this. */
function block(document, language, imported) {
  const text = readFileSync(join(ROOT, document), 'utf8');
  const blocks = [...text.matchAll(new RegExp(`\`\`\`${language}\\n(.*?)\`\`\``, 'gs'))].map(
    ([, code]) => code,
  );
  const [found, ...others] = blocks.filter((code) => code.includes(imported));
  if (!found || others.length > 0) throw new Error(`${document} must show ${imported} once`);
  return found;
}

/** What a program prints. */
async function printed(program, args) {
  return (await run(program, args, { cwd: HERE, timeout: 35_000 })).stdout.trim();
}

/** Runs the code as a module that knows these values, then what comes after it. */
function js(code, values, after) {
  const known = Object.entries(values).map(([name, value]) => `const ${name} = ${JSON.stringify(value)};`);
  return printed(process.execPath, ['--input-type=module', '-e', [...known, code, after].join('\n')]);
}

/** As README.md says it, of this server. */
function shown(language, imported) {
  return block(README, language, imported).replace(SHOWN, server);
}

async function filled(url, ...messages) {
  await fetch(url, { method: 'PUT', headers: JSON_TYPE, body: JSON.stringify(messages) });
  return url;
}

const token = headers.Authorization?.replace('Bearer ', '') ?? '';
const DOOR = { type: 'door', key: '3', value: { isOpen: true }, headers: { operation: 'insert' } };
const SHOW_DOORS = 'console.log(db.collections.doors.toArray.map(({ id }) => id)); process.exit();';

describe('README.md', () => {
  test('a reader of a channel', async () => {
    await filled(`${server}/v1/stream/doors`, { door: 3 });
    const code = shown('js', '@durable-streams/client');

    expect(await js(code, { token }, 'setTimeout(() => process.exit(), 2_000);')).toBe('[ { door: 3 } ]');
  });

  test.skipIf(python === '')('a reader in Python', async () => {
    await filled(`${server}/v1/stream/doors`, { door: 3 });
    const code = `token = ${JSON.stringify(token)}\n${shown('python', 'durable_streams')}`;
    // It follows until it is ended.
    const reader = spawn(python, ['-u', '-c', code], { stdio: ['ignore', 'pipe', 'inherit'] });
    try {
      const [line] = await once(createInterface({ input: reader.stdout }), 'line');
      expect(line).toBe("{'door': 3}");
    } finally {
      reader.kill('SIGKILL');
    }
  });

  test('a database', async () => {
    await filled(`${server}/v1/stream/board`, DOOR);
    const code = shown('js', 'createStreamDB').replace('const state', `${SCHEMA}\n$&`);

    expect(await js(code, { headers }, SHOW_DOORS)).toBe("[ '3' ]");
  });
});

describe('docs/reference/durable-streams.md', () => {
  test('a producer', async () => {
    const url = fresh('document');
    await js(block(REFERENCE, 'js', 'IdempotentProducer'), { url, headers }, 'process.exit();');

    expect(await (await fetch(url)).json()).toEqual([{ door: 3, isOpen: true }]);
  });

  test('a database', async () => {
    const url = await filled(fresh('document'), DOOR);
    const code = block(REFERENCE, 'js', 'createStreamDB').replace('const state', `${SCHEMA}\n$&`);

    expect(await js(code, { url, headers }, SHOW_DOORS)).toBe("[ '3' ]");
  });

  test.skipIf(python === '')('a program in Python', async () => {
    const values = `headers, url = ${JSON.stringify(headers)}, ${JSON.stringify(fresh('document'))}\n`;
    const code = block(REFERENCE, 'python', 'durable_streams');

    expect(await printed(python, ['-c', values + code])).toBe("[{'door': 3}]");
  });
});
