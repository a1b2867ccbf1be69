/**
 * The whole stack of serverless.yml, locally: emulators, tables, queues, and the environment that each function
 * would get from CloudFormation. `npm start` and the integration tests both stand on this.
 */

import { removeEndpoints, writeEndpoints } from '../endpoints.ts';
import { clientsOf, type Emulators, startEmulators } from './emulators.ts';
import { forgetAws, useEmulators } from './environment.ts';
import { type References, resolveIntrinsics } from './intrinsics.ts';
import { type Clients, createResources } from './resources.ts';
import { loadService, type Service } from './service.ts';

export interface LocalStack {
  readonly service: Service;
  readonly emulators: Emulators;
  readonly clients: Clients;
  /** What `Ref` and `Fn::GetAtt` mean here. */
  readonly references: References;
  /** The function's environment variables, the provider's among them, with every intrinsic resolved. */
  environment(functionName: string): Record<string, string>;
  /** Clients of one's own, beside `clients`. */
  connect(): Clients;
  /** Makes the clients that a handler makes from `env` reach this stack, and nothing else. */
  lead(env: NodeJS.ProcessEnv): void;
  /** Tells programs beside this one where the server of this stack answers: `url` in `endpoints.json`, where there is a data folder. */
  announce(url: string): Promise<void>;
  stop(): Promise<void>;
}

export interface LocalStackOptions {
  readonly service?: Service;
  /** Where tables and endpoints are kept; without it, all is in memory. */
  readonly dataDir?: string;
  /** Other emulators than the embedded ones, already started; the stack stops them. */
  readonly emulators?: Emulators;
}

/** Everything is ready when this returns; nothing is left running when it throws. */
export async function startLocalStack(options: LocalStackOptions = {}): Promise<LocalStack> {
  const service = options.service ?? (await loadService());
  const { dataDir } = options;
  const emulators = options.emulators ?? (await startEmulators(dataDir === undefined ? {} : { dataDir }));
  const { sqsEndpoint, dynamodbEndpoint } = emulators;
  const { region } = service.provider;
  const clients = clientsOf(emulators, region);
  const stop = async () => {
    clients.dynamodb.destroy();
    clients.sqs.destroy();
    if (dataDir !== undefined) await removeEndpoints(dataDir);
    await emulators.stop();
  };
  try {
    const references = await createResources(service.resources.Resources, clients);
    const announce = async (url?: string) => {
      if (dataDir !== undefined) await writeEndpoints(dataDir, { url, sqsEndpoint, dynamodbEndpoint });
    };
    // Also puts away the address that a killed server has left.
    await announce();
    const environment = (functionName: string) => environmentOf(service, functionName, references);
    const connect = () => clientsOf(emulators, region);
    const lead = (env: NodeJS.ProcessEnv) => {
      forgetAws(env, region);
      useEmulators(env, emulators);
    };
    return { service, emulators, clients, references, environment, connect, lead, announce, stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

/** What CloudFormation would give the function. */
export function environmentOf(
  service: Service,
  functionName: string,
  references: References,
): Record<string, string> {
  const own = service.functions[functionName]?.environment;
  const declared = resolveIntrinsics({ ...service.provider.environment, ...own }, references);
  return Object.fromEntries(
    Object.entries(declared as Record<string, unknown>).map(([name, value]) => [name, String(value)]),
  );
}

/** Of all functions together: what one process that does everything is told. */
export function wholeEnvironment(stack: Pick<LocalStack, 'service' | 'environment'>): Record<string, string> {
  return Object.assign({}, ...Object.keys(stack.service.functions).map((name) => stack.environment(name)));
}
