/** Lambda: the dashboard, the browser client, channels and clients, and every path that no other function takes. */

import { readFileSync } from 'node:fs';
import { access, base } from '../lib/compose/base.ts';
import { channelPorts } from '../lib/compose/channels.ts';
import { createApp } from '../lib/http/app.ts';
import { httpHandler } from '../lib/http/lambda.ts';
import { pageRoutes } from '../lib/http/site/site.ts';

const common = base();
/** The build puts these files beside this function's bundle. */
const built = (name: string) => readFileSync(new URL(name, import.meta.url), 'utf8');
const assets = {
  dashboard: built('dashboard.html'),
  client: built('client.js'),
  openapi: built('openapi.json'),
};

export const handler = httpHandler(
  createApp(common, access(process.env, common), [pageRoutes(channelPorts(process.env, common), assets)]),
  common,
);
