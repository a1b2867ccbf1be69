/**
 * `npm run start:lambda`: the packages as Lambda runs them, on this machine. AWS's Runtime Interface Client runs each function in environments of
 * its own, which are frozen between invocations. An HTTP API, pollers of the ingest queue and schedules call them. `--help` lists the options.
 */

import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { channelSchemas } from '../../lib/compose/channel-schemas.ts';
import { systemClock } from '../../lib/runtime/system.ts';
import { random } from '../../packages/testing/src/check/random.ts';
import { banner, urlOf } from '../banner.ts';
import { forgetAws } from '../emulators/environment.ts';
import { SERVICE_DIR } from '../folder.ts';
import { endWithParent, exitOnSecondSignal } from '../process.ts';
import { developmentSecret, developmentToken } from '../secret.ts';
import { type Inflicted, inflict } from './chaos.ts';
import { figuresText } from './figures.ts';
import { NATIVE_CLIENT, startLambda } from './lambda.ts';

const HELP = `npm run start:lambda -- [options]

  --port N            0 to 65535, default 3000; 0 is any free one
  --concurrency N     environments of one function that may be busy at once, 1 to 1000, default 200
  --warm N            environments for polls that are made before the first one, 0 to 500, default 0
  --keep-seconds N    how long an idle environment is kept, 1 to 3600, default 300
  --cut-seconds N     a freeze this long costs an environment its connections, 0 to 3600, default 20
  --chaos-ms N        something happens to one environment each N ms, 50 to 600000: it is killed, or frozen for 1 to 90 s; default: never
  --keep-packages     takes the packages that the last start on this DATA_DIR has made, whatever has changed since
  --seed N            what happens to which, 0 to 4294967295; default at random, and printed

DATA_DIR, DOORBELL_SECRET and CHANNEL_SCHEMAS are as for npm start. What functions print is in DATA_DIR/lambda.log; figures are printed at the end.
`;

const NUMBERS = {
  port: { least: 0, most: 65_535, usual: 3_000 },
  concurrency: { least: 1, most: 1_000, usual: 200 },
  warm: { least: 0, most: 500, usual: 0 },
  'keep-seconds': { least: 1, most: 3_600, usual: 300 },
  'cut-seconds': { least: 0, most: 3_600, usual: 20 },
  'chaos-ms': { least: 50, most: 600_000, usual: undefined },
  seed: { least: 0, most: 2 ** 32 - 1, usual: undefined },
} as const;
type Name = keyof typeof NUMBERS;

interface Options {
  readonly numbers: Readonly<Record<Name, number | undefined>>;
  readonly keepPackages: boolean;
}

/** Undefined when it is asked what there is. */
function readOptions(args: readonly string[]): Options | undefined {
  const declared = Object.keys(NUMBERS).map((name) => [name, { type: 'string' as const }] as const);
  const { values } = parseArgs({
    args: [...args],
    options: {
      ...Object.fromEntries(declared),
      help: { type: 'boolean' },
      'keep-packages': { type: 'boolean' },
    },
  });
  if (values.help) return undefined;
  const numbers = Object.entries(NUMBERS).map(([name, { least, most, usual }]) => {
    const text = (values as Record<string, string | undefined>)[name];
    const value = text === undefined ? usual : Number(text);
    if (text !== undefined && !(/^\d+$/.test(text) && Number(text) >= least && Number(text) <= most))
      throw new Error(`--${name} must be a whole number from ${least} to ${most}, got ${text}`);
    return [name, value];
  });
  return {
    numbers: Object.fromEntries(numbers) as Options['numbers'],
    keepPackages: values['keep-packages'] === true,
  };
}

/** Its own script builds a native module, which takes cmake, a compiler and some minutes. */
function installClient(): void {
  if (existsSync(NATIVE_CLIENT)) return;
  const args = ['ci', '--no-audit', '--no-fund'];
  console.error('Installing the Runtime Interface Client …');
  const { status } = spawnSync('npm', args, { cwd: join(import.meta.dirname, 'ric'), stdio: 'inherit' });
  if (status !== 0 || !existsSync(NATIVE_CLIENT))
    throw new Error('aws-lambda-ric could not be installed: see what npm says above.');
}

async function start(): Promise<void> {
  const options = readOptions(process.argv.slice(2));
  if (!options) return void process.stdout.write(HELP);
  const { numbers, keepPackages } = options;
  await channelSchemas(process.env, { checksAll: true });
  installClient();
  forgetAws(process.env, 'us-east-1');
  process.chdir(SERVICE_DIR);
  const dataDir = resolve(SERVICE_DIR, process.env.DATA_DIR || '.doorbell');
  await mkdir(dataDir, { recursive: true });
  const secret = process.env.DOORBELL_SECRET || (await developmentSecret(dataDir));
  const { concurrency = 0, port = 0 } = numbers;
  const running = await startLambda({
    clock: systemClock,
    dataDir,
    host: '127.0.0.1',
    port,
    secret,
    concurrency,
    keepMs: (numbers['keep-seconds'] ?? 0) * 1_000,
    idleConnectionMs: (numbers['cut-seconds'] ?? 0) * 1_000,
    keepPackages,
    channelSchemas: process.env.CHANNEL_SCHEMAS,
  });
  await running.pools.find(({ name }) => name.endsWith('-poll'))?.warm(numbers.warm ?? 0);
  const url = urlOf('127.0.0.1', running.port);
  await running.stack.announce(url);
  process.stdout.write(banner(url, await developmentToken(secret)));
  const ending = new AbortController();
  const everyMs = numbers['chaos-ms'];
  const seed = numbers.seed ?? Math.floor(Math.random() * 2 ** 32);
  let inflicting: Promise<Inflicted> | undefined;
  if (everyMs !== undefined) {
    console.log(`chaos every ${everyMs} ms, seed ${seed}`);
    const { next } = random(seed, 'chaos');
    inflicting = inflict(running.pools, { clock: systemClock, chance: next }, everyMs, ending.signal);
  }
  const end = async () => {
    exitOnSecondSignal();
    ending.abort();
    const inflicted = await inflicting;
    process.stdout.write(figuresText(running.pools, inflicted));
    await running.stop();
    process.exit(0);
  };
  // Only under npm: whoever starts this file itself may well leave it alone in the background.
  if (process.env.npm_lifecycle_event === 'start:lambda') endWithParent(() => void end());
  process.once('SIGINT', () => void end()).once('SIGTERM', () => void end());
}

start().catch((error: Error) => {
  console.error(error.message);
  process.exitCode = 1;
});
