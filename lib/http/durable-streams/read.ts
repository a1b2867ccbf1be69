/** GET and HEAD /v1/stream/{path}: catch-up, long poll, server-sent events, and what is known of a stream. */

import type { StreamReadPorts } from '../../streams/ports.ts';
import type { App, Mount } from '../app.ts';
import { ROUTES } from '../routes.ts';
import { readParams, streamName } from './params.ts';
import { headReply, readReply } from './read-replies.ts';
import { respond } from './respond.ts';
import { type EventStreamOptions, streamEvents } from './sse.ts';

export function streamReadRoutes(ports: StreamReadPorts, options: EventStreamOptions): Mount {
  return (app: App) => {
    app.get(ROUTES.stream.path, async (c) => {
      const { caller, query } = c.var;
      const name = streamName(c.req.param('path'));
      const ifNoneMatch = c.req.header('if-none-match');
      if (c.req.method === 'HEAD') return respond(c, await headReply(ports, caller, { name, ifNoneMatch }));
      const params = readParams(query);
      const { offset = '-1', live, cursor } = params;
      if (live === 'sse') return streamEvents(c, ports, { name, offset, cursor }, options);
      return respond(c, await readReply(ports, caller, { name, params, ifNoneMatch }, c.req.raw.signal));
    });
  };
}
