/** What IAM would say, by an implementation of its rules that is not ours. It has its data with it and reaches nothing. */

import { anonymousPrincipal, runSimulation } from '@cloud-copilot/iam-simulate';
import { ACCOUNT, REGION } from '../repo/template.ts';

/** An action on a resource, by ARN; `*` where the action takes none. */
export interface Call {
  readonly action: string;
  readonly resource: string;
}

export interface Policy {
  readonly Version: string;
  readonly Statement: readonly Statement[];
}

export interface Statement {
  readonly Effect: string;
  readonly Action: string | readonly string[];
  readonly Resource: string | readonly string[];
  readonly Principal?: unknown;
  readonly Condition?: Readonly<Record<string, unknown>>;
}

export interface Asked extends Call {
  /** What the principal's role allows; none for somebody without an identity. */
  readonly role?: readonly Policy[];
  /** The resource's own policy. */
  readonly resourcePolicy?: Policy;
  readonly tls?: boolean;
  readonly region?: string;
}

export type Decision = 'Allowed' | 'ImplicitlyDenied' | 'ExplicitlyDenied';

/** Throws when the request is none that AWS knows: a mistyped action, or a resource that the action does not take. */
export async function decide(asked: Asked): Promise<Decision> {
  const { action, resource, role, resourcePolicy, tls = true, region = REGION } = asked;
  const principal = role ? `arn:aws:sts::${ACCOUNT}:assumed-role/role/session` : anonymousPrincipal;
  const request = {
    principal,
    action,
    resource: { resource, accountId: ACCOUNT },
    contextVariables: { 'aws:SecureTransport': String(tls), 'aws:RequestedRegion': region },
  };
  const identityPolicies = (role ?? []).map((policy, i) => ({ name: `policy ${i}`, policy }));
  const organisation = { serviceControlPolicies: [], resourceControlPolicies: [] };
  const policies = { identityPolicies, ...organisation, ...(resourcePolicy ? { resourcePolicy } : {}) };
  const answer = await runSimulation({ request, ...policies }, {});
  if (answer.resultType === 'error')
    throw new Error(`${action} on ${resource}: ${JSON.stringify(answer.errors)}`);
  return answer.overallResult as Decision;
}

export async function isAllowed(asked: Asked): Promise<boolean> {
  return (await decide(asked)) === 'Allowed';
}

/** Each action on each resource that the policies allow, as a policy of its own. */
export function grantsIn(policies: readonly Policy[]): ReadonlyArray<Call & { readonly policy: Policy }> {
  return policies.flatMap(({ Version, Statement }) =>
    Statement.flatMap((statement) =>
      [statement.Action].flat().flatMap((action) =>
        [statement.Resource].flat().map((resource) => {
          const one = { ...statement, Action: action, Resource: resource };
          return { action, resource, policy: { Version, Statement: [one] } };
        }),
      ),
    ),
  );
}
