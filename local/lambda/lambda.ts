/** All of it together: the local stack, the functions in their environments, and what calls them. */

import { join } from 'node:path';
import type { Clock } from '../../lib/runtime/ports.ts';
import { useEmulators } from '../emulators/environment.ts';
import { SERVICE_DIR } from '../emulators/service.ts';
import { type LocalStack, startLocalStack } from '../emulators/stack.ts';
import { receiveWaits } from '../serverless/receive-waits.ts';
import { type Invoke, startSchedules, startSqsPollers } from '../serverless/triggers.ts';
import { deploy } from './deployed.ts';
import { functionLog } from './function-log.ts';
import { Gateway, type Route } from './gateway.ts';
import { Pool } from './pool.ts';
import type { Machine } from './sandbox.ts';

const REAP_EVERY_MS = 5_000;
/** Lambda begins with five: https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-scaling.html */
const SQS_POLLERS = 5;

export interface LambdaOptions {
  readonly clock: Clock;
  /** Where tables, packages and the log of the functions are kept. */
  readonly dataDir: string;
  readonly host: string;
  /** 0 is any free one. */
  readonly port: number;
  readonly secret: string;
  /** Environments of one function that may be busy at once. */
  readonly concurrency: number;
  readonly keepMs: number;
  readonly idleConnectionMs: number;
  /** Packages that an earlier start has left in the folder are taken as they are. */
  readonly keepPackages: boolean;
  /** CHANNEL_SCHEMAS, as a deploy is given it. */
  readonly channelSchemas?: string | undefined;
}

export interface RunningLambda {
  readonly port: number;
  readonly pools: readonly Pool[];
  readonly stack: LocalStack;
  stop(): Promise<void>;
}

/** Where `local/lambda/ric` has it. */
export const RUNTIME_CLIENT = join(import.meta.dirname, 'ric/node_modules/aws-lambda-ric/index.mjs');
/** What its own install script builds beside it, with cmake and a compiler. */
export const NATIVE_CLIENT = join(RUNTIME_CLIENT, '../rapid-client.node');

export async function startLambda(options: LambdaOptions): Promise<RunningLambda> {
  const { clock, dataDir, secret } = options;
  const stack = await startLocalStack({ dataDir });
  const stopping = new AbortController();
  const log = functionLog(join(dataDir, 'lambda.log'), (text) => console.error(text));
  const pools = new Map<string, Pool>();
  const stop = async () => {
    stopping.abort();
    for (const pool of pools.values()) pool.stop();
    await stack.stop();
  };
  try {
    const environment: NodeJS.ProcessEnv = {};
    stack.lead(environment);
    useEmulators(environment, stack.emulators);
    const folder = join(dataDir, 'lambda');
    const added = { ...(environment as Record<string, string>), DOORBELL_SECRET: secret };
    const deployed = await deploy(stack.service, stack.references, {
      folder,
      added,
      keepPackages: options.keepPackages,
      parameters: options.channelSchemas ? { channelSchemas: options.channelSchemas } : {},
    });
    const machine: Machine = {
      clock,
      node: join(SERVICE_DIR, 'node_modules/node/bin/node'),
      client: RUNTIME_CLIENT,
      sqsEndpoint: stack.emulators.sqsEndpoint,
      dynamodbEndpoint: stack.emulators.dynamodbEndpoint,
      idleConnectionMs: options.idleConnectionMs,
      print: (name, text) => log(`${name} ${text}`),
    };
    for (const [name, each] of deployed)
      pools.set(
        name,
        new Pool({ deployed: each, machine, limit: options.concurrency, keepMs: options.keepMs }),
      );
    receiveWaits(stack.service);
    const gateway = new Gateway(routesOf(stack, pools), clock, (slow) =>
      log(`${JSON.stringify({ slow })}\n`),
    );
    startTriggers(stack, pools, stopping.signal, (error) => log(`${String(error)}\n`));
    const reaper = setInterval(() => {
      for (const pool of pools.values()) pool.reap();
    }, REAP_EVERY_MS);
    stopping.signal.addEventListener('abort', () => {
      clearInterval(reaper);
      gateway.close();
    });
    const port = await gateway.listen(options.host, options.port);
    return { port, pools: [...pools.values()], stack, stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

/** The `httpApi` events of serverless.yml. */
function routesOf({ service }: LocalStack, pools: ReadonlyMap<string, Pool>): readonly Route[] {
  return [...pools].flatMap(([name, pool]) =>
    (service.functions[name]?.events ?? []).flatMap(({ httpApi }) =>
      httpApi === undefined ? [] : [{ key: String(httpApi), pool }],
    ),
  );
}

function startTriggers(
  stack: LocalStack,
  pools: ReadonlyMap<string, Pool>,
  signal: AbortSignal,
  onError: (error: unknown) => void,
): void {
  const invoke: Invoke = async (name, event) => {
    const outcome = await pools.get(name)?.invoke(JSON.stringify(event));
    if (outcome?.kind === 'answer') return JSON.parse(outcome.payload);
    throw new Error(outcome?.detail ?? `no function ${name}`);
  };
  for (let poller = 0; poller < SQS_POLLERS; poller++) startSqsPollers(stack, invoke, signal, onError);
  startSchedules(stack, invoke, signal, onError);
}
