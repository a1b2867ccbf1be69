/**
 * Builds dist/: each of functions/*.ts as one minified ES module with everything it imports, so a deployment
 * package is that one file; the hub likewise; the browser client (client.ts); the dashboard as one self-contained page; the command
 * line; what checks by the schemas of channels; and the OpenAPI document.
 * Size is cold-start time: local/bundle/trim-sdk.ts says what is left out of the AWS SDK.
 */
import { existsSync } from 'node:fs';
import { chmod, mkdir, readdir, readFile, rm } from 'node:fs/promises';
import { basename, join } from 'node:path';
import type { BuildOptions, Plugin } from 'esbuild';
import { SERVICE_DIR } from '../folder.ts';
import { asyncApi } from './asyncapi.ts';
import { type Bundle, builtOrSay, recordBuild, sourcesOf } from './build-cache.ts';
import { bundleClient } from './client.ts';
import { inlinePage } from './inline-assets.ts';
import { openApi } from './openapi.ts';
import { compile, DIST, OLDER_NODE, write } from './output.ts';
import { checkDashboard, checkFunctions, checkHub } from './size-budget.ts';
import { LICENSES, licenceTexts } from './third-party.ts';
import { trimSdk } from './trim-sdk.ts';

/** For packages in CommonJS that ask for Node's own modules by `require`. */
const REQUIRE = {
  banner: {
    js: "import { createRequire } from 'node:module'; const require = createRequire(import.meta.url);",
  },
};

/** Makes dist/ of the sources, unless it was made of these very ones, and answers what it holds. What has no source yet is left out. */
export async function bundle(): Promise<readonly Bundle[]> {
  const sources = await sourcesOf();
  const built = await builtOrSay(sources);
  if (built) return built;
  const bundles = await buildAll();
  await recordBuild(sources, bundles);
  return bundles;
}

async function buildAll(): Promise<readonly Bundle[]> {
  const folder = join(SERVICE_DIR, 'functions');
  const entries = (await readdir(folder)).filter((name) => name.endsWith('.ts')).sort();
  await mkdir(DIST, { recursive: true });
  const [functions, others] = await Promise.all([
    Promise.all(entries.map((name) => bundleFunction(join(folder, name)))),
    Promise.all([
      bundleHub(),
      bundleClient(),
      bundleDashboard(),
      bundleCommandLine(),
      bundleSchemas(),
      writeDocument(),
    ]),
  ]);
  checkFunctions(functions);
  await removeNamesakes(functions);
  const bundles = [...functions, ...others.flat()];
  const licences = await licenceTexts(bundles.flatMap(({ packages }) => packages));
  return [...bundles, await write(LICENSES, { text: licences, packages: [] })];
}

/** A `publish.js` beside `publish.mjs`, as an earlier build left one: serverless-offline would load it in place of the function. */
async function removeNamesakes(functions: readonly Bundle[]): Promise<void> {
  for (const { name } of functions) await rm(join(DIST, name.replace(/\.mjs$/, '.js')), { force: true });
}

async function bundleFunction(entry: string): Promise<Bundle> {
  const code = await compile(entry, {
    platform: 'node',
    target: 'node24',
    // The SDK's ES modules, which can be tree-shaken, before its CommonJS build: a third smaller.
    mainFields: ['module', 'main'],
    plugins: [trimSdk, besideSchemas],
  });
  return write(`${basename(entry, '.ts')}.mjs`, code);
}

/**
 * With all that the SDK can do to find credentials: a container's and a virtual machine's are not where Lambda's are.
 */
async function bundleHub(): Promise<Bundle[]> {
  const compileHub = (name: string) =>
    compile(join(SERVICE_DIR, 'hub', name), {
      platform: 'node',
      target: 'node24',
      mainFields: ['module', 'main'],
      ...REQUIRE,
      plugins: [besideHub, besideSchemas],
    });
  const [main, aws, file] = await Promise.all([
    compileHub('main.ts'),
    compileHub('aws.ts'),
    compileHub('file.ts'),
  ]);
  const bundles = [
    await write('hub.mjs', main),
    await write('hub-aws.mjs', aws),
    await write('hub-file.mjs', file),
  ];
  checkHub(bundles[1]);
  return bundles;
}

/** hub.mjs starts one of the two that lie beside it, by the environment. */
const besideHub: Plugin = {
  name: 'beside-hub',
  setup({ onResolve }) {
    onResolve({ filter: /^\.\/(aws|file)\.ts$/ }, ({ path }) => ({
      path: `./hub-${basename(path, '.ts')}.mjs`,
      external: true,
    }));
  },
};

/** What checks by the schemas of channels: a third of a function, which is loaded only where there are schemas. */
async function bundleSchemas(): Promise<Bundle[]> {
  const code = await compile(join(SERVICE_DIR, 'lib/schemas', `${SCHEMAS}.ts`), {
    platform: 'node',
    // In the command line's package, too.
    target: 'node20',
    ...REQUIRE,
  });
  return [await write(`${SCHEMAS}.mjs`, code)];
}

const SCHEMAS = 'channel-schemas';

/** It lies beside each bundle that may load it. */
const besideSchemas: Plugin = {
  name: 'beside-schemas',
  setup({ onResolve }) {
    onResolve({ filter: /\/schemas\/channel-schemas\.ts$/ }, () => ({
      path: `./${SCHEMAS}.mjs`,
      external: true,
    }));
  },
};

async function bundleDashboard(): Promise<Bundle[]> {
  const [page, script, style] = ['index.html', 'main.ts', 'style.css'].map((name) =>
    join(SERVICE_DIR, 'dashboard', name),
  ) as [string, string, string];
  if (!existsSync(page) || !existsSync(script) || !existsSync(style)) return [];
  const code = await compile(script, {
    target: 'es2022',
    plugins: [englishCharts],
    // uPlot's licence asks for its name to stay.
    legalComments: 'inline',
  });
  const looks = await compile(style, { target: 'es2022' });
  const text = inlinePage(await readFile(page, 'utf8'), { script: code.text, style: looks.text });
  const bundles = [await write('dashboard.html', { text, packages: [...code.packages, ...looks.packages] })];
  checkDashboard(bundles[0]);
  return bundles;
}

/**
 * The page's numbers are English everywhere, so those of its charts are too. The browser's language would also do harm: Chromium under LANG=C, as kiosks
 * run it, says `en-US@posix`, which Intl refuses with an exception.
 */
const englishCharts: Plugin = {
  name: 'english-charts',
  setup({ onLoad }) {
    onLoad({ filter: /uPlot\.esm\.js$/ }, async ({ path }) => ({
      contents: (await readFile(path, 'utf8')).replaceAll('nav.language', '"en"'),
    }));
  },
};

/**
 * With everything it needs: an installed package need not be installed with all that the functions are made of. `doorbell dev` is a file of its own, which only
 * that command loads.
 */
async function bundleCommandLine(): Promise<Bundle[]> {
  const onNode: BuildOptions = { platform: 'node', target: 'node20', inject: [OLDER_NODE] };
  const [commands, dev] = await Promise.all([
    compile(join(SERVICE_DIR, 'packages/cli/src/main.ts'), onNode),
    compile(join(SERVICE_DIR, 'local/dev.ts'), {
      ...onNode,
      ...REQUIRE,
      mainFields: ['module', 'main'],
      plugins: [besideSchemas],
    }),
  ]);
  const bundles = [await write('doorbell.mjs', commands), await write('dev.mjs', dev)];
  await chmod(join(DIST, 'doorbell.mjs'), 0o755);
  return bundles;
}

async function writeDocument(): Promise<Bundle[]> {
  const asText = (document: unknown) => ({ text: JSON.stringify(document, null, 2), packages: [] });
  return [await write('openapi.json', asText(openApi())), await write('asyncapi.json', asText(asyncApi()))];
}

async function report(): Promise<void> {
  for (const { name, bytes, gzippedBytes } of await bundle()) {
    console.log(
      `${name.padEnd(16)} ${String(bytes).padStart(8)} bytes, ${String(gzippedBytes).padStart(7)} gzipped`,
    );
  }
}

// No `await` here: the framework loads its plugin, and so this file, with `require`.
if (import.meta.main) void report();
