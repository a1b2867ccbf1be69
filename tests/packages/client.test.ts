/** `@doorbell/client` as it is installed: in a Vite + React + TypeScript app, on Node, and where there is no window. */

import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { nodes, saySkipped } from '../support/packages/nodes.ts';
import { type Installed, installed, run } from '../support/packages/packed.ts';
import { startServer, type TestServer } from '../support/stack/server.ts';

let app: Installed;
let server: TestServer;

beforeAll(async () => {
  saySkipped('@doorbell/client');
  [app, server] = await Promise.all([installed('client'), startServer()]);
  await app.link(
    'react',
    'react-dom',
    '@types/react',
    '@types/react-dom',
    'csstype',
    'typescript',
    'valibot',
    'vite',
  );
}, 120_000);

afterAll(async () => {
  await server?.stop();
  await app?.stop();
});

const tsc = (...options: readonly string[]) =>
  run(process.execPath, [join(app.folder, 'node_modules/typescript/bin/tsc'), ...options], {
    cwd: app.folder,
  }).catch((error: { stdout: string }) => error);
const vite = (...options: readonly string[]) =>
  run(process.execPath, [join(app.folder, 'node_modules/vite/bin/vite.js'), 'build', ...options], {
    cwd: app.folder,
  });

test('installing it installs nothing else', () => {
  expect(app.packages).toEqual(['@doorbell/client']);
});

test.each([
  ['bundler', 'esnext'],
  ['nodenext', 'nodenext'],
])(
  'a strict TypeScript app has its types, with moduleResolution %s',
  async (resolution, module) => {
    const { stdout } = await tsc('-p', '.', '--moduleResolution', resolution, '--module', module);

    expect(stdout).toBe('');
  },
  60_000,
);

test('Vite builds an app with it, with one copy of the client, and a chunk of what is loaded when it is needed', async () => {
  await vite('--outDir', 'dist');
  const names = readdirSync(join(app.folder, 'dist/assets')).filter((one) => one.endsWith('.js'));
  const scripts = names.map((name) => readFileSync(join(app.folder, 'dist/assets', name), 'utf8'));
  const whole = scripts.join('\n');

  // publishAll and the hook share the error's class with subscribe.
  expect(whole.split('DoorbellError').length - 1).toBe(1);
  expect(names.filter((name) => name.startsWith('client-more-'))).toHaveLength(1);
  expect(scripts.filter((script) => script.includes('/v1/wait?ticket='))).toHaveLength(1);
}, 60_000);

test('the hook says that it is for the browser, which React on servers asks for', () => {
  const hook = readFileSync(join(app.folder, 'node_modules/@doorbell/client/dist/react.js'), 'utf8');

  expect(hook).toMatch(/^(["'])use client\1;/);
});

test('a page is rendered on a server, where there is no window', async () => {
  await vite('--ssr', 'src/server.tsx', '--outDir', 'server');
  const { render } = await import(pathToFileURL(join(app.folder, 'server/server.js')).href);

  expect(render(server.url)).toBe('<ul data-state="connecting"></ul>');
}, 60_000);

test.each(nodes())(
  'the packed client follows and publishes on Node $major, and lets the program end',
  async ({ major, path }) => {
    const { stdout } = await run(path, ['follow.mjs', server.url, `node-${major}`], {
      cwd: app.folder,
      timeout: 30_000,
    });

    expect(stdout.trim()).toBe('one two 2 true undefined\na 5 true bad-request');
  },
  60_000,
);
