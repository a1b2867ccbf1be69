/** POST …/events: publishing. */

import type { Caller } from '../../auth/caller.ts';
import { writableKeys } from '../../auth/key-grants.ts';
import { PushError } from '../../errors.ts';
import { requireExpectable } from '../../expectations/arming.ts';
import { expectMs } from '../../expectations/duration.ts';
import { CONTENT_TYPES, EXPECT_RULE, type PublishAnswer } from '../../protocol/doorbell.ts';
import { attributesOf, cloudEventOf, eventOfCloudEvent, eventsOfBatch } from '../../publish/cloud-events.ts';
import { dataCheck } from '../../publish/data-check.ts';
import { keyAt } from '../../publish/key-pointer.ts';
import { type EntryExtras, eventsOfBody, eventsOfLines } from '../../publish/parse-events.ts';
import { type PublishPorts, publish, publishAll } from '../../publish/publish.ts';
import { jsonPath, parseStrictJson } from '../../publish/strict-json.ts';
import type { Clock, Random } from '../../runtime/ports.ts';
import type { Mount } from '../app.ts';
import { ROUTES } from '../routes.ts';
import { type Admit, admitted, bodyBytes, bodyText, requireUnpacked } from './body.ts';
import { channelParam } from './checks.ts';
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
  const taken = eventOfCloudEvent(cloudEvent, '', keyOf);
  const { events, hasProducerIds } = eventsOfBody(
    taken,
    () => ports.random.id(),
    dataCheck(ports.schemas, channel),
  );
  return publish(ports, caller, channel, events, hasProducerIds);
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
    const { events, hasProducerIds } = eventsOfBody(taken, newId, check);
    return publish(ports, caller, channel, events, hasProducerIds);
  }
  const message = `Content-Type must be ${CONTENT_TYPES.json}, ${CONTENT_TYPES.ndjson}, ${CONTENT_TYPES.cloudEvent} or ${CONTENT_TYPES.cloudEvents}.`;
  throw new PushError('unsupported-media-type', message, { field: 'content-type' });
}

/** A media type without its parameters. */
function mediaType(header: string | undefined): string | undefined {
  return header?.split(';')[0]?.trim().toLowerCase();
}

function isCloudEventType(type: string | undefined): boolean {
  return type === CONTENT_TYPES.cloudEvent || type === CONTENT_TYPES.cloudEvents;
}

/** Where each line has its key, when the request says so. Throws `bad-parameter`. */
function keyOfLines(key: string | undefined, keyFrom: string | undefined, type: string | undefined) {
  if (key === undefined && keyFrom === undefined) return undefined;
  const field = key === undefined ? 'keyFrom' : 'doorbell-key';
  if (key !== undefined && keyFrom !== undefined)
    throw new PushError('bad-parameter', 'Doorbell-Key and keyFrom say the same: send one of them.', {
      field,
    });
  if (type === CONTENT_TYPES.json) {
    const message = `${field} is for ${CONTENT_TYPES.ndjson} and CloudEvents: in JSON each event has its own key.`;
    throw new PushError('bad-parameter', message, { field });
  }
  return keyAt(key ?? `/${keyFrom?.replaceAll('~', '~0').replaceAll('/', '~1')}`, field);
}

/** What each line promises, when the request says so. Throws `bad-parameter`. */
function expectOfLines(
  header: string | undefined,
  parameter: string | undefined,
  type: string | undefined,
): EntryExtras | undefined {
  const expect = header ?? parameter;
  if (expect === undefined) return undefined;
  const field = header === undefined ? 'expect' : 'doorbell-expect';
  if (header !== undefined && parameter !== undefined)
    throw new PushError('bad-parameter', 'Doorbell-Expect and expect say the same: send one of them.', {
      field,
    });
  if (type !== CONTENT_TYPES.ndjson) {
    const message = `${field} is for ${CONTENT_TYPES.ndjson}: in JSON each event has its own.`;
    throw new PushError('bad-parameter', message, { field });
  }
  if (expectMs(expect) === undefined)
    throw new PushError('bad-parameter', `${field} ${EXPECT_RULE}.`, { field });
  return { expect };
}

function parse(text: string): unknown {
  return parseStrictJson(text, { subject: 'The body', field: 'body' }, jsonPath('body'));
}
