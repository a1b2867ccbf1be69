/** POST …/events: publishing. */

import type { HonoRequest } from 'hono';
import { requireWrite } from '../auth/caller.ts';
import { draftsOfBody, draftsOfLines } from '../drafts.ts';
import { PushError } from '../errors.ts';
import { parseGiven, placeIn } from '../given.ts';
import type { Chance, Clock } from '../ports.ts';
import { CONTENT_TYPES, LIMITS } from '../protocol.ts';
import { type PublishPorts, publish, publishAll } from '../publish.ts';
import type { Mount } from './app.ts';
import { channelParam, noQuery } from './query.ts';
import { ROUTES } from './routes.ts';

/**
 * How long a request of many blocks may take. A function that is killed at its timeout (25 s in serverless.yml) tells nobody how far it
 * came; what is left of that is for a try in flight, the last rings and the answer.
 */
export const REQUEST_MS = 20_000;

export function publishRoutes(
  ports: PublishPorts & { readonly chance: Chance; readonly clock: Clock },
): Mount {
  const newId = () => ports.chance.id();
  return (app) => {
    app.post(ROUTES.poll, async (c) => {
      const by = ports.clock.now() + REQUEST_MS;
      const channel = channelParam(c.req.param('channel'));
      noQuery(c.var.query);
      // Before the body is read: who may not publish here need not be listened to.
      requireWrite(c.var.caller, channel);
      const type = c.req.header('content-type')?.split(';')[0]?.trim().toLowerCase();
      if (type === CONTENT_TYPES.ndjson) {
        const drafts = draftsOfLines(await bodyText(c.req), newId);
        return c.json(await publishAll(ports, c.var.caller, channel, drafts, false, by), 201);
      }
      if (type === CONTENT_TYPES.json) {
        const { drafts, keyed } = draftsOfBody(parse(await bodyText(c.req)), newId);
        return c.json(await publish(ports, c.var.caller, channel, drafts, keyed), 201);
      }
      const message = `Content-Type must be ${CONTENT_TYPES.json} or ${CONTENT_TYPES.ndjson}.`;
      throw new PushError('unsupported-media-type', message, { field: 'content-type' });
    });
  };
}

async function bodyText(request: HonoRequest): Promise<string> {
  // The length that is declared first: what is plainly too large need not be read.
  const bytes = Number(request.header('content-length') ?? 0);
  const body = bytes > LIMITS.bodyBytes ? undefined : await request.arrayBuffer();
  if (!body || body.byteLength > LIMITS.bodyBytes) {
    const message = `The body must be at most ${LIMITS.bodyBytes} bytes, got ${body?.byteLength ?? bytes}.`;
    throw new PushError('too-large', message, { field: 'body' });
  }
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(body);
  } catch {
    throw new PushError('bad-body', 'The body must be UTF-8.', { field: 'body' });
  }
}

function parse(text: string): unknown {
  return parseGiven(text, { subject: 'The body', field: 'body' }, placeIn('body'));
}
