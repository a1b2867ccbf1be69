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
  const declared = request.header('content-length');
  // The length that is declared first: what is plainly too large need not be read.
  const bytes = Number(declared ?? 0);
  if (bytes > LIMITS.bodyBytes) throw tooLarge(`got ${bytes}`);
  // A server lets no more in than was declared; what comes in pieces may have no end.
  const body = declared === undefined ? await counted(request.raw.body) : await request.arrayBuffer();
  if (body.byteLength > LIMITS.bodyBytes) throw tooLarge(`got ${body.byteLength}`);
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(body);
  } catch {
    throw new PushError('bad-body', 'The body must be UTF-8.', { field: 'body' });
  }
}

async function counted(body: ReadableStream<Uint8Array> | null): Promise<Uint8Array> {
  const pieces: Uint8Array[] = [];
  let bytes = 0;
  for await (const piece of body ?? []) {
    bytes += piece.byteLength;
    // Leaving the loop cancels the stream.
    if (bytes > LIMITS.bodyBytes) throw tooLarge('got more');
    pieces.push(piece);
  }
  return Buffer.concat(pieces, bytes);
}

function tooLarge(got: string): PushError {
  const message = `The body must be at most ${LIMITS.bodyBytes} bytes, ${got}.`;
  return new PushError('too-large', message, { field: 'body' });
}

function parse(text: string): unknown {
  return parseGiven(text, { subject: 'The body', field: 'body' }, placeIn('body'));
}
