/**
 * Builds dist/: each of functions/*.ts as one minified ES module with everything it imports, so a deployment
 * package is that one file; the hub likewise; the browser client; the dashboard as one self-contained page; the command
 * line; and the OpenAPI document.
 * Size is cold-start time: local/bundle/trim-sdk.ts says what is left out of the AWS SDK.
 */
import { existsSync } from 'node:fs';
import { chmod, mkdir, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { type BuildOptions, build, type Plugin } from 'esbuild';
import { minify } from 'terser';
import type { Input, State } from '../../packages/client/src/state.ts';
import { SERVICE_DIR } from '../emulators/service.ts';
import { type Bundle, builtOrSay, recordBuild, sourcesOf } from './build-cache.ts';
import { inlinePage } from './inline-assets.ts';
import { openApi } from './openapi.ts';
import { checkDashboard, checkFunctions, checkHub, checkSize } from './size-budget.ts';
import { trimSdk } from './trim-sdk.ts';

const DIST = join(SERVICE_DIR, 'dist');

const COMMON = {
  bundle: true,
  minify: true,
  format: 'esm',
  legalComments: 'none',
  logLevel: 'warning',
  write: false,
} as const satisfies BuildOptions;

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
    Promise.all([bundleHub(), bundleClient(), bundleDashboard(), bundleCommandLine(), writeDocument()]),
  ]);
  checkFunctions(functions);
  await removeNamesakes(functions);
  return [...functions, ...others.flat()];
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
    plugins: [trimSdk],
  });
  return write(`${basename(entry, '.ts')}.mjs`, code);
}

/**
 * With all that the SDK can do to find credentials: a container's and a virtual machine's are not where Lambda's are. What it imports as CommonJS
 * asks for Node's own modules by `require`.
 */
async function bundleHub(): Promise<Bundle[]> {
  const compileHub = (name: string) =>
    compile(join(SERVICE_DIR, 'hub', name), {
      platform: 'node',
      target: 'node24',
      mainFields: ['module', 'main'],
      banner: {
        js: "import { createRequire } from 'node:module'; const require = createRequire(import.meta.url);",
      },
      plugins: [besideHub],
    });
  const [main, aws, file] = await Promise.all(['main.ts', 'aws.ts', 'file.ts'].map(compileHub));
  const bundles = [
    await write('hub.mjs', main ?? ''),
    await write('hub-aws.mjs', aws ?? ''),
    await write('hub-file.mjs', file ?? ''),
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

async function bundleClient(): Promise<Bundle[]> {
  const bundles = await Promise.all(
    Object.entries(CLIENT).map(async ([name, { source, plugins, directive }]) => {
      const code = await compile(join(SERVICE_DIR, 'packages/client/src', source), {
        target: 'es2022',
        // terser's job: see `shrink`.
        minify: false,
        plugins,
        external: ['react'],
      });
      return write(name, (directive ?? '') + (await shrink(code)));
    }),
  );
  checkSize(bundles[0]);
  return bundles;
}

/**
 * Members that the client's own modules share, and messages between tabs of one build. Nobody else sees them: in the browser a letter does.
 * None of them may be a name of the protocol, of the public types or of the platform.
 */
const PRIVATE = /^(renumbered|positions|position|take|wanted|answered|handled)$/;

/** In every browser each byte counts, and terser leaves a tenth fewer of them than esbuild does. */
async function shrink(code: string): Promise<string> {
  // One keyword for all that is declared: neighbours become one declaration. The compiler has seen which are constant.
  const { code: shrunk = '' } = await minify(code.replace(/\bconst /g, 'let '), {
    module: true,
    ecma: 2020,
    compress: {
      // More passes leave fewer bytes, but more of them when gzipped.
      passes: 1,
      inline: 0,
      reduce_funcs: false,
      unsafe: true,
      unsafe_math: true,
      unsafe_methods: true,
      pure_getters: true,
    },
    // `builtins`: though other things in a browser have members of these names, as iterators `take`.
    mangle: { properties: { regex: PRIVATE, builtins: true } },
  });
  return shrunk;
}

/** The words of the state table that only the poller and its owner say, and what they are in the browser. */
const TERMS: Readonly<Record<string, string>> = {
  idle: 'i',
  probing: 'p',
  ready: 'r',
  wanted: 'w',
  unwanted: 'u',
  changed: 'c',
  answered: 'a',
  failed: 'f',
  due: 'd',
  doubted: 'b',
  ended: 'e',
} satisfies Partial<Record<State | Input, string>>;

/** A cell of the state table that says STAY reads the same when it is not there, and a letter says what its word does. */
const shortTable: Plugin = {
  name: 'short-table',
  setup({ onLoad }) {
    onLoad({ filter: /client[\\/]src[\\/](state|poller|tab-group)\.ts$/ }, async ({ path }) => {
      const code = (await readFile(path, 'utf8'))
        .replace(/\w+: STAY,\s*/g, '')
        .replace(/'(\w+)'/g, (quoted, word: string) => (TERMS[word] ? `'${TERMS[word]}'` : quoted));
      const contents = path.endsWith('state.ts')
        ? code.replace(/\b(\w+)(?=: ['{])/g, (word) => TERMS[word] ?? word)
        : code;
      return { contents, loader: 'ts' };
    });
  },
};

/** react.js and publish-all.js lie beside client.js and import it: a page that uses several loads it once, and there is one DoorbellError. */
const besideClient = (file: RegExp): Plugin => ({
  name: 'beside-client',
  setup({ onResolve }) {
    onResolve({ filter: file }, () => ({ path: './client.js', external: true }));
  },
});

interface ClientModule {
  readonly source: string;
  readonly plugins: Plugin[];
  /** What stands before the code. */
  readonly directive?: string;
}

/** What client.js is first of, and whence. None is named as a function is: see `removeNamesakes`. */
const CLIENT: Readonly<Record<string, ClientModule>> = {
  'client.js': { source: 'index.ts', plugins: [shortTable] },
  'react.js': {
    source: 'react.ts',
    plugins: [besideClient(/^\.\/index\.ts$/)],
    // React on a server leaves what this marks to the browser.
    directive: "'use client';",
  },
  'publish-all.js': { source: 'publish-all.ts', plugins: [besideClient(/^\.\/errors\.ts$/)] },
};

async function bundleDashboard(): Promise<Bundle[]> {
  const [page, script, style] = ['index.html', 'main.ts', 'style.css'].map((name) =>
    join(SERVICE_DIR, 'dashboard', name),
  ) as [string, string, string];
  if (!existsSync(page) || !existsSync(script) || !existsSync(style)) return [];
  const html = inlinePage(await readFile(page, 'utf8'), {
    script: await compile(script, {
      target: 'es2022',
      plugins: [englishCharts],
      // uPlot's licence asks for its name to stay.
      legalComments: 'inline',
    }),
    style: await compile(style, { target: 'es2022' }),
  });
  const bundles = [await write('dashboard.html', html)];
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

/** With everything it needs: an installed package need not be installed with all that the functions are made of. */
async function bundleCommandLine(): Promise<Bundle[]> {
  const code = await compile(join(SERVICE_DIR, 'packages/cli/src/main.ts'), {
    platform: 'node',
    target: 'node22',
  });
  const bundle = await write('doorbell.mjs', code);
  await chmod(join(DIST, bundle.name), 0o755);
  return [bundle];
}

async function writeDocument(): Promise<Bundle[]> {
  return [await write('openapi.json', JSON.stringify(openApi(), null, 2))];
}

async function compile(entry: string, options: BuildOptions): Promise<string> {
  const { outputFiles } = await build({ ...COMMON, ...options, entryPoints: [entry], write: false });
  return outputFiles.map((file) => file.text).join('');
}

async function write(name: string, text: string): Promise<Bundle> {
  // Renamed into place: several test processes build and read dist/ at once, and none may see half a file.
  const unfinished = join(DIST, `${name}.${process.pid}`);
  await writeFile(unfinished, text);
  await rename(unfinished, join(DIST, name));
  return { name, bytes: Buffer.byteLength(text), gzippedBytes: gzipSync(text).length };
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
