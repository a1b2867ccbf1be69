/** PUT, POST and DELETE /v1/stream/{path}: making, appending and closing, deleting. */

import type { Context } from 'hono';
import { createStream } from '../../streams/create.ts';
import { deleteStream } from '../../streams/delete.ts';
import type { StreamWritePorts } from '../../streams/ports.ts';
import type { Logger } from '../../telemetry/ports.ts';
import type { Mount } from '../app.ts';
import type { Variables } from '../middleware/authenticate.ts';
import { ROUTES } from '../routes.ts';
import { type Admit, admitted, bodyBytes, requireUnpacked } from '../v1/body.ts';
import { appendReply } from './append-replies.ts';
import { HEADERS } from './headers.ts';
import { contentTypeParam, endParams, forkParam, isTrue, streamName } from './params.ts';
import { respond } from './respond.ts';

type StreamContext = Context<{ Variables: Variables }>;

export interface StreamRoutePorts extends StreamWritePorts {
  readonly logger: Logger;
  /** As `PublishRoutePorts.admit`. */
  readonly admit?: Admit;
}

export function streamWriteRoutes(ports: StreamRoutePorts): Mount {
  return (app) => {
    app.put(ROUTES.stream.path, (c) => put(c, ports));
    app.post(ROUTES.stream.path, async (c) => {
      const name = c.req.param('path') ?? '';
      const { path } = c.req;
      const body = () => bodyOf(c, ports);
      const header = (one: string) => c.req.header(one);
      return respond(c, await appendReply(ports, c.var.caller, { name, path, header, body }));
    });
    app.delete(ROUTES.stream.path, async (c) => {
      await deleteStream(ports, c.var.caller, nameOf(c));
      return c.body(null, 204);
    });
  };
}

async function put(c: StreamContext, ports: StreamRoutePorts): Promise<Response> {
  const header = (name: string) => c.req.header(name);
  const fork = forkParam(header);
  const name = nameOf(c);
  const { isNew, contentType, nextOffset, isClosed } = await createStream(ports, c.var.caller, {
    name,
    contentType: contentTypeParam(header),
    ...endParams(header),
    ...(fork ? { fork } : {}),
    closes: isTrue(header(HEADERS.closed)),
    body: () => bodyOf(c, ports),
  });
  return c.body(null, isNew ? 201 : 200, {
    'Content-Type': contentType,
    [HEADERS.nextOffset]: nextOffset,
    ...(isClosed ? { [HEADERS.closed]: 'true' } : {}),
    ...(isNew ? { Location: urlOf(c) } : {}),
  });
}

function nameOf(c: StreamContext): string {
  return streamName(c.req.param('path') ?? '');
}

async function bodyOf(c: StreamContext, { admit }: StreamRoutePorts): Promise<Uint8Array> {
  requireUnpacked(c.req.header('content-encoding'));
  const sent = {
    declared: c.req.header('content-length'),
    whole: () => c.req.arrayBuffer(),
    pieces: () => c.req.raw.body ?? [],
  };
  return admitted(admit, c.var.caller, () => bodyBytes(sent));
}

/** As the client knows the stream: by the host that it asked. */
function urlOf(c: StreamContext): string {
  const { protocol, host, pathname } = new URL(c.req.url);
  const forwarded = c.req.header('x-forwarded-proto');
  const scheme = forwarded === 'https' || forwarded === 'http' ? `${forwarded}:` : protocol;
  return `${scheme}//${c.req.header('host') ?? host}${pathname}`;
}
