/** The AWS calls that each function makes, and what the packaged template lets it do: to be compared. */

import type { Clients } from '../../../lib/compose/base.ts';
import { parameterStore } from '../http/parameters.ts';
import { environmentOf, freshClients } from '../stack/process.ts';
import type { Call, Policy } from '../stack/simulator.ts';
import type { Stack } from '../stack/stack.ts';
import { arn, resourcesOf, type Template, type TemplateResource } from './template.ts';

export const FUNCTIONS = ['poll', 'publish', 'ingest', 'sweep', 'page', 'ticket', 'producer'] as const;
export type FunctionName = (typeof FUNCTIONS)[number];

/** The calls of one function, each once. */
export class Calls {
  readonly #all = new Map<string, Call>();

  add(action: string, resource: string): void {
    this.#all.set(`${action} ${resource}`, { action, resource });
  }

  all(): readonly Call[] {
    return [...this.#all.values()];
  }
}

/** Actions that IAM names otherwise than the API: https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazonsqs.html */
const ACTIONS: Readonly<Record<string, string>> = { DeleteMessageBatch: 'DeleteMessage' };

/** Clients that put every call into `calls`, as if it were made in the made-up account. `secrets` are the parameters there are, by name. */
export function notingClients(
  stack: Stack,
  calls: Calls,
  secrets: Readonly<Record<string, string>> = {},
): Required<Clients> {
  const { dynamo, sqs } = freshClients(stack);
  const ssm = parameterStore(secrets);
  // On AWS each run's stack has a name of its own.
  const prefix = environmentOf(stack).MAILBOX_PREFIX?.replace(/-mailbox-$/, '') ?? '';
  const note = (service: string, command: string | undefined, resource: string | undefined) => {
    const name = command?.replace(/Command$/, '') ?? '';
    const packaged = resource?.replace(prefix, 'doorbell-dev');
    calls.add(`${service}:${ACTIONS[name] ?? name}`, packaged === undefined ? '*' : arn(service, packaged));
  };
  dynamo.middlewareStack.add(
    (next, { commandName }) =>
      (args) => {
        const { TableName, IndexName } = args.input as { TableName?: string; IndexName?: string };
        const index = IndexName === undefined ? '' : `/index/${IndexName}`;
        note('dynamodb', commandName, `table/${TableName}${index}`);
        return next(args);
      },
    { step: 'initialize' },
  );
  sqs.middlewareStack.add(
    (next, { commandName }) =>
      (args) => {
        const { QueueUrl, QueueName } = args.input as { QueueUrl?: string; QueueName?: string };
        note('sqs', commandName, QueueName ?? QueueUrl?.split('/').at(-1));
        return next(args);
      },
    { step: 'initialize' },
  );
  ssm.middlewareStack.add(
    (next, { commandName }) =>
      (args) => {
        const { Name } = args.input as { Name?: string };
        note('ssm', commandName, `parameter${Name}`);
        return next(args);
      },
    { step: 'initialize', priority: 'high' },
  );
  return { dynamo, sqs, ssm };
}

/**
 * What Lambda itself does in a function's name: it writes the function's log, and reads its queue.
 * https://docs.aws.amazon.com/lambda/latest/dg/lambda-intro-execution-role.html, https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-configure.html
 */
export function lambdasOwnCalls(name: FunctionName): readonly Call[] {
  const stream = arn('logs', `log-group:/aws/lambda/doorbell-dev-${name}:log-stream:2026/01/01/[$LATEST]0`);
  const logs = ['logs:CreateLogStream', 'logs:PutLogEvents'].map((action) => ({ action, resource: stream }));
  const queue = arn('sqs', 'doorbell-dev-ingest.fifo');
  const reading = ['sqs:ReceiveMessage', 'sqs:DeleteMessage', 'sqs:GetQueueAttributes'];
  return [...logs, ...(name === 'ingest' ? reading.map((action) => ({ action, resource: queue })) : [])];
}

/** Everything in the packaged template that says what the function may do. */
export function policiesOf(template: Template, name: FunctionName): readonly Policy[] {
  const resources = Object.values(resourcesOf(template, /^AWS::IAM::/));
  const role = roleOf(template, name);
  const own = resourcesOf(template, /^AWS::IAM::/)[role]?.Properties.Policies as readonly PolicyProperties[];
  const others = resources.filter(({ Type, Properties }) => {
    return Type === 'AWS::IAM::Policy' && (Properties.Roles as readonly string[]).includes(role);
  });
  return [...own, ...others.map(({ Properties }) => Properties as unknown as PolicyProperties)].map(
    ({ PolicyDocument }) => PolicyDocument,
  );
}

interface PolicyProperties {
  readonly PolicyDocument: Policy;
}

/** The logical id of the function's role. */
export function roleOf({ Resources }: Template, name: FunctionName): string {
  const id = `${name[0]?.toUpperCase()}${name.slice(1)}LambdaFunction`;
  const role = (Resources[id] as TemplateResource).Properties.Role as {
    readonly 'Fn::GetAtt': readonly [string, string];
  };
  return role['Fn::GetAtt'][0];
}
