/**
 * What is left out of the functions' bundles, because it can never be used there: size is cold-start time, most of which goes into reading code. Each part says why it is safe;
 * `npm run bench:cold` says what it saves.
 */

import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Plugin } from 'esbuild';
import { SERVICE_DIR } from '../emulators/service.ts';

/** Modules that are replaced by what little of them is used. */
const REPLACEMENTS: Readonly<Record<string, string>> = {
  // Lambda gives a function its credentials in the environment, or with SnapStart at a local address: no profiles, SSO, processes, metadata services (a third of a bundle).
  '@aws-sdk/credential-provider-node': `
    import { fromEnv } from '@aws-sdk/credential-provider-env';
    import { fromHttp } from '@aws-sdk/credential-provider-http';
    export const defaultProvider = () =>
      process.env.AWS_CONTAINER_CREDENTIALS_FULL_URI ? fromHttp() : fromEnv();`,
  // Neither SQS nor DynamoDB streams events.
  '@smithy/core/event-streams': 'export {};',
  // Only looked at where endpoint discovery is switched on, which DynamoDB outside of Timestream has no use for.
  '@aws-sdk/endpoint-cache': 'export class EndpointCache {}',
  // As an ES module it makes everything that \`process\` makes on demand, the standard input and the list of Node's flags among it: 10 ms of a cold start.
  'node:process': 'export const { env, versions } = globalThis.process;',
};

/**
 * An AWS error whose class is not there comes as the service's general exception, with the same name; and by name they are recognised, in one file. So the classes of all others, of which SSM
 * alone has some hundred and fifty, go. Those that the file names stay, because SQS gives some an older name than their class.
 */
const NAMES = join(SERVICE_DIR, 'lib', 'aws', 'errors.ts');
const REGISTERED = /^n0_registry\.registerError\((\w+)\$, \w+\);$/gm;
/** A shape. Its keys are computed, so a bundler that does not know what for has to keep it, used or not. */
const SHAPE = /^((?:export )?var \w+\$?) = (\[[\s\S]*?\]);$/gm;

/** For esbuild. */
export const trimSdk: Plugin = {
  name: 'without-dead-weight',
  setup({ onResolve, onLoad }) {
    const names = Object.keys(REPLACEMENTS).join('|');
    onResolve({ filter: new RegExp(`^(${names})$`) }, ({ path, resolveDir }) => ({
      path,
      namespace: 'replaced',
      pluginData: resolveDir,
    }));
    onLoad({ filter: /./, namespace: 'replaced' }, ({ path, pluginData }) => ({
      contents: REPLACEMENTS[path] ?? '',
      resolveDir: pluginData,
    }));
    onLoad(
      { filter: /@aws-sdk[\\/]client-[^\\/]+[\\/]dist-es[\\/]schemas[\\/]schemas_0\.js$/ },
      async ({ path }) => ({
        contents: shakable(withoutErrors(await readFile(path, 'utf8'), await readFile(NAMES, 'utf8'))),
      }),
    );
    // Of its package.json a client wants the version.
    onLoad({ filter: /@aws-sdk[\\/]client-[^\\/]+[\\/]package\.json$/ }, async ({ path }) => {
      const { version } = JSON.parse(await readFile(path, 'utf8'));
      return { contents: JSON.stringify({ version }), loader: 'json' };
    });
  },
};

/** The client's schemas without the errors that `names` does not name. Throws when it finds none: then the SDK writes them in another way. */
export function withoutErrors(schemas: string, names: string): string {
  if (!schemas.match(REGISTERED)) throw new Error('the SDK registers its errors in another way by now');
  return schemas.replace(REGISTERED, (line, name) => (names.includes(`'${name}'`) ? line : ''));
}

/** The same schemas, each shape made by a call that is told to be pure. */
function shakable(schemas: string): string {
  return schemas.replace(SHAPE, '$1 = /* @__PURE__ */ (() => $2)();');
}
