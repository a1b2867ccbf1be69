/** Calls that SDK clients make, and grants that serverless.yml's roles give, both as `action resource`: to be compared. */
import type { Clients } from '../../lib/deps.ts';
import { resolveIntrinsics } from '../../local/intrinsics.ts';
import { freshClients } from './process.ts';
import type { Stack } from './stack.ts';

/** Actions that AWS names otherwise than the call. */
const ACTIONS: Readonly<Record<string, string>> = { DeleteMessageBatch: 'DeleteMessage' };

interface Statement {
  readonly Action: readonly string[];
  readonly Resource: string;
}

/** Clients that put every call into `calls`, with the ARN of its table or queue. */
export function notingClients(stack: Stack, calls: Set<string>): Required<Clients> {
  const clients = freshClients(stack);
  const { 'AWS::Region': region, 'AWS::AccountId': account } = stack.references;
  const note = (service: string, command: string | undefined, resource: string | undefined) => {
    const name = command?.replace(/Command$/, '') ?? '';
    const arn =
      resource === undefined ? '*' : `arn:aws:${service}:${region?.ref}:${account?.ref}:${resource}`;
    calls.add(`${service}:${ACTIONS[name] ?? name} ${arn}`);
  };
  clients.dynamo.middlewareStack.add(
    (next, { commandName }) =>
      (args) => {
        const { TableName } = args.input as { TableName?: string };
        note('dynamodb', commandName, `table/${TableName}`);
        return next(args);
      },
    { step: 'initialize' },
  );
  clients.sqs.middlewareStack.add(
    (next, { commandName }) =>
      (args) => {
        const { QueueUrl, QueueName } = args.input as { QueueUrl?: string; QueueName?: string };
        note('sqs', commandName, QueueName ?? QueueUrl?.split('/').at(-1));
        return next(args);
      },
    { step: 'initialize' },
  );
  return clients;
}

/** Everything that the function's role allows. */
export function grantsOf(stack: Stack, functionName: string): readonly string[] {
  const { role } = stack.service.functions[functionName] as unknown as { role: string };
  const { Policies } = stack.service.resources.Resources[role]?.Properties ?? {};
  const policies = resolveIntrinsics(Policies, stack.references) as ReadonlyArray<{
    readonly PolicyDocument: { readonly Statement: readonly Statement[] };
  }>;
  const statements = policies.flatMap(({ PolicyDocument }) => PolicyDocument.Statement);
  return statements.flatMap(({ Action, Resource }) => Action.map((action) => `${action} ${Resource}`));
}

/** A trailing `*` in the grant stands for anything. */
export function covers(grant: string, call: string): boolean {
  return grant.endsWith('*') ? call.startsWith(grant.slice(0, -1)) : call === grant;
}
