/** What a stage is made of: functions, tables, queues and the secret. Each is asked for by its name. */

import { plain } from '../text.ts';
import type { Aws } from './aws-cli.ts';
import { type Finding, fail, ok, warn } from './finding.ts';

/** What serverless.yml deploys. */
export const RUNTIME = 'nodejs24.x';
const FUNCTIONS = ['poll', 'publish', 'ingest', 'sweep', 'page'];
const TABLES = ['events', 'cursors', 'waiters', 'states'];
/** Those whose loss nothing makes good. */
const KEPT = ['events', 'states'];
/** A sweep deletes those of dead processes each minute. */
const MANY_MAILBOXES = 500;
const MANY_WAITING = 1_000;
const DEPLOY = 'Deploy again: it makes what is missing.';

interface FunctionConfiguration {
  readonly State?: string;
  readonly LastUpdateStatus?: string;
  readonly Runtime?: string;
  readonly Environment?: { readonly Variables?: Readonly<Record<string, string>> };
}

/** `settings`: what the function that polls is told. */
export async function functionFindings(
  aws: Aws,
  name: string,
): Promise<{ readonly findings: readonly Finding[]; readonly settings: Readonly<Record<string, string>> }> {
  let settings: Readonly<Record<string, string>> = {};
  const findings: Finding[] = [];
  const names = [...FUNCTIONS];
  for (const one of names) {
    const ask = ['lambda', 'get-function-configuration', '--function-name', `${name}-${one}`];
    const found = await aws.ask<FunctionConfiguration>(...ask);
    if (one === 'poll') {
      settings = found?.Environment?.Variables ?? {};
      if (settings.DIRECT_WAIT === 'true') names.push('ticket');
    }
    findings.push(...functionFinding(one, found));
  }
  const fine = findings.length === 0 ? [ok(`${names.length} functions are active, on ${RUNTIME}`)] : [];
  return { findings: [...fine, ...findings], settings };
}

function functionFinding(name: string, found: FunctionConfiguration | undefined): readonly Finding[] {
  if (!found) return [fail(`the function ${name} is not there`, DEPLOY)];
  const { State = 'Active', LastUpdateStatus = 'Successful', Runtime = RUNTIME } = found;
  if (State !== 'Active')
    return [
      fail(`the function ${name} is ${plain(State)}`, 'Look at it in the console of Lambda; deploy again.'),
    ];
  if (LastUpdateStatus === 'Failed')
    return [fail(`the last change of the function ${name} failed`, 'Deploy again.')];
  if (Runtime !== RUNTIME)
    return [warn(`the function ${name} runs on ${plain(Runtime)}, not on ${RUNTIME}`, 'Deploy again.')];
  return [];
}

interface Table {
  readonly Table: { readonly TableStatus: string; readonly DeletionProtectionEnabled?: boolean };
}
interface TimeToLive {
  readonly TimeToLiveDescription: { readonly TimeToLiveStatus: string };
}
interface Backups {
  readonly ContinuousBackupsDescription: {
    readonly PointInTimeRecoveryDescription?: { readonly PointInTimeRecoveryStatus: string };
  };
}

export async function tableFindings(aws: Aws, name: string): Promise<readonly Finding[]> {
  const findings: Finding[] = [];
  for (const table of TABLES) {
    const named = ['--table-name', `${name}-${table}`];
    const found = await aws.ask<Table>('dynamodb', 'describe-table', ...named);
    if (found?.Table.TableStatus !== 'ACTIVE') {
      const what = found ? `is ${plain(found.Table.TableStatus)}` : 'is not there';
      findings.push(fail(`the table ${table} ${what}`, DEPLOY));
      continue;
    }
    if (table === 'events' && !found.Table.DeletionProtectionEnabled)
      findings.push(
        warn(
          'nothing keeps the log from being deleted',
          'For production: deploy with deletionProtection=true.',
        ),
      );
    const expiry = await aws.ask<TimeToLive>('dynamodb', 'describe-time-to-live', ...named);
    if (expiry && !/^ENABL/.test(expiry.TimeToLiveDescription.TimeToLiveStatus))
      findings.push(
        fail(`nothing expires in the table ${table}`, 'Somebody has turned its TTL off: deploy again.'),
      );
    if (!KEPT.includes(table)) continue;
    const backups = await aws.ask<Backups>('dynamodb', 'describe-continuous-backups', ...named);
    const { PointInTimeRecoveryDescription: recovery } = backups?.ContinuousBackupsDescription ?? {};
    if (backups && recovery?.PointInTimeRecoveryStatus !== 'ENABLED')
      findings.push(
        warn(`the table ${table} has no point-in-time recovery`, 'Somebody has turned it off: deploy again.'),
      );
  }
  const isThere = findings.every(({ level }) => level !== 'fail');
  return isThere
    ? [ok(`${TABLES.length} tables are active, and what has expired goes`), ...findings]
    : findings;
}

interface Attributes {
  readonly Attributes?: Readonly<Record<string, string>>;
}

export async function queueFindings(aws: Aws, name: string): Promise<readonly Finding[]> {
  const waiting = await messagesIn(aws, `${name}-ingest.fifo`);
  const dead = await messagesIn(aws, `${name}-ingest-dead.fifo`);
  const findings: Finding[] = [];
  if (waiting === undefined) findings.push(fail('the ingest queue is not there', DEPLOY));
  else if (waiting > MANY_WAITING)
    findings.push(
      warn(
        `${waiting} messages wait in the ingest queue`,
        'Look at the log of ingest, and at throttled tables.',
      ),
    );
  if (dead === undefined) findings.push(fail('the dead-letter queue is not there', DEPLOY));
  else if (dead > 0)
    findings.push(
      warn(
        `${dead} dead letters: messages that could not be published`,
        'doorbell dead list says why (docs/operations/dead-letters.md).',
      ),
    );
  if (findings.length === 0) findings.push(ok('no message waits, and none could not be published'));
  const prefix = `${name}-mailbox-`;
  const { QueueUrls = [] } =
    (await aws.ask<{ readonly QueueUrls?: readonly string[] }>(
      'sqs',
      'list-queues',
      '--queue-name-prefix',
      prefix,
    )) ?? {};
  if (QueueUrls.length >= MANY_MAILBOXES)
    findings.push(
      warn(
        `${QueueUrls.length} mailboxes or more`,
        'That is one for each process that holds polls. If so many do not run, look at the log of sweep.',
      ),
    );
  return findings;
}

async function messagesIn(aws: Aws, queue: string): Promise<number | undefined> {
  const found = await aws.ask<{ readonly QueueUrl?: string }>('sqs', 'get-queue-url', '--queue-name', queue);
  if (!found?.QueueUrl) return undefined;
  const ask = ['sqs', 'get-queue-attributes', '--queue-url', found.QueueUrl];
  const { Attributes } =
    (await aws.ask<Attributes>(...ask, '--attribute-names', 'ApproximateNumberOfMessages')) ?? {};
  return Number(Attributes?.ApproximateNumberOfMessages ?? 0);
}

interface Parameters {
  readonly Parameters?: ReadonlyArray<{ readonly Type?: string }>;
}

/** Its name and type only: what it holds is not asked for. */
export async function secretFindings(
  aws: Aws,
  settings: Readonly<Record<string, string>>,
): Promise<readonly Finding[]> {
  const { DOORBELL_SECRET_PARAMETER: secret = '', DOORBELL_JWKS_URL: keys = '' } = settings;
  if (secret === '')
    return keys === ''
      ? [
          fail(
            'no key for tokens is configured: every request is refused',
            'Deploy with secretParameter or jwksUrl.',
          ),
        ]
      : [ok(`tokens are checked with the keys at ${plain(keys)}`)];
  const filter = ['--parameter-filters', `Key=Name,Option=Equals,Values=${secret}`];
  const found = await aws.ask<Parameters>('ssm', 'describe-parameters', ...filter);
  if (!found)
    return [warn('whether the secret is there could not be seen', 'It takes ssm:DescribeParameters.')];
  const [parameter] = found.Parameters ?? [];
  if (!parameter)
    return [
      fail(
        `the secret ${plain(secret)} is not there: every request is refused`,
        `aws ssm put-parameter --type SecureString --name ${plain(secret)} --value "$(openssl rand -base64 48)"`,
      ),
    ];
  if (parameter.Type !== 'SecureString')
    return [
      warn(`the secret ${plain(secret)} is not encrypted`, 'Put it there again with --type SecureString.'),
    ];
  return [ok(`tokens are checked with the secret ${plain(secret)}`)];
}
