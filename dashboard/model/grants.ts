/**
 * What the page's token says that it allows. The server decides; this only spares somebody a form that would
 * be refused. A token that cannot be read, or whose grants have other names, is given the benefit of the
 * doubt. Pure.
 */
import { isRecord } from './cell-text.ts';

/** False: the token has grants, and none to publish to this channel. */
export function mayPublish(token: string, channel: string): boolean {
  const claims = claimsOf(token);
  if (claims === undefined) return true;
  const read = grantsOf(claims.read);
  const write = grantsOf(claims.write);
  if (write === undefined) return read === undefined;
  return write.some((grant) => covers(grant, channel));
}

/** True: the token says that it allows the dead letters of some channel. Of a token that cannot be read nothing is offered: few may do this. */
export function mayClear(token: string): boolean {
  return (grantsOf(claimsOf(token)?.dead) ?? []).some((grant) => grant !== '');
}

/** The payload of a JSON Web Token (RFC 7519); undefined for anything else. */
function claimsOf(token: string): Readonly<Record<string, unknown>> | undefined {
  const [, payload = ''] = token.split('.');
  try {
    const bytes = Uint8Array.from(atob(payload.replace(/-/g, '+').replace(/_/g, '/')), (one) =>
      one.charCodeAt(0),
    );
    const claims: unknown = JSON.parse(new TextDecoder().decode(bytes));
    return isRecord(claims) ? claims : undefined;
  } catch {
    return undefined;
  }
}

/** An array of grants, or one text with blanks between. */
function grantsOf(value: unknown): readonly string[] | undefined {
  if (typeof value === 'string') return value.split(' ');
  return Array.isArray(value) ? value.filter((one) => typeof one === 'string') : undefined;
}

/** PROTOCOL.md, section 1: a name, `prefix.*`, or `*`. */
function covers(grant: string, channel: string): boolean {
  if (grant === '*' || grant === channel) return true;
  const prefix = grant.endsWith('.*') ? grant.slice(0, -1) : undefined;
  return prefix !== undefined && channel.length > prefix.length && channel.startsWith(prefix);
}
