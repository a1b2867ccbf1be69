/** A CloudEvent in its JSON format, as JSON Schema 2020-12: the rules of lib/publish/cloud-events.ts. */

import { BASE64 } from '../../lib/publish/cloud-events.ts';
import { KEY_SCHEMA, type Schema } from './openapi-responses.ts';

const filled = { type: 'string', minLength: 1 } as const;
const orNull = (schema: Schema): Schema => ({ anyOf: [schema, { type: 'null' }] });

export const CLOUD_EVENT: Schema = {
  type: 'object',
  required: ['id', 'source', 'specversion', 'type'],
  properties: {
    id: filled,
    source: { ...filled, description: 'With its id, what names it.' },
    specversion: { enum: ['1.0'] },
    type: filled,
    time: orNull({ type: 'string', format: 'date-time' }),
    partitionkey: {
      ...orNull(KEY_SCHEMA),
      description: "The event's key, unless the request names another.",
    },
    data: { description: 'Any JSON.' },
    data_base64: {
      type: 'string',
      pattern: BASE64.source,
      description: 'In place of data: bytes.',
    },
  },
  propertyNames: { pattern: '^([a-z0-9]{1,100}|data_base64)$' },
  additionalProperties: { type: ['string', 'boolean', 'integer', 'null'] },
  not: { required: ['data', 'data_base64'] },
};
