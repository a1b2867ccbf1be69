/**
 * The AsyncAPI 3 document: which messages go where, for tools that know channels and messages and not requests. It is made of the schemas that check
 * publishes and describe answers, as the OpenAPI document is. The build writes it to dist/asyncapi.json.
 */

import { ROUTES } from '../../lib/http/routes.ts';
import { CHANNEL_PATTERN, LIMITS } from '../../lib/protocol/doorbell.ts';
import { EventSchema } from '../../lib/publish/parse-events.ts';
import { ANSWERS, type Schema } from './openapi-responses.ts';
import { schemaOf } from './openapi-schemas.ts';

const message = (name: string): Schema => ({ $ref: `#/components/messages/${name}` });
const channelIn = (description: string): Schema => ({ channel: { description } });

/** Actions are the service's: it sends what readers get, and receives what producers publish. */
export function asyncApi(): Schema {
  const event = schemaOf(EventSchema);
  const events = { type: 'array', minItems: 1, items: event };
  return {
    asyncapi: '3.0.0',
    info: {
      title: 'Doorbell',
      version: '1',
      description: 'Ordered channels of events. How they are asked for is in openapi.json and PROTOCOL.md.',
      license: { name: 'Apache-2.0' },
    },
    defaultContentType: 'application/json',
    channels: {
      events: {
        address: ROUTES.poll.path.replace(':channel', '{channel}'),
        description:
          'By HTTP. GET is a long poll, or server-sent events on a hub; POST publishes. A deployment may hold the data of a channel to a schema: GET /v1/channels/{channel}/schema.',
        parameters: channelIn('The name of the channel, as in its pattern.'),
        messages: { event: message('Event'), published: message('Published') },
      },
      ingest: {
        address: '{stack}-ingest.fifo',
        description: 'The SQS queue for producers without HTTP. MessageGroupId is the channel.',
        parameters: { stack: { description: 'The name of the stack, `doorbell-{stage}`.' } },
        messages: { sent: message('Sent') },
      },
    },
    operations: {
      deliver: {
        action: 'send',
        summary: 'Every event of a channel, in order, and again until it is acknowledged.',
        channel: { $ref: '#/channels/events' },
        messages: [{ $ref: '#/channels/events/messages/event' }],
      },
      publish: {
        action: 'receive',
        summary: 'Appends one event, or an array as one piece.',
        channel: { $ref: '#/channels/events' },
        messages: [{ $ref: '#/channels/events/messages/published' }],
      },
      ingest: {
        action: 'receive',
        summary: 'The same from the queue, in order for each channel.',
        channel: { $ref: '#/channels/ingest' },
        messages: [{ $ref: '#/channels/ingest/messages/sent' }],
      },
    },
    components: {
      messages: {
        Event: { title: 'An event as readers get it', payload: ANSWERS.Event },
        Published: {
          title: 'What a producer posts',
          payload: { oneOf: [event, { ...events, maxItems: LIMITS.blockEvents }] },
        },
        Sent: {
          title: 'What a producer sends to the queue',
          payload: { oneOf: [inChannel(event), inChannel({ properties: { events }, required: ['events'] })] },
        },
      },
    },
  };
}

/** A message of the queue names its channel beside the event, or beside the events. */
function inChannel(body: Schema): Schema {
  const { properties, required } = body as { properties: Schema; required?: readonly string[] };
  return {
    type: 'object',
    properties: { channel: { type: 'string', pattern: CHANNEL_PATTERN.source }, ...properties },
    required: ['channel', ...(required ?? [])],
    additionalProperties: false,
  };
}
