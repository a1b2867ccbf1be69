/** Lambda: the dashboard, the browser client, channels and clients, and every path that no other function takes. */

import { readFileSync } from 'node:fs';
import { Health } from '../lib/channels/health.ts';
import { access, base } from '../lib/compose/base.ts';
import { channelPorts } from '../lib/compose/channels.ts';
import { statePorts } from '../lib/compose/states.ts';
import { createApp } from '../lib/http/app.ts';
import { httpHandler } from '../lib/http/lambda.ts';
import { siteRoutes } from '../lib/http/site/site.ts';
import { channelRoutes } from '../lib/http/v1/channels.ts';
import { stateRoutes } from '../lib/http/v1/state.ts';

const common = base(process.env);
const channels = channelPorts(process.env, common);
const state = statePorts(process.env, common);
/** The build puts these files beside this function's bundle. */
const built = (name: string) => readFileSync(new URL(name, import.meta.url), 'utf8');
const assets = {
  dashboard: built('dashboard.html'),
  client: built('client.js'),
  more: built('client-more.js'),
  openapi: built('openapi.json'),
};

export const handler = httpHandler(
  createApp(common, access(process.env, common), [
    channelRoutes(channels),
    ...(state ? [stateRoutes(state)] : []),
    siteRoutes(new Health(channels), assets),
  ]),
  common,
);
