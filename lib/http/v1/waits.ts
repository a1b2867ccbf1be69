/** POST …/waits and GET /v1/wait: direct waits (PROTOCOL.md, "Direct waits"). */

import { PushError } from '../../errors.ts';
import { type DirectAnswer, type DirectWaitPorts, directWait } from '../../poll/direct-wait.ts';
import type { WaitFor } from '../../poll/held-wait.ts';
import type { Mount } from '../app.ts';
import { ROUTES } from '../routes.ts';
import { bellsJson, bellsXml } from './bells.ts';
import { manyWaitsRequest, ticketQuery, waitsRequest } from './waits-params.ts';

export interface WaitRoutesPorts extends DirectWaitPorts {
  readonly waitFor: WaitFor;
}

/** Absent ports: waiting directly is off, and there are no such routes. */
export function waitRoutes(ports: WaitRoutesPorts | undefined): Mount {
  return (app) => {
    if (!ports) return;
    app.post(ROUTES.waits.path, async (c) => {
      const { ticket, ...request } = waitsRequest(c.req.param('channel'), c.var.query);
      const { answers, wait } = await directWait(ports, c.var.caller, request, ticket);
      return c.json({ ...answers[0], ...waitOf(wait) });
    });
    app.post(ROUTES.waitsMany.path, async (c) => {
      const { ticket, ...request } = manyWaitsRequest(c.var.query);
      const { answers, wait } = await directWait(ports, c.var.caller, request, ticket);
      return c.json({ channels: answers, ...waitOf(wait) });
    });
    app.get(ROUTES.wait.path, async (c) => {
      const ticket = ticketQuery(c.var.query);
      if (ticket === undefined)
        throw new PushError('no-token', 'Send a ticket: /v1/wait?ticket=…', { field: 'ticket' });
      const bells = await ports.waitFor(ticket, c.req.raw.signal);
      // As SQS answers in its older protocol, to whom it is not told otherwise.
      if (c.req.header('accept')?.includes('application/json')) return c.json(bellsJson(bells));
      return c.body(bellsXml(bells), 200, { 'Content-Type': 'text/xml; charset=utf-8' });
    });
  };
}

function waitOf(wait: DirectAnswer['wait']): { readonly wait?: NonNullable<DirectAnswer['wait']> } {
  return wait ? { wait } : {};
}
