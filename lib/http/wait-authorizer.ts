/**
 * The Lambda authorizer of GET /v1/wait, in API Gateway's format 2.0 with simple responses. What it answers in `context` is what the gateway's integration
 * takes: the mailbox's address never comes from the client. The gateway keeps the answer for a minute, by the ticket.
 */

import { PushError } from '../errors.ts';
import type { AuthorizedWait } from '../poll/held-wait.ts';

/** What is looked at of the gateway's request. */
export interface AuthorizerEvent {
  readonly identitySource?: ReadonlyArray<string | undefined> | null;
  readonly headers?: Readonly<Record<string, string | undefined>>;
  readonly requestContext?: { readonly domainName?: string };
}

export interface AuthorizerAnswer {
  readonly isAuthorized: boolean;
  /** The texts that serverless.yml names as `$context.authorizer.…`. */
  readonly context?: { readonly mailbox: string; readonly seconds: string; readonly origin: string };
}

export interface AuthorizerPorts {
  readonly authorized: AuthorizedWait;
  /** Origins whose pages may ask, or `*`. */
  readonly corsOrigins: readonly string[];
}

/** A ticket that is not good is refused (403 of the gateway). Rejects where it cannot be known now (500). */
export function authorizer({ authorized, corsOrigins }: AuthorizerPorts) {
  return async ({ identitySource, headers, requestContext }: AuthorizerEvent): Promise<AuthorizerAnswer> => {
    const ticket = identitySource?.[0];
    if (!ticket) return { isAuthorized: false };
    try {
      const { address, seconds } = await authorized(ticket);
      const own = `https://${requestContext?.domainName}`;
      const origin = originFor(headers?.origin, corsOrigins) ?? own;
      return { isAuthorized: true, context: { mailbox: address, seconds: String(seconds), origin } };
    } catch (error) {
      if (error instanceof PushError && error.code === 'forbidden') return { isAuthorized: false };
      throw error;
    }
  };
}

/** What a page's browser is told (Access-Control-Allow-Origin). Undefined for a page that may not ask, and for what is no page. */
function originFor(origin: string | undefined, allowed: readonly string[]): string | undefined {
  if (allowed.includes('*')) return '*';
  return origin !== undefined && allowed.includes(origin) ? origin : undefined;
}
