/** DELETE …/events/{vid}: taking the data of an event out of the log. */

import type { RedactPorts } from '../../streams/ports.ts';
import { redactEvent } from '../../streams/redact.ts';
import type { Mount } from '../app.ts';
import { ROUTES } from '../routes.ts';
import { channelParam, check, Vid } from './checks.ts';
import { noQuery } from './params.ts';

export function eraseRoutes(ports: RedactPorts): Mount {
  return (app) => {
    app.delete(ROUTES.event.path, async (c) => {
      noQuery(c.var.query);
      const channel = channelParam(c.req.param('channel'));
      await redactEvent(ports, c.var.caller, channel, check(Vid, c.req.param('vid'), 'vid'));
      return c.body(null, 204);
    });
  };
}
