/**
 * The HTTP surface: a router that runs on Lambda and on Node alike. Functions mount the routes they serve; this file gives all of them the
 * same response headers, asks who is there, and answers where no route fits.
 */

import { Hono } from 'hono';
import { PushError } from '../errors.ts';
import type { Authenticate, Variables } from './middleware/authenticate.ts';
import { crossOrigin, limitUrlLength, securityHeaders, uncached } from './middleware/response-headers.ts';
import { type ProblemPorts, problemResponse } from './problem.ts';
import { methodsOf, ROUTES } from './routes.ts';

/** Streams answer HEAD themselves. */
const STREAMS = '/v1/stream/';

/** Who is let in. */
export interface Access {
  readonly authenticate: Authenticate;
  /** Origins whose pages may ask, besides the API's own. */
  readonly corsOrigins: readonly string[];
  /** Request headers that those pages may send, besides the protocol's own. Default none. */
  readonly corsHeaders?: readonly string[];
}

export type App = Hono<{ Variables: Variables }>;

/** Adds its routes to the app. Those that serve events find out who asks, and what the query holds, in the request's context. */
export type Mount = (app: App) => void;

export function createApp(
  ports: ProblemPorts,
  { authenticate, corsOrigins, corsHeaders }: Access,
  mounts: readonly Mount[],
): App {
  const app: App = new Hono();
  app.use(uncached, securityHeaders);
  // Without origins there is nothing to negotiate, and a preflight is a method that no route takes.
  if (corsOrigins.length > 0) app.use(crossOrigin(corsOrigins, corsHeaders));
  app.use(limitUrlLength);
  for (const guarded of ['/v1/*', ROUTES.backend.path]) {
    app.use(guarded, authenticate, async (c, next) => {
      // The router would answer HEAD with the handler of GET, and so hold a long poll for nobody.
      if (c.req.method === 'HEAD' && !c.req.path.startsWith(STREAMS)) return c.notFound();
      return next();
    });
  }
  for (const mount of mounts) mount(app);
  app.notFound((c) => {
    const { method, path } = c.req;
    const allow = methodsOf(path);
    // A process need not mount every route that there is.
    throw allow.length > 0 && !allow.includes(method)
      ? new PushError('method-not-allowed', `${path} takes ${allow.join(', ')}, not ${method}.`, { allow })
      : new PushError('not-found', `There is nothing at ${path}.`);
  });
  app.onError((error, c) => problemResponse(c, error, ports));
  return app;
}
