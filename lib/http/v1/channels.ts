/** Channels and their clients, seen from above: what the dashboard shows besides events. */

import {
  type ChannelPorts,
  channelClients,
  channelInfo,
  forgetClient,
  listChannels,
} from '../../channels/channels.ts';
import type { Mount } from '../app.ts';
import { ROUTES } from '../routes.ts';
import { channelParam, clientParam } from './checks.ts';
import { channelsQuery, noQuery } from './params.ts';

export function channelRoutes(ports: ChannelPorts): Mount {
  return (app) => {
    app.get(ROUTES.channels.path, async (c) =>
      c.json(await listChannels(ports, c.var.caller, channelsQuery(c.var.query))),
    );
    app.get(ROUTES.channel.path, async (c) => {
      noQuery(c.var.query);
      return c.json(await channelInfo(ports, c.var.caller, channelParam(c.req.param('channel'))));
    });
    app.get(ROUTES.clients.path, async (c) => {
      noQuery(c.var.query);
      return c.json({
        clients: await channelClients(ports, c.var.caller, channelParam(c.req.param('channel'))),
      });
    });
    app.delete(ROUTES.forget.path, async (c) => {
      noQuery(c.var.query);
      const channel = channelParam(c.req.param('channel'));
      await forgetClient(ports, c.var.caller, channel, clientParam(c.req.param('client')));
      return c.body(null, 204);
    });
  };
}
