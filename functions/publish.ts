/** Lambda: publish. API Gateway HTTP API -> append, ring -> the vids; and what changes streams. */

import { access, base } from '../lib/compose/base.ts';
import { channelSchemas } from '../lib/compose/channel-schemas.ts';
import { publishPorts } from '../lib/compose/publish.ts';
import { streamWritePorts } from '../lib/compose/streams.ts';
import { createApp } from '../lib/http/app.ts';
import { streamWriteRoutes } from '../lib/http/durable-streams/write.ts';
import { httpHandler } from '../lib/http/lambda.ts';
import { publishRoutes } from '../lib/http/v1/publish.ts';
import { schemaRoutes } from '../lib/http/v1/schema.ts';

const common = base(process.env);
const schemas = await channelSchemas(process.env);
const ports = { ...publishPorts(process.env, common), ...common, schemas };

export const handler = httpHandler(
  createApp(common, access(process.env, common), [
    publishRoutes(ports),
    schemaRoutes(ports),
    streamWriteRoutes({ ...streamWritePorts(process.env, common, ports), ...common }),
  ]),
  common,
);
