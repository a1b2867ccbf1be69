/**
 * Runs the built functions as Lambda would, in a process of their own, so that all that they print can be read:
 *   node lambda-host.ts invocations.json answers.json
 * The environment is the functions'. Answers stand in the order of the invocations; one that was thrown is `{ error }`.
 */

import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

export interface Invocation {
  readonly function: string;
  readonly event: unknown;
}

const DIST = join(import.meta.dirname, '../../../dist');

const [, , source = '', target = ''] = process.argv;
const invocations = JSON.parse(await readFile(source, 'utf8')) as readonly Invocation[];
// All at once, as one environment of Lambda Managed Instances is used: what waits for a retry holds up nobody.
const answers = await Promise.all(invocations.map(invoke));
await writeFile(target, JSON.stringify(answers));
process.exit();

async function invoke({ function: name, event }: Invocation): Promise<unknown> {
  const { handler } = (await import(join(DIST, `${name}.mjs`))) as {
    readonly handler: (event: unknown, context: object) => Promise<unknown>;
  };
  try {
    return await handler(event, { awsRequestId: 'request', functionName: name });
  } catch (error) {
    // The runtime prints what a function throws.
    console.error(error);
    return { error: String(error) };
  }
}
