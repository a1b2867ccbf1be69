/** The CloudFormation template that `serverless package` makes, as CloudFormation would read it in a made-up account. */

import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { inject } from 'vitest';
import { type Reference, type References, resolveIntrinsics } from '../../../local/emulators/intrinsics.ts';
import { SERVICE_DIR } from '../../../local/emulators/service.ts';

export const ACCOUNT = '111122223333';
export const REGION = 'us-east-1';

export interface TemplateResource {
  readonly Type: string;
  readonly Condition?: string;
  readonly Properties: Readonly<Record<string, unknown>>;
}

export interface Template {
  readonly Conditions: Readonly<Record<string, unknown>>;
  readonly Resources: Readonly<Record<string, TemplateResource>>;
}

/** Packages the service into `folder`, without credentials and network; the parameters are those of a deploy. Resolves with what the framework has printed. */
export async function packageInto(
  folder: string,
  parameters: Readonly<Record<string, string>>,
  environment: Readonly<Record<string, string>>,
): Promise<string> {
  const cli = join(SERVICE_DIR, 'node_modules/serverless/bin/serverless.js');
  const params = Object.entries(parameters).map(([name, value]) => `--param=${name}=${value}`);
  const env = {
    ...environment,
    PATH: process.env.PATH,
    HOME: folder,
    AWS_EC2_METADATA_DISABLED: 'true',
    // What the framework makes of the schema of serverless.yml takes it a third of a packaging.
    SLS_SCHEMA_CACHE_BASE_DIR: inject('runFolder'),
    NODE_COMPILE_CACHE: process.env.NODE_COMPILE_CACHE,
  };
  const command = [cli, 'package', '--package', folder, ...params];
  const { stdout, stderr } = await promisify(execFile)(process.execPath, command, { cwd: SERVICE_DIR, env });
  return stdout + stderr;
}

export async function templateIn(folder: string): Promise<Template> {
  return JSON.parse(await readFile(join(folder, 'cloudformation-template-update-stack.json'), 'utf8'));
}

/** The resources that would be made: conditions are decided, and in the properties of the given types intrinsics are resolved. */
export function resourcesOf(template: Template, types: RegExp): Readonly<Record<string, TemplateResource>> {
  const references = referencesOf(template);
  const made = Object.entries(template.Resources).filter(
    ([, { Condition }]) => Condition === undefined || holds({ Condition }, template.Conditions),
  );
  return Object.fromEntries(
    made.map(([id, resource]) => {
      if (!types.test(resource.Type)) return [id, resource];
      const Properties = resolveIntrinsics(resource.Properties, references) as TemplateResource['Properties'];
      return [id, { ...resource, Properties }];
    }),
  );
}

/** What the template's conditions are made of, with parameters that the framework has put in already. */
function holds(condition: unknown, all: Template['Conditions']): boolean {
  const { Condition, ...one } = condition as { readonly Condition?: string };
  if (Condition !== undefined) return holds(all[Condition], all);
  const {
    'Fn::Not': not,
    'Fn::And': and,
    'Fn::Equals': equals,
  } = one as Record<string, readonly unknown[] | undefined>;
  if (not) return !holds(not[0], all);
  if (and) return and.every((inner) => holds(inner, all));
  if (equals) return equals[0] === equals[1];
  throw new Error(`cannot decide ${JSON.stringify(condition)}`);
}

function referencesOf({ Resources }: Template): References {
  const pseudo = {
    'AWS::Partition': { ref: 'aws', attributes: {} },
    'AWS::Region': { ref: REGION, attributes: {} },
    'AWS::AccountId': { ref: ACCOUNT, attributes: {} },
  };
  const made = Object.entries(Resources).map(([id, resource]) => [id, referenceTo(id, resource)] as const);
  return { ...pseudo, ...Object.fromEntries(made) };
}

function referenceTo(id: string, { Type, Properties = {} }: TemplateResource): Reference {
  switch (Type) {
    case 'AWS::DynamoDB::Table': {
      const name = String(Properties.TableName);
      return { ref: name, attributes: { Arn: arn('dynamodb', `table/${name}`) } };
    }
    case 'AWS::SQS::Queue': {
      const name = String(Properties.QueueName);
      const ref = `https://sqs.${REGION}.amazonaws.com/${ACCOUNT}/${name}`;
      return { ref, attributes: { Arn: arn('sqs', name) } };
    }
    default:
      return { ref: id, attributes: {} };
  }
}

/** The ARN of something in the made-up account. */
export function arn(service: string, resource: string): string {
  return `arn:aws:${service}:${REGION}:${ACCOUNT}:${resource}`;
}
