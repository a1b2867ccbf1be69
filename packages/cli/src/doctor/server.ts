/** Whether the server is there, is a Doorbell of this protocol, and takes the token. */

import type { ChannelsAnswer, Problem } from '../../../../lib/protocol/doorbell.ts';
import { DoorbellError } from '../../../client/src/errors.ts';
import { reasonOf } from '../failure.ts';
import { plain } from '../text.ts';
import { betweenFindings, clockFinding } from './between.ts';
import { type Finding, fail, ok, warn } from './finding.ts';
import type { Asking } from './holding.ts';

/** The protocol that this client speaks. */
const PROTOCOL = '1';

export interface Reached {
  readonly findings: readonly Finding[];
  /** False: there is no use in asking for more. */
  readonly there: boolean;
}

export async function reachFindings({ fetch, terminal }: Asking, base: string): Promise<Reached> {
  const began = terminal.stopwatch();
  let response: Response;
  let health: { readonly status?: unknown } | undefined;
  try {
    response = await fetch('/healthz');
    health = (await response.json().catch(() => undefined)) as typeof health;
  } catch (cause) {
    if (!(cause instanceof DoorbellError)) throw cause;
    const reason = reasonOf(cause);
    return {
      there: false,
      findings: [
        fail(
          `${base} does not answer: ${reason}`,
          'Is the URL right, and the server running? npm start runs one on this machine.',
        ),
      ],
    };
  }
  const ms = Math.round(terminal.stopwatch() - began);
  const heads = [clockFinding(response.headers, terminal.clock.now()), ...betweenFindings(response.headers)];
  if (response.ok && health?.status === 'ok')
    return { there: true, findings: [ok(`${base} answers, in ${ms} ms`), ...heads] };
  if (response.status === 503)
    return {
      there: true,
      findings: [
        fail(
          `${base} cannot read its log (503)`,
          'Look at the log of its page function: a table is missing, or its role may not read it.',
        ),
        ...heads,
      ],
    };
  const what = `${base} answers with ${response.status}, and not as Doorbell does`;
  return {
    there: false,
    findings: [
      fail(what, 'The URL is everything before /v1; a proxy or a sign-in page may stand there instead.'),
    ],
  };
}

export async function versionFinding({ fetch }: Asking, version: string): Promise<Finding> {
  const mine = `doorbell ${version}, Node ${process.versions.node}`;
  const response = await fetch('/openapi.json');
  const document = (await response.json().catch(() => undefined)) as
    | { readonly info?: { readonly version?: unknown } }
    | undefined;
  const theirs = document?.info?.version;
  if (theirs === PROTOCOL) return ok(`both speak protocol ${PROTOCOL} (${mine})`);
  if (theirs === undefined)
    return warn(
      `the server does not say which protocol it speaks (${mine})`,
      'It may be older than this client: update it.',
    );
  return fail(
    `the server speaks protocol ${plain(String(theirs))}, this client ${PROTOCOL} (${mine})`,
    'Use a doorbell of the same release as the server.',
  );
}

/** Whether the server takes the token, and a channel that it lets one read. */
export async function tokenFinding({
  fetch,
}: Asking): Promise<{ readonly finding: Finding; readonly channel?: string }> {
  const response = await fetch('/v1/channels?limit=1');
  const body = (await response.json().catch(() => undefined)) as
    | Partial<ChannelsAnswer & Problem>
    | undefined;
  const channel = body?.channels?.[0]?.channel;
  if (response.ok)
    return { finding: ok('the server takes the token'), ...(channel === undefined ? {} : { channel }) };
  const says = `the server does not take the token: ${plain(body?.detail ?? `status ${response.status}`)}`;
  return {
    finding: fail(
      says,
      "It must be signed with the server's secret, or by its identity provider; doorbell token makes one. The clocks must agree.",
    ),
  };
}
