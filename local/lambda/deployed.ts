/** Packages the service as a deploy would, unpacks each function, and reads from the template what Lambda would be told of it. */

import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { type References, resolveIntrinsics } from '../emulators/intrinsics.ts';
import { SERVICE_DIR, type Service } from '../emulators/service.ts';
import type { Deployed } from './sandbox.ts';
import { unzip } from './unzip.ts';

interface LambdaFunction {
  readonly Type: string;
  readonly Properties: {
    readonly FunctionName: string;
    readonly Handler: string;
    readonly Timeout: number;
    readonly MemorySize: number;
    readonly Environment?: { readonly Variables?: Readonly<Record<string, unknown>> };
  };
}

export interface DeployOptions {
  /** Where packages are made and unpacked. */
  readonly folder: string;
  /** Comes to the environment of every function. */
  readonly added: Readonly<Record<string, string>>;
  /** Takes those that an earlier deploy has left there, whatever has changed since; makes them where there are none. */
  readonly keepPackages: boolean;
  /** Of the deploy; others are as serverless.yml has them. */
  readonly parameters?: Readonly<Record<string, string>>;
  /** Makes the packages and the template in a folder that is there and empty; by default as a deploy does. */
  readonly pack?: (folder: string, parameters: Readonly<Record<string, string>>) => Promise<void>;
}

/** By the name that serverless.yml gives each. */
export async function deploy(
  { functions, provider }: Service,
  references: References,
  { folder, added, keepPackages, parameters = {}, pack = packageInto }: DeployOptions,
): Promise<ReadonlyMap<string, Deployed>> {
  // Written last, so that a deploy that was killed is not taken for one.
  const whole = join(folder, 'whole');
  if (!keepPackages || !existsSync(whole)) {
    await rm(folder, { recursive: true, force: true });
    await mkdir(folder, { recursive: true });
    await pack(folder, parameters);
    for (const name of Object.keys(functions)) await unzip(join(folder, `${name}.zip`), join(folder, name));
    await writeFile(whole, '');
  }
  const file = join(folder, 'cloudformation-template-update-stack.json');
  const { Resources } = JSON.parse(await readFile(file, 'utf8')) as {
    readonly Resources: Readonly<Record<string, LambdaFunction>>;
  };
  const deployed = new Map<string, Deployed>();
  for (const name of Object.keys(functions)) {
    const { Properties } = Resources[logicalId(name)] ?? {};
    // One that is made by a parameter alone, which this deploy does not give.
    if (!Properties) continue;
    deployed.set(name, {
      name: Properties.FunctionName,
      arn: `arn:aws:lambda:${provider.region}:123456789012:function:${Properties.FunctionName}`,
      folder: join(folder, name),
      handler: Properties.Handler,
      timeoutMs: Properties.Timeout * 1000,
      memoryMib: Properties.MemorySize,
      environment: { ...variablesOf(Properties, references), ...added },
    });
  }
  return deployed;
}

async function packageInto(folder: string, parameters: Readonly<Record<string, string>>): Promise<void> {
  const cli = join(SERVICE_DIR, 'node_modules/serverless/bin/serverless.js');
  const given = Object.entries({ sampleProducer: 'true', ...parameters });
  const command = [
    cli,
    'package',
    '--package',
    folder,
    ...given.map(([name, value]) => `--param=${name}=${value}`),
  ];
  // No credentials: packaging needs none.
  const env = { PATH: process.env.PATH, HOME: folder, AWS_EC2_METADATA_DISABLED: 'true' };
  await promisify(execFile)(process.execPath, command, { cwd: SERVICE_DIR, env });
}

/** As the framework makes it: `poll` is `PollLambdaFunction`. */
function logicalId(name: string): string {
  return `${name.charAt(0).toUpperCase()}${name.slice(1)}LambdaFunction`;
}

function variablesOf({ Environment }: LambdaFunction['Properties'], references: References) {
  const resolved = resolveIntrinsics(Environment?.Variables ?? {}, references) as Record<string, unknown>;
  return Object.fromEntries(Object.entries(resolved).map(([name, value]) => [name, String(value)]));
}
