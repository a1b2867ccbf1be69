/** POST …/events: publishing. */

import type { Caller } from '../../auth/caller.ts';
import { writableKeys } from '../../auth/key-grants.ts';
import { PushError } from '../../errors.ts';
import { requireExpectable } from '../../expectations/arming.ts';
import { CONTENT_TYPES, type PublishAnswer } from '../../protocol/doorbell.ts';
import {
  attributesOf,
  cloudEventOf,
  eventOfCloudEvent,
  eventsOfBatch,
  type HandedIn,
} from '../../publish/cloud-events.ts';
import { dataCheck } from '../../publish/data-check.ts';
import { eventsOfBody, eventsOfLines } from '../../publish/parse-events.ts';
import { type PublishPorts, publish, publishAll } from '../../publish/publish.ts';
import { jsonPath, parseStrictJson } from '../../publish/strict-json.ts';
import type { Clock, Random } from '../../runtime/ports.ts';
import type { Mount } from '../app.ts';
import { ROUTES } from '../routes.ts';
import { type Admit, admitted, bodyBytes, bodyText, requireUnpacked } from './body.ts';
import { channelParam } from './checks.ts';
import { expectOfLines, isCloudEventType, keyOfLines, mediaType } from './line-form.ts';
import { type PublishParameters, publishQuery } from './params.ts';

/**
 * How long a request of many blocks may take. A function that is killed at its timeout (25 s in serverless.yml) tells nobody how far it
 * came; what is left of that is for a try in flight, the last rings and the answer.
 */
export const REQUEST_MS = 20_000;

export type PublishRoutePorts = PublishPorts & {
  readonly random: Random;
  readonly clock: Clock;
  /** Absent: as many as come. */
  readonly admit?: Admit;
};

export function publishRoutes(ports: PublishRoutePorts): Mount {
  return (app) => {
    app.post(ROUTES.poll.path, async (c) => {
      const channel = channelParam(c.req.param('channel'));
      const query = publishQuery(c.var.query);
      const body = {
        declared: c.req.header('content-length'),
        whole: () => c.req.arrayBuffer(),
        pieces: () => c.req.raw.body ?? [],
      };
      const form = {
        type: c.req.header('content-type'),
        encoding: c.req.header('content-encoding'),
        key: c.req.header('doorbell-key'),
        expect: c.req.header('doorbell-expect'),
        query,
      };
      const attributes = attributesOf(c.req.raw.headers);
      const answer =
        attributes && !isCloudEventType(mediaType(form.type))
          ? publishData(ports, c.var.caller, channel, { ...form, attributes }, () => bodyBytes(body))
          : publishBody(ports, c.var.caller, channel, form, () => bodyText(body));
      return c.json(await answer, 201);
    });
  };
}

/** Publishes a CloudEvent whose attributes are headers and whose data is the body. `read` and errors as in `publishBody`. */
async function publishData(
  ports: PublishRoutePorts,
  caller: Caller,
  channel: string,
  {
    type,
    encoding,
    key,
    expect,
    query = {},
    attributes,
  }: BodyForm & { readonly attributes: Readonly<Record<string, string>> },
  read: () => Promise<Uint8Array>,
): Promise<PublishAnswer> {
  writableKeys(caller, channel);
  requireUnpacked(encoding);
  const keyOf = keyOfLines(key, query.keyFrom, undefined);
  expectOfLines(expect, query.expect, undefined);
  const cloudEvent = cloudEventOf(attributes, type, await admitted(ports.admit, caller, read));
  return publishTaken(ports, caller, channel, eventOfCloudEvent(cloudEvent, '', keyOf));
}

/** What a request's headers say of its body. */
export interface BodyForm {
  readonly type: string | undefined;
  readonly encoding: string | undefined;
  /** The `Doorbell-Key` header: a JSON pointer to the key in each line's data. */
  readonly key?: string | undefined;
  /** The `Doorbell-Expect` header: within which time each line promises the next event. */
  readonly expect?: string | undefined;
  /** The same by the query. */
  readonly query?: PublishParameters;
}

/** Publishes what a request's body holds; `read` reads it, once the caller is known to be allowed to. Throws as `publish` and `publishAll`, and what is wrong with the body. */
export async function publishBody(
  ports: PublishRoutePorts,
  caller: Caller,
  channel: string,
  { type: contentType, encoding, key, expect, query = {} }: BodyForm,
  read: () => Promise<string>,
): Promise<PublishAnswer> {
  const text = () => admitted(ports.admit, caller, read);
  const by = ports.clock.elapsed() + REQUEST_MS;
  const newId = () => ports.random.id();
  // Before the body is read: who may not publish here need not be listened to.
  writableKeys(caller, channel);
  requireUnpacked(encoding);
  const type = mediaType(contentType);
  const keyOf = keyOfLines(key, query.keyFrom, type);
  const extras = expectOfLines(expect, query.expect, type);
  if (extras) requireExpectable(channel, [extras], () => '');
  const check = dataCheck(ports.schemas, channel);
  if (type === CONTENT_TYPES.ndjson) {
    const lines = eventsOfLines(await text(), newId, keyOf, check, extras);
    return publishAll(ports, caller, channel, lines, false, by);
  }
  if (type === CONTENT_TYPES.json) {
    const body = parse(await text());
    const { events, hasProducerIds } = eventsOfBody(body, newId, check);
    requireExpectable(channel, events, (i) => (Array.isArray(body) ? `[${i}].` : ''));
    return publish(ports, caller, channel, events, hasProducerIds);
  }
  if (isCloudEventType(type)) {
    const body = parse(await text());
    const taken =
      type === CONTENT_TYPES.cloudEvents ? eventsOfBatch(body, keyOf) : eventOfCloudEvent(body, '', keyOf);
    return publishTaken(ports, caller, channel, taken);
  }
  const message = `Content-Type must be ${CONTENT_TYPES.json}, ${CONTENT_TYPES.ndjson}, ${CONTENT_TYPES.cloudEvent} or ${CONTENT_TYPES.cloudEvents}.`;
  throw new PushError('unsupported-media-type', message, { field: 'content-type' });
}

/** CloudEvents, as they are handed in. */
function publishTaken(
  ports: PublishRoutePorts,
  caller: Caller,
  channel: string,
  taken: HandedIn | readonly HandedIn[],
): Promise<PublishAnswer> {
  const check = dataCheck(ports.schemas, channel);
  const { events, hasProducerIds } = eventsOfBody(taken, () => ports.random.id(), check);
  return publish(ports, caller, channel, events, hasProducerIds);
}

function parse(text: string): unknown {
  return parseStrictJson(text, { subject: 'The body', field: 'body' }, jsonPath('body'));
}
