/** The dashboard, the browser client, the OpenAPI document, and what they show besides events: channels, clients, health. */

import {
  type ChannelPorts,
  channelClients,
  channelInfo,
  forgetClient,
  listChannels,
} from '../../channels/channels.ts';
import { Health } from '../../channels/health.ts';
import { CONTENT_TYPES } from '../../protocol/doorbell.ts';
import type { Mount } from '../app.ts';
import { pageSecurityHeaders } from '../middleware/response-headers.ts';
import { ROUTES } from '../routes.ts';
import { channelParam, channelsQuery, clientParam, noQuery } from '../v1/params.ts';
import { pagePolicy } from './content-security-policy.ts';

/** Files that the build makes, as text. */
export interface Assets {
  readonly dashboard: string;
  readonly client: string;
  /** The OpenAPI document. */
  readonly openapi: string;
}

export function pageRoutes(ports: ChannelPorts, assets: Assets): Mount {
  return (app) => {
    const health = new Health(ports);
    const policy = pagePolicy(assets.dashboard);
    app.get(ROUTES.page, pageSecurityHeaders, (c) =>
      c.html(assets.dashboard, 200, { 'Content-Security-Policy': policy }),
    );
    app.get(ROUTES.client, (c) =>
      c.body(assets.client, 200, { 'Content-Type': 'text/javascript; charset=utf-8' }),
    );
    app.get(ROUTES.openapi, (c) => c.body(assets.openapi, 200, { 'Content-Type': CONTENT_TYPES.json }));
    app.get(ROUTES.health, async (c) => {
      await health.check();
      return c.json({ status: 'ok' });
    });
    app.get(ROUTES.channels, async (c) =>
      c.json(await listChannels(ports, c.var.caller, channelsQuery(c.var.query))),
    );
    app.get(ROUTES.channel, async (c) => {
      noQuery(c.var.query);
      return c.json(await channelInfo(ports, c.var.caller, channelParam(c.req.param('channel'))));
    });
    app.get(ROUTES.clients, async (c) => {
      noQuery(c.var.query);
      return c.json({
        clients: await channelClients(ports, c.var.caller, channelParam(c.req.param('channel'))),
      });
    });
    app.delete(ROUTES.forget, async (c) => {
      noQuery(c.var.query);
      const channel = channelParam(c.req.param('channel'));
      await forgetClient(ports, c.var.caller, channel, clientParam(c.req.param('client')));
      return c.body(null, 204);
    });
  };
}
