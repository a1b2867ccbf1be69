/** Lambda: the long poll. API Gateway HTTP API -> arm, check, sleep, wake -> answer. */

import { access, base } from '../lib/compose/base.ts';
import { pollPorts } from '../lib/compose/poll.ts';
import { backendChannel, everyShared, offer, sharedHoldSeconds } from '../lib/compose/settings.ts';
import { streamReadPorts } from '../lib/compose/streams.ts';
import { queuedWaits } from '../lib/compose/waits.ts';
import { createApp } from '../lib/http/app.ts';
import { streamReadRoutes } from '../lib/http/durable-streams/read.ts';
import { SHORT } from '../lib/http/durable-streams/sse.ts';
import { httpHandler } from '../lib/http/lambda.ts';
import { backendRoutes } from '../lib/http/legacy/backend.ts';
import { pollRoutes } from '../lib/http/v1/poll.ts';
import { sharedRoutes } from '../lib/http/v1/shared.ts';
import { waitRoutes } from '../lib/http/v1/waits.ts';

const common = base(process.env);
const gate = access(process.env, common);
const ports = { ...pollPorts(process.env, common), ...common };

// Sent where an extension is registered; what has been delayed is harmless to lose elsewhere.
process.once('SIGTERM', () => void ports.afterResponse.flush());

export const handler = httpHandler(
  createApp(common, gate, [
    pollRoutes(ports, offer(process.env)),
    sharedRoutes(ports, everyShared(process.env), sharedHoldSeconds(process.env)),
    waitRoutes(queuedWaits(process.env, common, gate, ports)),
    backendRoutes(ports, backendChannel(process.env)),
    streamReadRoutes(streamReadPorts(process.env, common, ports), SHORT),
  ]),
  common,
);
