/**
 * The whole stack of serverless.yml, locally: emulators, tables, queues, and the environment that each function
 * would get from CloudFormation. `npm start` and the integration tests both stand on this.
 */
import { rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { clientsOf, type Emulators, startEmulators } from './emulators.ts';
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
  stop(): Promise<void>;
}

/** Everything is ready when this returns; nothing is left running when it throws. Without `dataDir`, all is in memory. */
export async function startLocalStack(
  options: { readonly service?: Service; readonly dataDir?: string } = {},
): Promise<LocalStack> {
  const service = options.service ?? (await loadService());
  const emulators = await startEmulators(options.dataDir === undefined ? {} : { dataDir: options.dataDir });
  const clients = clientsOf(emulators, service.provider.region);
  const stop = async () => {
    clients.dynamodb.destroy();
    clients.sqs.destroy();
    if (options.dataDir !== undefined) await rm(endpointsFile(options.dataDir), { force: true });
    await emulators.stop();
  };
  try {
    const references = await createResources(service.resources.Resources, clients);
    if (options.dataDir !== undefined) await writeEndpoints(options.dataDir, emulators);
    const environment = (functionName: string) => environmentOf(service, functionName, references);
    return { service, emulators, clients, references, environment, stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

function environmentOf(
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

/** Where the emulators listen, for tools that run beside: the AWS CLI's --endpoint-url, a producer, a benchmark. */
async function writeEndpoints(dataDir: string, emulators: Emulators): Promise<void> {
  const { sqsEndpoint, dynamodbEndpoint } = emulators;
  await writeFile(endpointsFile(dataDir), JSON.stringify({ sqsEndpoint, dynamodbEndpoint }));
}

function endpointsFile(dataDir: string): string {
  return join(dataDir, 'endpoints.json');
}
