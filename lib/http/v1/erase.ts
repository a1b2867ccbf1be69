/** DELETE …/events/{vid} and DELETE /v1/channels/{channel}: taking the data of an event out of the log, and a channel with all that it holds. */

import { deleteChannel } from '../../streams/delete-channel.ts';
import type { ErasePorts } from '../../streams/ports.ts';
import { redactEvent } from '../../streams/redact.ts';
import type { Mount } from '../app.ts';
import { ROUTES } from '../routes.ts';
import { channelParam, check, Vid } from './checks.ts';
import { noQuery } from './params.ts';

export function eraseRoutes(ports: ErasePorts): Mount {
  return (app) => {
    app.delete(ROUTES.event.path, async (c) => {
      noQuery(c.var.query);
      const channel = channelParam(c.req.param('channel'));
      await redactEvent(ports, c.var.caller, channel, check(Vid, c.req.param('vid'), 'vid'));
      return c.body(null, 204);
    });
    app.delete(ROUTES.channel.path, async (c) => {
      noQuery(c.var.query);
      await deleteChannel(ports, c.var.caller, channelParam(c.req.param('channel')));
      return c.body(null, 204);
    });
  };
}
