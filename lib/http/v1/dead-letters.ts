/** /v1/dead-letters: messages of the ingest queue that were put aside, for a person who mends them. By the claim `dead`. */

import type { Context as RouterContext } from 'hono';
import { PushError } from '../../errors.ts';
import { CONTENT_TYPES } from '../../protocol/doorbell.ts';
import {
  type DeadLetterPorts,
  dropDeadLetter,
  listDeadLetters,
  mendDeadLetter,
  redriveDeadLetter,
  redriveDeadLetters,
  requireMessageSize,
  requireSomeDead,
  showDeadLetter,
} from '../../publish/dead-letters.ts';
import type { DeadLetterQueues } from '../../publish/ports.ts';
import type { Mount } from '../app.ts';
import type { Variables } from '../middleware/authenticate.ts';
import { ROUTES } from '../routes.ts';
import { type Admit, admitted, bodyText, requireUnpacked } from './body.ts';
import { deadLetterParam } from './checks.ts';
import { deadLettersQuery, mendQuery, noQuery, redriveQuery } from './params.ts';

export type DeadLetterRoutePorts = Omit<DeadLetterPorts, keyof DeadLetterQueues> & {
  /** Absent: as many bodies as come. */
  readonly admit?: Admit;
};

type Context = RouterContext<{ Variables: Variables }>;

/** `queuesOf`: undefined while this server has no ingest queue. Then whoever has the claim is told so. */
export function deadLetterRoutes(
  ports: DeadLetterRoutePorts,
  queuesOf: () => DeadLetterQueues | undefined,
): Mount {
  const portsFor = (c: Context): DeadLetterPorts => {
    requireSomeDead(c.var.caller, undefined);
    const queues = queuesOf();
    if (queues) return { ...ports, ...queues };
    const message =
      'This server has no ingest queue, and so no dead letters: what can never be published is refused when it is sent.';
    throw new PushError('not-found', message);
  };
  const deadLetterOf = (c: Context): string => {
    noQuery(c.var.query);
    return deadLetterParam(c.req.param('letter') ?? '');
  };
  return (app) => {
    app.get(ROUTES.deadLetters.path, async (c) => {
      const request = deadLettersQuery(c.var.query);
      return c.json(await listDeadLetters(portsFor(c), c.var.caller, request));
    });
    app.post(ROUTES.deadLetters.path, async (c) => {
      const request = redriveQuery(c.var.query);
      return c.json(await redriveDeadLetters(portsFor(c), c.var.caller, request));
    });
    app.get(ROUTES.deadLetter.path, async (c) => {
      const message = deadLetterOf(c);
      return c.json(await showDeadLetter(portsFor(c), c.var.caller, message));
    });
    app.put(ROUTES.deadLetter.path, async (c) => {
      const { redrive } = mendQuery(c.var.query);
      const deadLetter = deadLetterParam(c.req.param('letter'));
      const found = portsFor(c);
      const body = await mendedBody(c, ports.admit);
      return c.json(await mendDeadLetter(found, c.var.caller, deadLetter, body, redrive));
    });
    app.post(ROUTES.deadLetter.path, async (c) => {
      const message = deadLetterOf(c);
      return c.json(await redriveDeadLetter(portsFor(c), c.var.caller, message));
    });
    app.delete(ROUTES.deadLetter.path, async (c) => {
      const message = deadLetterOf(c);
      await dropDeadLetter(portsFor(c), c.var.caller, message);
      return c.body(null, 204);
    });
  };
}

/** The message as a producer would send it to the queue. */
async function mendedBody(c: Context, admit: Admit | undefined): Promise<string> {
  requireUnpacked(c.req.header('content-encoding'));
  const type = c.req.header('content-type')?.split(';')[0]?.trim().toLowerCase();
  if (type !== CONTENT_TYPES.json) {
    const message = `Content-Type must be ${CONTENT_TYPES.json}.`;
    throw new PushError('unsupported-media-type', message, { field: 'content-type' });
  }
  const read = () =>
    bodyText({
      declared: c.req.header('content-length'),
      whole: () => c.req.arrayBuffer(),
      pieces: () => c.req.raw.body ?? [],
    });
  const body = await admitted(admit, c.var.caller, read);
  requireMessageSize(body);
  return body;
}
