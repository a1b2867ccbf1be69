/**
 * What serverless.yml declares, with its variables resolved. The plugin is handed this by the framework;
 * `loadService` reads the same file with the framework's own reader, in about 0.2 s and without starting it, so
 * tests and `npm start` cannot see two different stacks.
 */
import { join } from 'node:path';
import read from 'serverless/lib/configuration/read.js';
import resolveVariables from 'serverless/lib/configuration/variables/index.js';
import opt from 'serverless/lib/configuration/variables/sources/opt.js';
import self from 'serverless/lib/configuration/variables/sources/self.js';
import { SERVICE_DIR } from '../folder.ts';

/** A CloudFormation resource. Its properties may hold intrinsics. */
export interface Declared {
  readonly Type: string;
  readonly Properties?: Readonly<Record<string, unknown>>;
}

/** One function of the service, as far as running it here needs. */
export interface FunctionDeclaration {
  readonly handler: string;
  environment?: Record<string, unknown>;
  readonly package?: { readonly patterns?: string[] };
  events?: readonly Readonly<Record<string, unknown>>[];
}

export interface Service {
  readonly service: string;
  readonly provider: {
    readonly region: string;
    readonly stage: string;
    environment?: Record<string, unknown>;
  };
  readonly custom?: { readonly checked?: Readonly<Record<string, unknown>> };
  readonly functions: Readonly<Record<string, FunctionDeclaration>>;
  readonly resources: { readonly Resources: Readonly<Record<string, Declared>> };
}

/** The source of `${param:…}`: the framework's own needs a whole running framework. */
function defaultsOf({ params }: Record<string, unknown>) {
  const { default: defaults = {} } = (params ?? {}) as { default?: Record<string, unknown> };
  return { resolve: ({ address = '' }: { address?: string }) => ({ value: defaults[address] ?? null }) };
}

export { SERVICE_DIR };

/**
 * Reads serverless.yml and resolves its `${…}` variables as `serverless --stage …` would, parameters at their defaults. Intrinsics (`Ref`,
 * `Fn::GetAtt`, …) stay as they are: see resources.ts.
 */
export async function loadService(options: { readonly stage?: string } = {}): Promise<Service> {
  const configuration = await read(join(SERVICE_DIR, 'serverless.yml'));
  const sources = { opt, self, param: defaultsOf(configuration) };
  await resolveVariables({ serviceDir: SERVICE_DIR, configuration, options: { ...options }, sources });
  return configuration as unknown as Service;
}
