/** The table in docs/operations/security.md: what each function calls, and so may call. */

import type { Call } from '../stack/simulator.ts';
import { FUNCTIONS, type FunctionName } from './permissions.ts';
import { arn } from './template.ts';

/** What the ARNs of the packaged stack stand for. The first that begins the ARN names it. */
const NAMES: ReadonlyArray<readonly [beginning: string, name: string]> = [
  [arn('dynamodb', 'table/doorbell-dev-events/index/channels'), 'index `channels` of table `events`'],
  [arn('dynamodb', 'table/doorbell-dev-events'), 'table `events`'],
  [arn('dynamodb', 'table/doorbell-dev-cursors'), 'table `cursors`'],
  [arn('dynamodb', 'table/doorbell-dev-waiters'), 'table `waiters`'],
  [arn('dynamodb', 'table/doorbell-dev-states'), 'table `states`'],
  [arn('sqs', 'doorbell-dev-ingest.fifo'), 'queue `ingest`'],
  [arn('sqs', 'doorbell-dev-ingest-dead.fifo'), 'queue `ingest-dead`'],
  [arn('sqs', 'doorbell-dev-mailbox-direct-'), 'mailboxes of readers, `doorbell-<stage>-mailbox-direct-*`'],
  [arn('sqs', 'doorbell-dev-mailbox-'), 'mailboxes, `doorbell-<stage>-mailbox-*`'],
  [arn('ssm', 'parameter/'), 'the parameter with the secret, where there is one'],
  [arn('logs', 'log-group:'), 'its own log group (by Lambda)'],
  ['*', 'all queues of the region: it takes no narrower resource'],
];

/** Rows of function, resource and actions, in a fixed order. Throws when a call goes to something that has no name here. */
export function permissionTable(calls: Readonly<Record<FunctionName, readonly Call[]>>): string {
  const rows = FUNCTIONS.flatMap((name) => {
    const actions = new Map<string, Set<string>>();
    for (const { action, resource } of calls[name]) {
      const named = nameOf(resource);
      actions.set(named, (actions.get(named) ?? new Set()).add(action));
    }
    return NAMES.flatMap(([, named]) => {
      const some = [...(actions.get(named) ?? [])].sort();
      return some.length > 0
        ? [`| ${name} | ${named} | ${some.map((one) => `\`${one}\``).join(', ')} |`]
        : [];
    });
  });
  return ['| function | on | calls made = calls allowed |', '| --- | --- | --- |', ...rows].join('\n');
}

function nameOf(resource: string): string {
  const found = NAMES.find(([beginning]) => resource.startsWith(beginning));
  if (!found) throw new Error(`${resource} has no name in the table`);
  return found[1];
}
