/**
 * The HTTP surface: a router that runs on Lambda and on Node alike. Functions mount the routes they serve; this file gives all of them the
 * same manners: no caching, problem documents, 404 and 405.
 */

import { Hono } from 'hono';
import { PushError } from '../errors.ts';
import type { Chance, Logger } from '../ports.ts';
import type { Authenticate, Variables } from './authenticate.ts';
import { problemResponse } from './problem.ts';
import { methodsOf } from './routes.ts';

export interface AppPorts {
  readonly logger: Logger;
  readonly chance: Chance;
}

export type App = Hono<{ Variables: Variables }>;

/** Adds its routes to the app. Those below /v1 find out who asks, and what the query holds, in the request's context. */
export type Mount = (app: App) => void;

export function createApp(
  { logger, chance }: AppPorts,
  authenticate: Authenticate,
  mounts: readonly Mount[],
): App {
  const app: App = new Hono();
  app.use(async (c, next) => {
    c.header('Cache-Control', 'no-store');
    // The router would answer HEAD with the handler of GET, and so hold a long poll for nobody.
    if (c.req.method === 'HEAD' && c.req.path.startsWith('/v1/')) return c.notFound();
    return next();
  });
  app.use('/v1/*', authenticate);
  for (const mount of mounts) mount(app);
  app.notFound((c) => {
    const { method, path } = c.req;
    const allow = methodsOf(path);
    throw allow.length > 0
      ? new PushError('method-not-allowed', `${path} takes ${allow.join(', ')}, not ${method}.`, { allow })
      : new PushError('not-found', `There is nothing at ${path}.`);
  });
  app.onError((error, c) => {
    c.header('Cache-Control', 'no-store');
    return problemResponse(c, error, logger, chance);
  });
  return app;
}
