/**
 * Random histories on Doorbell and on the protocol's own server: `npm run conformance -- histories [--runs N] [--seed S]`. Prints its seed, and of each
 * history that differs the shortest one that fast-check finds.
 */

import { join } from 'node:path';
import { parseArgs } from 'node:util';
import fc from 'fast-check';
import { history } from './commands.ts';
import { compare, type Pair, type Server } from './compare.ts';
import { EXCUSES } from './excuses.ts';

interface ReferenceServer {
  start(): Promise<string>;
  stop(): Promise<void>;
}

/** The protocol's own server, in memory, whose packages are in the folder of the suite. */
export async function startReference(): Promise<{ readonly url: string; stop(): Promise<void> }> {
  const path = join(import.meta.dirname, '../node_modules/@durable-streams/server/dist/index.js');
  const { DurableStreamTestServer } = (await import(path)) as {
    DurableStreamTestServer: new (options: object) => ReferenceServer;
  };
  const server = new DurableStreamTestServer({ port: 0 });
  return { url: await server.start(), stop: () => server.stop() };
}

/** True when no history differs. */
export async function runHistories(doorbell: Server, args: readonly string[]): Promise<boolean> {
  const options = { runs: { type: 'string' }, seed: { type: 'string' } } as const;
  const { values } = parseArgs({ args: [...args], options });
  const numRuns = Number(values.runs ?? 100);
  const seed = Number(values.seed ?? Date.now() % 2 ** 31);
  const reference = await startReference();
  const pair: Pair = { doorbell, reference: { url: reference.url, headers: {} } };
  const needed = new Map<string, number>();
  let asked = 0;
  console.log(`histories: seed ${seed}, ${numRuns} runs`);
  try {
    const result = await fc.check(
      fc.asyncProperty(history, async (commands) => {
        const found = await compare(pair, commands);
        asked += found.asked;
        for (const what of found.excuses) needed.set(what, (needed.get(what) ?? 0) + 1);
        if (found.difference) throw new Error(JSON.stringify(found.difference, null, 1));
      }),
      { numRuns, seed },
    );
    console.log(`histories: ${result.numRuns} with ${asked} requests`);
    for (const { what, why } of EXCUSES) console.log(`  ${needed.get(what) ?? 0} × ${what}. ${why}`);
    if (result.failed) console.log(fc.defaultReportMessage(result), `\n${result.errorInstance}`);
    return !result.failed;
  } finally {
    await reference.stop();
  }
}
