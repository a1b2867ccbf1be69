/** Lambda: publish. API Gateway HTTP API -> append, ring -> the vids; what changes streams; and what could not be published. */

import { access, base } from '../lib/compose/base.ts';
import { channelSchemas } from '../lib/compose/channel-schemas.ts';
import { deadLetterQueues } from '../lib/compose/ingest.ts';
import { publishPorts } from '../lib/compose/publish.ts';
import { redactPorts, streamWritePorts } from '../lib/compose/streams.ts';
import { createApp } from '../lib/http/app.ts';
import { streamWriteRoutes } from '../lib/http/durable-streams/write.ts';
import { httpHandler } from '../lib/http/lambda.ts';
import { deadLetterRoutes } from '../lib/http/v1/dead-letters.ts';
import { eraseRoutes } from '../lib/http/v1/erase.ts';
import { publishRoutes } from '../lib/http/v1/publish.ts';
import { schemaRoutes } from '../lib/http/v1/schema.ts';

const common = base(process.env);
const schemas = await channelSchemas(process.env);
const queues = deadLetterQueues(process.env, common);
const ports = { ...publishPorts(process.env, common), ...common, schemas };

export const handler = httpHandler(
  createApp(common, access(process.env, common), [
    publishRoutes(ports),
    schemaRoutes(ports),
    eraseRoutes({ ...redactPorts(process.env, common), ...streamWritePorts(process.env, common, ports) }),
    deadLetterRoutes({ ...common, schemas }, () => queues),
    streamWriteRoutes({ ...streamWritePorts(process.env, common, ports), ...common }),
  ]),
  common,
);
