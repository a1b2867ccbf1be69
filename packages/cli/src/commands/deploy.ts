/** `doorbell deploy`: puts the stack of `@doorbell/stack` into an account of AWS, by the AWS CLI and with its credentials. */

import { Command, InvalidArgumentError } from 'commander';
import { stageName } from '../arguments.ts';
import { EXIT, EXIT_CODES_HELP, Failure } from '../failure.ts';
import { complaint, findStackPackage, type StackPackage } from '../stack-package.ts';
import type { Terminal } from '../terminal.ts';
import { plain, table } from '../text.ts';

interface Flags {
  readonly bucket: string;
  readonly stage: string;
  readonly region?: string;
  readonly parameter?: Parameters;
  readonly review?: boolean;
  readonly dryRun?: boolean;
}

type Parameters = ReadonlyMap<string, string>;

/** Options of the command say them. */
const GIVEN_OTHERWISE = ['Stage', 'CodeBucket', 'CodePrefix'];

const HELP = `
It needs the AWS CLI, with credentials, and @doorbell/stack beside it:
  npm install @doorbell/stack
  aws ssm put-parameter --type SecureString --name /doorbell/prod/secret --value "$(openssl rand -base64 48)"
  doorbell deploy --stage prod --bucket my-bucket -p SecretParameter=/doorbell/prod/secret

A parameter that is left out stays as it was deployed. docs/operations/deploy.md says what there is.`;

export function deployCommand(terminal: Terminal): Command {
  return new Command('deploy')
    .summary('put the stack into an account of AWS')
    .description(
      'Deploy @doorbell/stack: its code goes into a bucket of yours, and CloudFormation makes the rest.',
    )
    .requiredOption('--bucket <name>', 'a bucket of yours, in the region of the stack', bucketName)
    .requiredOption(
      '--stage <name>',
      'the stack is doorbell-<stage>; so begin the names of what it makes',
      stageName,
    )
    .option('--region <region>', 'default: that of the AWS CLI')
    .option('-p, --parameter <Name=value>', 'a parameter of the template; may be repeated', parameter)
    .option('--review', 'make a change set, and change nothing yet')
    .option('--dry-run', 'print what would be run')
    .addHelpText('after', `${HELP}\n${EXIT_CODES_HELP}`)
    .action((flags: Flags) => deploy(flags, terminal));
}

async function deploy(flags: Flags, terminal: Terminal): Promise<void> {
  const stack = findStackPackage(terminal.folder);
  const given = checked(flags.parameter ?? new Map(), stack);
  const region = flags.region === undefined ? [] : ['--region', flags.region];
  const prefix = `doorbell/${stack.version}-${stack.digest}/`;
  const upload = ['s3', 'cp', stack.folder, `s3://${flags.bucket}/${prefix}`, '--recursive'];
  const steps = [
    [...upload, '--exclude', '*', '--include', '*.zip', '--only-show-errors', ...region],
    deploying(flags, stack, prefix, given, region),
  ];
  if (flags.dryRun) {
    for (const step of steps) await terminal.out.write(`${['aws', ...step].map(quoted).join(' ')}\n`);
    return;
  }
  for (const step of steps) await aws(terminal, step, 'shown');
  if (flags.review) return;
  await terminal.err.write(`${stackName(flags.stage)} is deployed.\n`);
  await terminal.out.write(await outputs(terminal, flags.stage, region));
}

function deploying(
  { stage, bucket, review }: Flags,
  { template }: StackPackage,
  prefix: string,
  given: Parameters,
  region: readonly string[],
): readonly string[] {
  const parameters = new Map([['Stage', stage], ['CodeBucket', bucket], ['CodePrefix', prefix], ...given]);
  return [
    ...['cloudformation', 'deploy', '--stack-name', stackName(stage), '--template-file', template],
    // A template above 51,200 bytes goes through a bucket.
    ...['--s3-bucket', bucket, '--s3-prefix', prefix.slice(0, -1)],
    ...['--capabilities', 'CAPABILITY_IAM', '--no-fail-on-empty-changeset'],
    ...(review ? ['--no-execute-changeset'] : []),
    ...region,
    ...['--parameter-overrides', ...[...parameters].map(([name, value]) => `${name}=${value}`)],
  ];
}

/** The addresses that the stack has now, a line each. */
async function outputs(terminal: Terminal, stage: string, region: readonly string[]): Promise<string> {
  const query = ['--query', 'Stacks[0].Outputs', '--output', 'json'];
  const text = await aws(
    terminal,
    ['cloudformation', 'describe-stacks', '--stack-name', stackName(stage), ...query, ...region],
    'read',
  );
  const rows = parsed(text);
  return table(rows.map(({ OutputKey, OutputValue }) => [plain(OutputKey), plain(OutputValue)]));
}

function parsed(text: string): ReadonlyArray<Record<'OutputKey' | 'OutputValue', string>> {
  try {
    return JSON.parse(text) ?? [];
  } catch (error) {
    throw new Failure(EXIT.failed, 'The stack is deployed. What aws said of its outputs is not JSON.', error);
  }
}

/** Resolves with what it printed, when that is to be read. The AWS CLI says itself what it could not do. */
async function aws(terminal: Terminal, args: readonly string[], output: 'shown' | 'read'): Promise<string> {
  const { exit, out } = await terminal.program('aws', args, output);
  if (terminal.interrupted.aborted)
    throw new Failure(EXIT.interrupted, 'Interrupted: CloudFormation may go on.');
  if (exit !== 0) throw new Failure(EXIT.failed, `aws ${args.slice(0, 2).join(' ')} ended with ${exit}.`);
  return out;
}

/** By the template's names. Throws a `Failure` for one that the template does not have, and for a value that it would not take. */
function checked(given: Parameters, stack: StackPackage): Parameters {
  const taken = new Map<string, string>();
  for (const [said, value] of given) {
    const name = said.charAt(0).toUpperCase() + said.slice(1);
    if (!Object.hasOwn(stack.parameters, name) || GIVEN_OTHERWISE.includes(name))
      throw new Failure(EXIT.usage, `There is no parameter ${plain(said)}. There are: ${names(stack)}.`);
    const wrong = complaint(name, value, stack);
    if (wrong !== undefined) throw new Failure(EXIT.usage, wrong);
    taken.set(name, value);
  }
  return taken;
}

function names({ parameters }: StackPackage): string {
  return Object.keys(parameters)
    .filter((name) => !GIVEN_OTHERWISE.includes(name))
    .join(', ');
}

const stackName = (stage: string) => `doorbell-${stage}`;

/** As a shell reads it back. */
function quoted(word: string): string {
  return /^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`;
}

function parameter(text: string, before: Parameters | undefined): Parameters {
  const [, name, value] = /^([A-Za-z]+)=(.*)$/s.exec(text) ?? [];
  if (name === undefined || value === undefined) throw new InvalidArgumentError('It must be Name=value.');
  return new Map([...(before ?? []), [name, value]]);
}

function bucketName(text: string): string {
  if (/^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/.test(text)) return text;
  throw new InvalidArgumentError('It must be the name of a bucket: 3 to 63 of a-z, 0-9, dot and hyphen.');
}
