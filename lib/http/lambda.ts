/** From a Lambda invocation to the router and back. Nothing runs after the answer, so what was counted is written before it. */

import { handle, type LambdaContext, type LambdaEvent } from 'hono/aws-lambda';
import type { InvocationMeter } from '../telemetry/metrics.ts';
import type { App } from './app.ts';

/** Takes API Gateway's payload format 2.0 (and what else the router's adapter knows). */
export function httpHandler(app: App, { meter }: { readonly meter: InvocationMeter }) {
  const answer = handle(app, { isContentTypeBinary });
  return async (event: LambdaEvent, context: LambdaContext) => {
    try {
      return await answer(readable(event), context);
    } finally {
      meter.flush();
    }
  };
}

/** Everything but JSON: a stream's bytes need not be text, whatever its content type says. The page's files are text. */
function isContentTypeBinary(type: string): boolean {
  return !/^(?:application\/(?:[\w.-]+\+)?json|text\/(?:html|javascript))(?:;|$)/.test(type);
}

/** Methods that no `Request` can have (Fetch, 2.2.1). */
const FORBIDDEN = ['CONNECT', 'TRACE', 'TRACK'];

/**
 * What the adapter could make no request of, and would refuse in its own words, with a stack in the log. A forbidden method gets a name that no route takes. A body that a GET carries says nothing (RFC 9110, 9.3.1) and is
 * skipped; so is a cookie that no header can hold, which another application on the same domain may have set.
 */
function readable(handed: LambdaEvent): LambdaEvent {
  const event = withEmptyHeaders(withEscapedPath(handed));
  const method = methodOf(event);
  if (method !== undefined && FORBIDDEN.includes(method)) return withMethod(event, `X-${method}`);
  const bodiless = method === 'GET' || method === 'HEAD' ? { ...event, body: null } : event;
  if (!('cookies' in bodiless) || !bodiless.cookies) return bodiless;
  return { ...bodiless, cookies: bodiless.cookies.filter((cookie) => /^[ -~]*$/.test(cookie)) };
}

/** What stands in a path as it is, or begins what is escaped (RFC 3986, 3.3). */
const NOT_IN_A_PATH = /[^\w.~!$&'()*+,;=:@/%-]+/gu;

/**
 * The HTTP API decodes a path before it hands it over, and other callers do not. In an address, what was decoded may end the path, part it or be dropped:
 * `/v1/stream/a%23b` would delete the stream `a`. So it is escaped again, and the name is refused for what it is.
 */
function withEscapedPath(event: LambdaEvent): LambdaEvent {
  if ('rawPath' in event) return { ...event, rawPath: escaped(event.rawPath) };
  return 'httpMethod' in event ? { ...event, path: escaped(event.path) } : event;
}

/**
 * The adapter leaves out a header that is empty, and a hub does not: an empty `Stream-TTL` would be refused by the one and not be seen by the other. Of a
 * blank, the headers of a request make an empty one.
 */
function withEmptyHeaders(event: LambdaEvent): LambdaEvent {
  const headers = (event.headers ?? {}) as Readonly<Record<string, string | undefined>>;
  if (!Object.values(headers).includes('')) return event;
  const filled = Object.entries(headers).map(([name, value]) => [name, value === '' ? ' ' : value] as const);
  return { ...event, headers: Object.fromEntries(filled) } as LambdaEvent;
}

function escaped(path: string): string {
  return path.toWellFormed().replace(NOT_IN_A_PATH, encodeURIComponent);
}

function withMethod(event: LambdaEvent, method: string): LambdaEvent {
  if ('httpMethod' in event) return { ...event, httpMethod: method };
  if (!('http' in event.requestContext)) return event;
  const { http, ...context } = event.requestContext;
  return { ...event, requestContext: { ...context, http: { ...http, method } } } as LambdaEvent;
}

function methodOf(event: LambdaEvent): string | undefined {
  if ('httpMethod' in event) return event.httpMethod;
  return 'http' in event.requestContext ? event.requestContext.http.method : undefined;
}
