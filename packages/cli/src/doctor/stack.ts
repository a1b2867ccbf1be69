/** Whether a deployed stage stands, what it was deployed with, and whether that is of today. */

import { plain } from '../text.ts';
import type { Aws } from './aws-cli.ts';
import { type Finding, fail, ok, warn } from './finding.ts';

/** What the others ask about. */
export interface Deployed {
  /** `doorbell-<stage>`: so begin the names of what it makes. */
  readonly name: string;
  readonly url: string | undefined;
  /** Of the template of `@doorbell/stack`; a stack that was deployed from a clone has none. */
  readonly parameters: Readonly<Record<string, string>>;
}

interface Stacks {
  readonly Stacks: ReadonlyArray<{
    readonly StackStatus: string;
    readonly Parameters?: ReadonlyArray<{ readonly ParameterKey: string; readonly ParameterValue: string }>;
    readonly Outputs?: ReadonlyArray<{ readonly OutputKey: string; readonly OutputValue: string }>;
  }>;
}

const GOOD = /^(?:CREATE|UPDATE|IMPORT)_COMPLETE$/;

/** Undefined where there is no such stack, or it may not be looked at: then there is nothing more to ask. */
export async function stackFindings(
  aws: Aws,
  stage: string,
  version: string,
): Promise<{ readonly findings: readonly Finding[]; readonly deployed?: Deployed }> {
  const name = `doorbell-${stage}`;
  const [stack] =
    (await aws.ask<Stacks>('cloudformation', 'describe-stacks', '--stack-name', name))?.Stacks ?? [];
  if (!stack) {
    const advice = 'Is it another stage, region or account? doorbell deploy makes one.';
    return { findings: [fail(`there is no stack ${name}, or it may not be looked at`, advice)] };
  }
  const parameters = Object.fromEntries(
    (stack.Parameters ?? []).map((one) => [one.ParameterKey, one.ParameterValue]),
  );
  const url = stack.Outputs?.find(({ OutputKey }) => OutputKey.endsWith('ApiUrl'))?.OutputValue;
  const findings = [statusFinding(name, stack.StackStatus), ...ageFindings(parameters.CodePrefix, version)];
  return { findings, deployed: { name, url, parameters } };
}

function statusFinding(name: string, status: string): Finding {
  if (GOOD.test(status)) return ok(`${name} stands (${status})`);
  const look = `aws cloudformation describe-stack-events --stack-name ${name} says why.`;
  if (status === 'UPDATE_ROLLBACK_COMPLETE')
    return warn(`the last deploy of ${name} was taken back`, `${look} What was there before goes on.`);
  if (status.endsWith('_IN_PROGRESS'))
    return warn(`${name} is being changed (${status})`, 'Wait until that is over, and ask again.');
  return fail(`${name} is in the state ${plain(status)}`, look);
}

/** `prefix`: `doorbell/<version>-<digest>/`, as `doorbell deploy` names its code. */
function ageFindings(prefix: string | undefined, version: string): readonly Finding[] {
  const deployed = /^doorbell\/(.+)-[0-9a-f]{12}\/$/.exec(prefix ?? '')?.[1];
  if (deployed === undefined) return [];
  if (isOlder(deployed, version))
    return [
      warn(
        `it runs version ${plain(deployed)}, this command is of ${version}`,
        'npm install @doorbell/stack@latest, then doorbell deploy. CHANGELOG.md says what changes.',
      ),
    ];
  return [ok(`it runs version ${plain(deployed)}`)];
}

function isOlder(a: string, b: string): boolean {
  const parts = (version: string) => version.split('.').map((part) => Number.parseInt(part, 10) || 0);
  const [one, other] = [parts(a), parts(b)];
  const at = one.findIndex((part, i) => part !== (other[i] ?? 0));
  return at >= 0 && (one[at] ?? 0) < (other[at] ?? 0);
}
