/** GET …/events: the long polls. */

import { type PollPorts, poll } from '../../poll/poll.ts';
import type { Mount } from '../app.ts';
import { ROUTES } from '../routes.ts';
import { manyRequest, pollRequest } from './poll-params.ts';

export function pollRoutes(ports: PollPorts): Mount {
  return (app) => {
    app.get(ROUTES.poll.path, async (c) => {
      const request = pollRequest(c.req.param('channel'), c.var.query);
      const [answer] = await poll(ports, c.var.caller, request, c.req.raw.signal);
      return c.json(answer);
    });
    app.get(ROUTES.pollMany.path, async (c) => {
      const request = manyRequest(c.var.query);
      return c.json({ channels: await poll(ports, c.var.caller, request, c.req.raw.signal) });
    });
  };
}
