/** Lambda: publish. API Gateway HTTP API -> append, ring -> the vids. */

import { access, base, publishPorts } from '../lib/deps.ts';
import { createApp } from '../lib/http/app.ts';
import { publishRoutes } from '../lib/http/publish-routes.ts';
import { httpHandler } from '../lib/lambda.ts';

const common = base();
const ports = { ...publishPorts(process.env, common), ...common };

export const handler = httpHandler(
  createApp(common, access(process.env, common), [publishRoutes(ports)]),
  common,
);
