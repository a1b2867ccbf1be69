/** Builds the browser client: client.js, and the modules that lie beside it. In every browser each byte counts, so this build does more than the others. */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Plugin } from 'esbuild';
import { minify } from 'terser';
import type { Input, State } from '../../packages/client/src/state.ts';
import { SERVICE_DIR } from '../folder.ts';
import type { Bundle } from './build-cache.ts';
import { compile, write } from './output.ts';
import { checkSize } from './size-budget.ts';

export async function bundleClient(): Promise<Bundle[]> {
  const bundles = await Promise.all(
    Object.entries(CLIENT).map(async ([name, { source, plugins, directive }]) => {
      const code = await compile(join(SERVICE_DIR, 'packages/client/src', source), {
        target: 'es2022',
        // terser's job: see `shrink`.
        minify: false,
        plugins,
        external: ['react'],
      });
      return write(name, { text: (directive ?? '') + (await shrink(code.text)), packages: code.packages });
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

/** client.js loads client-more.js when it needs it. react.js, publish-all.js and subscribe-state.js lie beside client.js and import it: a page that uses several loads it once, and there is one DoorbellError. */
const besideClient = (file: RegExp, path = './client.js'): Plugin => ({
  name: 'beside-client',
  setup({ onResolve }) {
    onResolve({ filter: file }, () => ({ path, external: true }));
  },
});

interface ClientModule {
  readonly source: string;
  readonly plugins: Plugin[];
  /** What stands before the code. */
  readonly directive?: string;
}

/** What client.js is first of, and whence. None is named as a function is: see `removeNamesakes` in bundle.ts. */
const CLIENT: Readonly<Record<string, ClientModule>> = {
  'client.js': {
    source: 'index.ts',
    plugins: [shortTable, besideClient(/^\.\/more\.ts$/, './client-more.js')],
  },
  'client-more.js': { source: 'more.ts', plugins: [] },
  'react.js': {
    source: 'react.ts',
    plugins: [besideClient(/^\.\/index\.ts$/)],
    // React on a server leaves what this marks to the browser.
    directive: "'use client';",
  },
  'publish-all.js': { source: 'publish-all.ts', plugins: [besideClient(/^\.\/errors\.ts$/)] },
  'begin.js': { source: 'begin.ts', plugins: [besideClient(/^\.\/errors\.ts$/)] },
  'schema.js': {
    source: 'schema.ts',
    plugins: [
      besideClient(/^\.\/(index|errors)\.ts$/),
      besideClient(/^\.\/publish-all\.ts$/, './publish-all.js'),
    ],
  },
  'shared.js': { source: 'shared.ts', plugins: [] },
  'direct.js': { source: 'direct.ts', plugins: [] },
  'subscribe-state.js': {
    source: 'subscribe-state.ts',
    plugins: [besideClient(/^\.\/(index|errors)\.ts$/)],
  },
  'tanstack.js': {
    source: 'tanstack.ts',
    plugins: [
      besideClient(/^\.\/(index|errors)\.ts$/),
      besideClient(/^\.\/subscribe-state\.ts$/, './subscribe-state.js'),
    ],
  },
  'react-state.js': {
    source: 'react-state.ts',
    plugins: [
      besideClient(/^\.\/(index|errors)\.ts$/),
      besideClient(/^\.\/subscribe-state\.ts$/, './subscribe-state.js'),
    ],
    directive: "'use client';",
  },
};
