/**
 * The OpenAPI 3.1 document of the HTTP API. Parameters and bodies are made of the schemas that check requests, so neither can say something that
 * the other does not know; the build writes the document, and GET /openapi.json serves it.
 */

import { ROUTES } from '../../lib/http/routes.ts';
import { BackendQuery, ChannelsQuery, PublishQuery, StateQuery } from '../../lib/http/v1/params.ts';
import { ManyQuery, PollQuery, SharedQuery } from '../../lib/http/v1/poll-params.ts';
import { CONTENT_TYPES, LIMITS } from '../../lib/protocol/doorbell.ts';
import { PROBLEMS, type ProblemCode } from '../../lib/protocol/problems.ts';
import { EventSchema } from '../../lib/publish/parse-events.ts';
import { CLOUD_EVENT } from './openapi-cloud-event.ts';
import { DEAD_LETTER_OPERATIONS } from './openapi-dead-letters.ts';
import { ANSWERS, problemType, ref, type Schema } from './openapi-responses.ts';
import {
  channelInPath,
  clientInPath,
  cursorsInQuery,
  expectInHeader,
  keyInHeader,
  keysInQuery,
  lastEventInHeader,
  queryOf,
  schemaOf,
  vidInPath,
} from './openapi-schemas.ts';
import { STREAM_OPERATIONS } from './openapi-streams.ts';
import { WAIT_OPERATIONS, WAITING } from './openapi-waits.ts';

const ALWAYS: readonly ProblemCode[] = ['uri-too-long', 'too-many-requests', 'internal', 'unavailable'];
const GUARDED: readonly ProblemCode[] = [
  'bad-parameter',
  'no-token',
  'bad-token',
  'expired-token',
  'forbidden',
];

/** Every route of lib/http/routes.ts, by path and method. */
export function openApi(): Schema {
  return {
    openapi: '3.1.0',
    info: {
      title: 'Doorbell',
      version: '1',
      summary: 'Server push over plain HTTP long-polling.',
      description:
        'PROTOCOL.md says more: what a cursor is, when to poll again, what a reset means. An unknown or repeated parameter is ' +
        'refused. A path that is not here is answered with 404, a method that is not here with 405.',
      license: { name: 'Apache-2.0', identifier: 'Apache-2.0' },
    },
    servers: [{ url: '/' }],
    paths: {
      [ROUTES.page.path]: { get: open('page', 'The dashboard.', file('text/html')) },
      [ROUTES.client.path]: {
        get: open('client', 'The browser client, as a module.', file('text/javascript')),
      },
      [ROUTES.more.path]: {
        get: open(
          'clientMore',
          'What the browser client loads beside itself when it is needed.',
          file('text/javascript'),
        ),
      },
      [ROUTES.openapi.path]: { get: open('openapi', 'This document.', json({ type: 'object' })) },
      [ROUTES.health.path]: { get: open('health', 'Whether the log can be read.', json(ref('Health'))) },
      [path(ROUTES.poll.path)]: { get: POLL, post: PUBLISH },
      [ROUTES.pollMany.path]: { get: POLL_MANY },
      [path(ROUTES.shared.path)]: { get: SHARED },
      ...WAIT_PATHS,
      [ROUTES.backend.path]: { get: BACKEND },
      [ROUTES.channels.path]: { get: CHANNELS },
      [path(ROUTES.channel.path)]: {
        get: guarded(
          'channelInfo',
          'One channel: its epoch, its oldest and newest vid, and the number of its clients.',
          json(ref('ChannelInfo')),
          ['not-found'],
          {
            parameters: [channelInPath],
          },
        ),
        delete: guarded(
          'deleteChannel',
          'Deletes a channel with all that it holds, and takes its name off the list.',
          {},
          ['not-found', 'gone'],
          { status: 204, parameters: [channelInPath] },
        ),
      },
      [path(ROUTES.state.path)]: {
        get: guarded('state', 'The newest event of each key.', json(ref('StateAnswer')), ['not-found'], {
          parameters: [
            channelInPath,
            keysInQuery,
            ...queryOf(StateQuery, {
              prefix: 'Only keys that begin so. Not beside key.',
              after: 'Keys behind this one: what the page before gave as next. Not beside key.',
            }),
          ],
        }),
      },
      [path(ROUTES.event.path)]: {
        delete: guarded(
          'redactEvent',
          'Takes the data of an event out of the log. Its number stays.',
          {},
          ['not-found', 'unsupported-media-type'],
          { status: 204, parameters: [channelInPath, vidInPath] },
        ),
      },
      [path(ROUTES.schema.path)]: {
        get: guarded(
          'channelSchema',
          'What the data of its events must be, where the deployment says so.',
          { [CONTENT_TYPES.schema]: { schema: { type: ['object', 'boolean'] } } },
          ['not-found'],
          { parameters: [channelInPath] },
        ),
      },
      [path(ROUTES.clients.path)]: {
        get: guarded(
          'channelClients',
          'Every reader that keeps a cursor.',
          json(ref('Clients')),
          ['not-found'],
          {
            parameters: [channelInPath],
          },
        ),
      },
      [path(ROUTES.forget.path)]: {
        delete: guarded('forgetClient', 'Forgets a cursor.', {}, [], {
          status: 204,
          parameters: [channelInPath, clientInPath],
        }),
      },
      ...DEAD_LETTER_PATHS,
      [path(ROUTES.stream.path)]: Object.fromEntries(
        Object.entries(STREAM_OPERATIONS).map(([method, { operationId, summary, content, codes, more }]) => [
          method,
          guarded(operationId, summary, content, codes, more),
        ]),
      ),
    },
    components: {
      schemas: ANSWERS,
      securitySchemes: {
        bearerAuth: {
          type: 'http',
          scheme: 'bearer',
          bearerFormat: 'JWT',
          description:
            'The claims `read`, `write`, `manage`, `share` and `dead` hold channels and streams: names, `prefix.*`, `prefix/*` or `*`.',
        },
      },
    },
  };
}

const POLL = guarded(
  'poll',
  'Events after maxvid, or none when the wait ends.',
  { ...json(ref('PollAnswer')), ...file('text/event-stream') },
  ['reset', 'unsupported-media-type'],
  {
    parameters: [
      channelInPath,
      keysInQuery,
      ...queryOf(PollQuery, {
        ...WAITING,
        maxvid:
          "Events after it; 0 is from the oldest kept. Absent: from the client's cursor, or from now on.",
        epoch: 'As last received.',
      }),
      lastEventInHeader,
    ],
  },
);

const POLL_MANY = guarded(
  'pollMany',
  'One poll of several channels.',
  json(ref('MultiPollAnswer')),
  ['reset', 'unsupported-media-type'],
  {
    parameters: [cursorsInQuery, keysInQuery, ...queryOf(ManyQuery, WAITING)],
  },
);

/** Of a public channel without a token. */
const SHARED = {
  ...guarded(
    'pollShared',
    'The poll that caches may answer: events after maxvid, or none when the slot is over. Without parameters: where the channel is now.',
    json(ref('SharedAnswer')),
    ['reset', 'unsupported-media-type'],
    {
      parameters: [
        channelInPath,
        ...queryOf(SharedQuery, {
          maxvid:
            'Events after it; 0 is from the oldest kept. The parameters stand in this order, each at most once.',
          epoch: 'As last received. Only behind maxvid.',
          slot: 'As last received: waits until that slot is over. Absent: does not wait. Only behind maxvid.',
          hold: 'How long a slot is, in seconds, where an answer has said so. Absent: 20. Only behind maxvid.',
        }),
      ],
    },
  ),
  security: [{ bearerAuth: [] }, {}],
};

/** A ticket is asked for instead of a token. */
const WAIT_PATHS = Object.fromEntries(
  WAIT_OPERATIONS.map(({ route, method, isOpen, operationId, summary, content, codes, more }) => {
    const operation = guarded(operationId, summary, content, codes, more);
    return [path(route), { [method]: isOpen ? { ...operation, security: [{}] } : operation }];
  }),
);

const DEAD_LETTER_PATHS = Object.fromEntries(
  [...Map.groupBy(DEAD_LETTER_OPERATIONS, ({ route }) => route)].map(([route, operations]) => [
    path(route),
    Object.fromEntries(
      operations.map(({ method, operationId, summary, content, codes, more }) => [
        method,
        guarded(operationId, summary, content, codes, more),
      ]),
    ),
  ]),
);

const CHANNELS = guarded(
  'channels',
  'A page of the channels that the token may read, by name.',
  json(ref('Channels')),
  [],
  {
    parameters: queryOf(ChannelsQuery, {
      after: 'Channels behind this name.',
      limit: 'Most channels in a page; it may hold fewer although there are more.',
    }),
  },
);

const PUBLISH = guarded(
  'publish',
  'Appends events, and wakes the readers that wait for them.',
  json(ref('PublishAnswer')),
  ['bad-body', 'closed', 'gone', 'too-large', 'unsupported-media-type'],
  {
    status: 201,
    parameters: [
      channelInPath,
      ...queryOf(PublishQuery, {
        keyFrom: "For lines: the member of each line's data that is its key.",
        expect: 'For lines: within which time the next event is promised, from PT1M to P31D.',
      }),
      keyInHeader,
      expectInHeader,
    ],
    requestBody: {
      required: true,
      content: {
        [CONTENT_TYPES.json]: {
          schema: {
            oneOf: [
              schemaOf(EventSchema),
              { type: 'array', minItems: 1, maxItems: LIMITS.blockEvents, items: schemaOf(EventSchema) },
            ],
          },
        },
        [CONTENT_TYPES.ndjson]: {
          schema: { type: 'string', description: 'A JSON value a line, each the data of one event.' },
        },
        [CONTENT_TYPES.cloudEvent]: { schema: CLOUD_EVENT },
        [CONTENT_TYPES.cloudEvents]: {
          schema: { type: 'array', minItems: 1, maxItems: LIMITS.blockEvents, items: CLOUD_EVENT },
        },
      },
    },
  },
);

const BACKEND = guarded(
  'backend',
  'The legacy route: one event of one channel as a flat record, or an empty body when the wait ends.',
  json(ref('Record')),
  ['not-found'],
  { parameters: queryOf(BackendQuery, { maxvid: 'The event after it.', _: 'Against caches.' }) },
);

interface More {
  readonly status?: number;
  /** Other statuses that are no problem, and what each says; they have no body. */
  readonly also?: Readonly<Record<number, string>>;
  readonly parameters?: readonly Schema[];
  readonly requestBody?: Schema;
}

function open(operationId: string, summary: string, content: Schema): Schema {
  return { operationId, summary, security: [], responses: responses(200, content, ALWAYS) };
}

function guarded(
  operationId: string,
  summary: string,
  content: Schema,
  codes: readonly ProblemCode[],
  { status = 200, also = {}, ...more }: More,
): Schema {
  const all = [...ALWAYS, ...GUARDED, ...codes];
  return {
    operationId,
    summary,
    security: [{ bearerAuth: [] }],
    ...more,
    responses: {
      ...Object.fromEntries(Object.entries(also).map(([other, description]) => [other, { description }])),
      ...responses(status, content, all),
    },
  };
}

function responses(status: number, content: Schema, codes: readonly ProblemCode[]): Schema {
  const described = Object.keys(content).length > 0 ? { content } : {};
  const problems = Map.groupBy(codes, (code) => PROBLEMS[code].status);
  return Object.fromEntries([
    [status, { description: 'Done.', ...described }],
    ...[...problems].map(([refused, types]) => [refused, problem(types)] as const),
  ]);
}

function problem(codes: readonly ProblemCode[]): Schema {
  const type = { enum: codes.map(problemType) };
  return {
    description: codes.join(', '),
    content: {
      [CONTENT_TYPES.problem]: { schema: { allOf: [ref('Problem'), { properties: { type } }] } },
    },
  };
}

function json(schema: Schema): Schema {
  return { [CONTENT_TYPES.json]: { schema } };
}

function file(type: string): Schema {
  return { [type]: { schema: { type: 'string' } } };
}

/** The router's `:name` is OpenAPI's `{name}`. */
function path(pattern: string): string {
  return pattern.replace(/:(\w+)(?:\{\[\^\]\+\})?/g, '{$1}');
}
