/**
 * `npm run redrive`: sends what stands in a stack's dead-letter queue back to its ingest queue. On AWS by the standard credential chain;
 * with --offline on a running `npm start` (DATA_DIR says which). Tells each message's id, group and reason, never what it holds.
 */

import { readFile } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import {
  GetQueueAttributesCommand,
  GetQueueUrlCommand,
  QueueDoesNotExist,
  SQSClient,
} from '@aws-sdk/client-sqs';
import { redrivePorts } from '../lib/compose/ingest.ts';
import { text } from '../lib/config.ts';
import { type RedriveReport, redrive } from '../lib/publish/redrive.ts';
import { loadService, SERVICE_DIR } from './emulators/service.ts';
import type { Endpoints } from './endpoints.ts';
import { Account, line } from './redrive-account.ts';

const USAGE = `npm run redrive -- [--stage NAME | --queue-url URL] [--offline] [--dry-run] [--all] [--max N]

  --stage NAME     the stack, as deployed with --stage; default dev
  --queue-url URL  its ingest queue instead
  --offline        of a running npm start, whose data folder DATA_DIR names (default .doorbell)
  --dry-run        show the first messages of each group, change nothing
  --all            send back messages too that can never be published
  --max N          send back at most N
  --help           this text

It goes through the queue once. What it cannot send, and what ingest puts aside again, stays at the end of its group.

Exit codes: 0 nothing is left that was to be sent; 1 a queue could not be reached, the rest is where it was;
2 wrong usage; 3 messages are left: they can never be published, --max, --dry-run or Ctrl-C left them, or another
redrive has them in hand.`;

const EXIT = { done: 0, failed: 1, usage: 2, left: 3 };

/** A wrong command line; the message is for the reader. */
class UsageError extends Error {
  override readonly name = 'UsageError';
}

interface Options {
  readonly stage: string;
  readonly queueUrl: string | undefined;
  readonly offline: boolean;
  readonly dryRun: boolean;
  readonly all: boolean;
  readonly max: number;
  readonly help: boolean;
}

function optionsOf(args: readonly string[]): Options {
  const flag = { type: 'boolean', default: false } as const;
  const { values } = parseArgs({
    args: [...args],
    options: {
      stage: { type: 'string' },
      'queue-url': { type: 'string' },
      offline: flag,
      'dry-run': flag,
      all: flag,
      max: { type: 'string' },
      help: { ...flag, short: 'h' },
    },
  });
  const max = values.max === undefined ? Number.POSITIVE_INFINITY : Number(values.max);
  if (values.max !== undefined && !/^\d+$/.test(values.max))
    throw new UsageError(`--max must be a whole number, got ${values.max}`);
  if (values.stage !== undefined && values['queue-url'] !== undefined)
    throw new UsageError('--stage and --queue-url cannot both say where.');
  const { stage = 'dev', offline, all, help } = values;
  return { stage, queueUrl: values['queue-url'], offline, all, help, dryRun: values['dry-run'], max };
}

/** The SDK's own defaults; offline, the emulator that `npm start` has written down. */
async function clientFor(offline: boolean, env: NodeJS.ProcessEnv): Promise<SQSClient> {
  // An emulator gives queue addresses whose host does not resolve; on AWS the endpoint is the same either way.
  if (!offline) return new SQSClient({ useQueueUrlAsEndpoint: false });
  const file = endpointsFile(env);
  const { sqsEndpoint } = await endpointsIn(file).catch(() => {
    throw new UsageError(`${file} is not there: no npm start runs with that DATA_DIR.`);
  });
  // Without one the SDK would ask AWS itself.
  if (!sqsEndpoint)
    throw new UsageError(
      `${file} names no queue: the hub that runs there has none without INGEST_QUEUE=true.`,
    );
  const { provider } = await loadService();
  return new SQSClient({
    region: provider.region,
    endpoint: sqsEndpoint,
    credentials: { accessKeyId: 'local', secretAccessKey: 'local' },
    useQueueUrlAsEndpoint: false,
  });
}

function endpointsFile(env: NodeJS.ProcessEnv): string {
  return join(resolve(SERVICE_DIR, text(env, 'DATA_DIR')), 'endpoints.json');
}

async function endpointsIn(file: string): Promise<Endpoints> {
  return JSON.parse(await readFile(file, 'utf8')) as Endpoints;
}

/** The SDK found no region or no credentials. Its own words do not say that a local stack is asked for by --offline. */
async function unconfigured(error: unknown, env: NodeJS.ProcessEnv): Promise<unknown> {
  if (!(error instanceof Error)) return error;
  const { message, name } = error;
  if (message !== 'Region is missing' && name !== 'CredentialsProviderError') return error;
  const file = endpointsFile(env);
  const isLocal = await endpointsIn(file).then(
    ({ sqsEndpoint }) => sqsEndpoint !== undefined,
    () => false,
  );
  const local = isLocal
    ? `${dirname(file)} (DATA_DIR) has a running server: use --offline for its queue.`
    : 'Use --offline for the queue of a running npm start.';
  return new Error(`${message}. ${local} For a stack on AWS set AWS_REGION and its credentials.`, {
    cause: error,
  });
}

/** Both queues' addresses: the ingest queue knows its dead-letter queue. */
async function queuesOf(sqs: SQSClient, options: Options): Promise<Record<string, string>> {
  const ingest = options.queueUrl ?? (await urlOf(sqs, await ingestName(options.stage)));
  const get = new GetQueueAttributesCommand({ QueueUrl: ingest, AttributeNames: ['RedrivePolicy'] });
  const { Attributes } = await sqs.send(get);
  if (!Attributes?.RedrivePolicy) throw new UsageError(`${ingest} has no dead-letter queue.`);
  const { deadLetterTargetArn }: { deadLetterTargetArn: string } = JSON.parse(Attributes.RedrivePolicy);
  const dead = await urlOf(sqs, deadLetterTargetArn.split(':').at(-1) ?? '');
  return { INGEST_QUEUE_URL: ingest, DEAD_LETTER_QUEUE_URL: dead };
}

async function urlOf(sqs: SQSClient, QueueName: string): Promise<string> {
  const { QueueUrl } = await sqs.send(new GetQueueUrlCommand({ QueueName }));
  if (!QueueUrl) throw new Error(`SQS gave no address for ${QueueName}`);
  return QueueUrl;
}

async function ingestName(stage: string): Promise<string> {
  const { resources } = await loadService({ stage });
  return String(resources.Resources.IngestQueue?.Properties?.QueueName);
}

async function main(args: readonly string[], env: NodeJS.ProcessEnv): Promise<number> {
  const options = optionsOf(args);
  if (options.help) {
    console.log(USAGE);
    return EXIT.done;
  }
  const sqs = await clientFor(options.offline, env);
  const stopping = new AbortController();
  // What is in hand is let go first: nobody else could take it for ten minutes. A second signal ends at once.
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => stopping.abort());
  try {
    const ports = redrivePorts(await queuesOf(sqs, options), { sqs });
    const account = new Account(await ports.deadLetters.count());
    const tell = (told: RedriveReport) => {
      account.add(told.fate);
      console.log(line(told));
    };
    const complete = await redrive(ports, options, tell, stopping.signal);
    console.log(account.summary({ dryRun: options.dryRun, complete }));
    return account.isSettled && complete ? EXIT.done : EXIT.left;
  } catch (error) {
    throw options.offline ? error : await unconfigured(error, env);
  } finally {
    sqs.destroy();
  }
}

/** A mistake of the caller's: then the usage helps. */
function isUsage(error: unknown): boolean {
  const code = error instanceof Error && 'code' in error ? String(error.code) : '';
  return (
    error instanceof UsageError || error instanceof QueueDoesNotExist || code.startsWith('ERR_PARSE_ARGS')
  );
}

try {
  process.exitCode = await main(process.argv.slice(2), process.env);
} catch (error) {
  const usage = isUsage(error);
  console.error(error instanceof Error ? error.message : error);
  if (usage) console.error(`\n${USAGE}`);
  process.exitCode = usage ? EXIT.usage : EXIT.failed;
}
