/** A reply by the router. */

import type { Context } from 'hono';
import type { StatusCode } from 'hono/utils/http-status';
import type { Variables } from '../middleware/authenticate.ts';
import type { StreamReply } from './reply.ts';

export function respond(
  c: Context<{ Variables: Variables }>,
  { status, headers, own, body }: StreamReply,
): Response {
  const kept = headers['Cache-Control'];
  // Every answer has one before, which would win.
  if (kept !== undefined) c.header('Cache-Control', kept);
  return c.newResponse(body, status as StatusCode, { ...headers, ...own });
}
