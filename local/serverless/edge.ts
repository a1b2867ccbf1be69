/** Puts the code of the CloudFront Function into the template, with the settings of this deploy: a function at the edge has no environment. */

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { SERVICE_DIR } from '../folder.ts';
import type { Template } from './template.ts';

/** CloudFront's limit of a function's code. */
export const MOST_BYTES = 10 * 1024;

interface Deployed {
  readonly functions: Readonly<Record<string, { readonly environment?: Readonly<Record<string, unknown>> }>>;
}

/** Throws where the code is too long. */
export function withEdgeCode<T extends Template>(template: T, { functions }: Deployed): T {
  const edge = template.Resources.EdgeFunction;
  if (!edge) return template;
  const { environment = {} } = functions.poll ?? {};
  const FunctionCode = edgeCode(environment);
  const EdgeFunction = { ...edge, Properties: { ...edge.Properties, FunctionCode } };
  return { ...template, Resources: { ...template.Resources, EdgeFunction } };
}

/** The code, without its comments, for the environment of the function that holds polls. */
export function edgeCode(environment: Readonly<Record<string, unknown>>): string {
  const source = readFileSync(join(SERVICE_DIR, 'functions/edge-token.js'), 'utf8');
  const setting = (name: string) => String(environment[name] ?? '');
  const code = source
    .replace(/\/\*\*[\s\S]*?\*\/\n*/g, '')
    .replace(/^ *\/\/.*\n/gm, '')
    .replace('EDGE_READ_CLAIM', setting('DOORBELL_READ_CLAIM'))
    .replace('EDGE_PUBLIC_CHANNELS', setting('PUBLIC_CHANNELS'))
    .replace('EDGE_CORS_ORIGINS', setting('CORS_ORIGINS'));
  const bytes = Buffer.byteLength(code);
  if (bytes > MOST_BYTES)
    throw new Error(
      `The function at the edge must be at most ${MOST_BYTES} bytes, got ${bytes}: name fewer publicChannels or corsOrigins.`,
    );
  return code;
}
