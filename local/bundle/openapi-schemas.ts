/** From the schemas that check requests to JSON Schema 2020-12 and OpenAPI parameters. */

import { type JsonSchema, toJsonSchema } from '@valibot/to-json-schema';
import type * as v from 'valibot';
import { Channel, Client, Key, Vid } from '../../lib/http/v1/checks.ts';
import { CHANNEL_PATTERN, EXPECT_PATTERN, KEY_PATTERN, LIMITS } from '../../lib/protocol/doorbell.ts';
import { KEY_SCHEMA, type Schema } from './openapi-responses.ts';

/** How numbers are checked while they are text. */
const DIGITS = '/^\\d+$/';

/** JSON Schema of what the valibot schema takes, numbers in text as numbers. Throws where there is no such thing as one. */
export function schemaOf(schema: v.GenericSchema): Schema {
  const { $schema: _, ...converted } = toJsonSchema(schema, {
    target: 'draft-2020-12',
    typeMode: 'output',
    overrideAction: ({ valibotAction: action, jsonSchema }) => {
      if (action.type === 'transform') return jsonSchema;
      if (!('requirement' in action)) return undefined;
      if (action.requirement === KEY_PATTERN) return KEY_SCHEMA;
      return String(action.requirement) === DIGITS ? { type: 'integer' } : undefined;
    },
  });
  return converted;
}

interface ObjectSchema {
  readonly entries: Readonly<Record<string, v.GenericSchema>>;
}

/** The parameters of a query, each with what is said about it; throws when one is not told of, or one is that is not there. */
export function queryOf({ entries }: ObjectSchema, descriptions: Readonly<Record<string, string>>): Schema[] {
  const names = Object.keys(entries).sort();
  if (names.join() !== Object.keys(descriptions).sort().join())
    throw new Error(`the parameters are ${names.join(', ')}; described are ${Object.keys(descriptions)}`);
  return Object.entries(entries).map(([name, entry]) => parameter(name, entry, descriptions[name] ?? ''));
}

function parameter(name: string, entry: v.GenericSchema, description: string): Schema {
  const schema = optional(entry);
  return {
    name,
    in: 'query',
    required: schema === undefined,
    description,
    schema: schema ?? schemaOf(entry),
  };
}

/** The schema inside of an optional one, with its default. */
function optional(entry: v.GenericSchema): Schema | undefined {
  if (!('wrapped' in entry)) return undefined;
  const schema = schemaOf(entry.wrapped as v.GenericSchema);
  const { default: given } = entry as { readonly default?: unknown };
  if (given === undefined) return schema;
  return { ...schema, default: schema.type === 'integer' ? Number(given) : given };
}

export const channelInPath: Schema = {
  name: 'channel',
  in: 'path',
  required: true,
  description: "The channel's name.",
  schema: schemaOf(Channel),
};

export const vidInPath: Schema = {
  name: 'vid',
  in: 'path',
  required: true,
  description: "The event's number.",
  schema: schemaOf(Vid),
};

export const clientInPath: Schema = {
  name: 'client',
  in: 'path',
  required: true,
  description: "The client's id.",
  schema: schemaOf(Client),
};

/** What a browser's EventSource sends when it comes again: the last vid that it has had. As for any header that says nothing there, an answer in JSON ignores it. */
export const lastEventInHeader: Schema = {
  name: 'Last-Event-ID',
  in: 'header',
  required: false,
  description:
    'The vid of the last event that a stream has brought; goes before maxvid. Only where the answer is a stream: anything but such a number is refused there.',
  schema: { type: 'string' },
};

/** Where each line of NDJSON has its key. */
export const keyInHeader: Schema = {
  name: 'Doorbell-Key',
  in: 'header',
  required: false,
  description: "For lines: a JSON pointer to the key in each line's data. Not beside keyFrom.",
  schema: { type: 'string', pattern: '^(/([^~/]|~[01])*)+$', maxLength: 256 },
};

/** Within which time each line of NDJSON promises the next event. */
export const expectInHeader: Schema = {
  name: 'Doorbell-Expect',
  in: 'header',
  required: false,
  description: 'For lines: within which time the next event is promised, as PT15M. Not beside expect.',
  schema: { type: 'string', pattern: EXPECT_PATTERN.source },
};

/** Which keys are asked for, of a state or a poll. */
export const keysInQuery: Schema = {
  name: 'key',
  in: 'query',
  required: false,
  description: 'Only these keys. Not beside prefix.',
  explode: true,
  schema: { type: 'array', minItems: 0, maxItems: LIMITS.keysPerRequest, items: schemaOf(Key) },
};

/** `channel[:maxvid[:epoch]]`, which is taken apart before its parts are checked. Not all numbers of 16 digits are safe integers, so 15 are said. */
const cursor: JsonSchema = {
  type: 'string',
  pattern: CHANNEL_PATTERN.source
    .replace('{1,2}$', '{1,2}(:|$)')
    .replace(/\$$/, '(:\\d{1,15}(:[A-Za-z0-9-]{1,64})?)?$'),
};

export const cursorsInQuery: Schema = {
  name: 'cursor',
  in: 'query',
  required: true,
  description: 'Different channels, each `channel[:maxvid[:epoch]]`.',
  explode: true,
  schema: { type: 'array', minItems: 1, maxItems: LIMITS.channelsPerPoll, items: cursor },
};
