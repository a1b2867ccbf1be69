/** What a token says of itself. It is read and not verified: that is the server's. Pure. */

import { decodeJwt } from 'jose';
import { CHANNEL_PATTERN } from '../../../../lib/protocol/doorbell.ts';
import { duration, plain } from '../text.ts';
import { type Finding, fail, ok, warn } from './finding.ts';

/** Soon enough to think of the next one. */
const SOON_MS = 300_000;
const MAKE = "Make another: doorbell token --read '…' --write '…'";

export interface Grants {
  readonly read: readonly string[];
  readonly write: readonly string[];
}

/** Undefined when the text is no JSON Web Token. The claims' names are the defaults; a deployment may have others. */
export function grantsOf(
  token: string,
): (Grants & { readonly client?: string; readonly expires?: number }) | undefined {
  try {
    const { read, write, sub, exp } = decodeJwt(token);
    return {
      read: list(read),
      write: list(write),
      ...(sub === undefined ? {} : { client: sub }),
      ...(exp === undefined ? {} : { expires: exp * 1000 }),
    };
  } catch {
    return undefined;
  }
}

export function grantsFindings(token: string, now: number): readonly Finding[] {
  const grants = grantsOf(token);
  if (!grants) return [fail('the token is not a JSON Web Token', MAKE)];
  const { read, write, client, expires } = grants;
  const named = (names: readonly string[]) => (names.length === 0 ? 'nothing' : plain(names.join(' ')));
  const bound = client === undefined ? '' : `, as client ${plain(client)} only`;
  const findings: Finding[] = [ok(`it says: read ${named(read)}; publish to ${named(write)}${bound}`)];
  if (expires === undefined)
    findings.push(fail('the token has no end (exp), which the server demands', MAKE));
  else if (expires < now) findings.push(fail(`the token expired ${duration(now - expires)} ago`, MAKE));
  else if (expires < now + SOON_MS)
    findings.push(warn(`the token expires in ${duration(expires - now)}`, MAKE));
  else findings.push(ok(`the token is good for ${duration(expires - now)} more`));
  const shared = client === undefined ? 'this token' : `a token of client ${plain(client)}`;
  findings.push(
    ok(
      `readers with ${shared} count together: by default one server process holds 1,000 of their polls, and more while as many are free`,
    ),
  );
  return findings;
}

/** A channel that these grants let one read, whether it exists or not. */
export function readableChannel(read: readonly string[]): string | undefined {
  const names = read.map((grant) => (grant === '*' ? PROBE : grant.replace(/\.\*$/, `.${PROBE}`)));
  return names.find((name) => CHANNEL_PATTERN.test(name));
}

const PROBE = 'doorbell-doctor';

function list(claim: unknown): readonly string[] {
  if (typeof claim === 'string') return claim.split(' ').filter((grant) => grant !== '');
  return Array.isArray(claim) ? claim.filter((grant) => typeof grant === 'string') : [];
}
