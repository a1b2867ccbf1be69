/**
 * `npm run hub`: the hub from the sources. With EVENTS_TABLE and its like in the environment on AWS, as in a container; without, on one file in DATA_DIR (default
 * .doorbell; `:memory:` keeps nothing), with a development key and the sample producer.
 */
import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { goOnUnheard } from '../hub/output.ts';
import { hubSettings } from '../hub/settings.ts';
import { text } from '../lib/config.ts';
import { builtOrSay, sourcesOf } from './bundle/build-cache.ts';
import { SERVICE_DIR } from './folder.ts';
import type { BesideFile } from './hub-file.ts';
import { type HubTarget, onOneFile, startHubProgram } from './hub-program.ts';
import { takesNoArguments } from './no-arguments.ts';
import { endWithParent, exitOnSecondSignal } from './process.ts';
import { takeOver } from './take-over.ts';

const ASSETS = {
  dashboard: 'dashboard.html',
  client: 'client.js',
  more: 'client-more.js',
  openapi: 'openapi.json',
};

async function start(): Promise<void> {
  goOnUnheard([process.stdout, process.stderr]);
  let end: () => void = () => process.exit(130);
  // Only under npm: whoever starts this file itself may well leave it alone in the background.
  if (process.env.npm_lifecycle_event === 'hub') endWithParent(() => end());
  process.on('SIGTERM', () => end()).on('SIGINT', () => end());
  const settings = hubSettings(process.env);
  process.env.POWERTOOLS_LOG_LEVEL ||= text(process.env, 'LOG_LEVEL');
  await build();
  const built = (name: string) => readFileSync(join(SERVICE_DIR, 'dist', name), 'utf8');
  const stopHub = await startHubProgram({
    settings,
    assets: {
      dashboard: built(ASSETS.dashboard),
      client: built(ASSETS.client),
      more: built(ASSETS.more),
      openapi: built(ASSETS.openapi),
    },
    targetOf: (common) =>
      process.env.EVENTS_TABLE
        ? onAws()
        : onOneFile(process.env, settings.host, common, { folder: SERVICE_DIR, takeOver, startIngest }),
    say: (line) => void process.stdout.write(line),
  });
  const stop = async () => {
    await stopHub();
    process.exit(0);
  };
  end = () => {
    end = () => undefined;
    exitOnSecondSignal();
    stop().catch(failed);
  };
}

/** In a process of its own: the compilers would leave a hundred megabytes behind here. */
async function build(): Promise<void> {
  if (await builtOrSay(await sourcesOf())) return;
  await promisify(execFile)(process.execPath, [join(import.meta.dirname, 'bundle/bundle.ts')]);
}

async function onAws(): Promise<HubTarget> {
  const { onAws: compose } = await import('../lib/compose/hub.ts');
  return { env: process.env, compose: compose(process.env) };
}

/** Loaded only where it is asked for: it brings the AWS SDK and the framework along. */
const startIngest: Required<BesideFile>['startIngest'] = async (...of) =>
  (await import('./hub-ingest.ts')).startIngest(...of);

function failed({ message }: Error): never {
  console.error(message);
  process.exit(1);
}

const PROGRAM = {
  name: 'npm run hub',
  help: 'The hub, on one file or on AWS. Its settings are environment variables: docs/operations/hub.md.',
};

if (takesNoArguments(PROGRAM)) start().catch(failed);
