/** The operations of the Durable Streams protocol in the OpenAPI document; docs/reference/durable-streams.md says what they mean. */

import type { ProblemCode } from '../../lib/protocol/problems.ts';
import type { Schema } from './openapi-responses.ts';

/** What an operation says besides its name and answers. */
export interface StreamOperation {
  readonly operationId: string;
  readonly summary: string;
  readonly content: Schema;
  readonly codes: readonly ProblemCode[];
  readonly more: {
    readonly status: number;
    readonly also?: Readonly<Record<number, string>>;
    readonly parameters: readonly Schema[];
    readonly requestBody?: Schema;
  };
}

const text = { type: 'string' };
const filled = { type: 'string', minLength: 1 };
/** Seconds, as lib/http/durable-streams/params.ts has it. */
const MAX_TTL_S = 10_000_000_000;
/** As `STREAM_PATTERN`, without looking ahead: not every engine of patterns does. */
const PART = '(\\.*[A-Za-z0-9_-][A-Za-z0-9_.-]*|\\.{3,})';
const NAME = `${PART}(/${PART})*`;
const NAME_LENGTH = 512;
const STREAM_PATH = '/v1/stream/';
/** A header that is kept in the log. */
const kept = { type: 'string', maxLength: 256 };
const isTrue = {
  type: 'string',
  description: '`true` in any case; everything else is as if it were absent.',
};
const anything: Schema = { '*/*': { schema: { type: 'string', format: 'binary' } } };
/** A stream answers with the type that it was made with. That may be one which a client takes for JSON and the service does not. */
const messages: Schema = {
  'application/json': {
    schema: { type: 'array', items: {}, description: 'The messages of a stream of JSON.' },
  },
  '*/*': { schema: { description: 'The bytes of any other, or server-sent events.' } },
};

const name: Schema = {
  name: 'path',
  in: 'path',
  required: true,
  description: 'The name of the stream; slashes in it stay as they are.',
  schema: { type: 'string', pattern: `^${NAME}$`, minLength: 1, maxLength: NAME_LENGTH },
};

const known = inHeader(
  'If-None-Match',
  'The `ETag` of an earlier answer: 304 where it would be the same.',
  text,
);

const READ: StreamOperation = {
  operationId: 'streamRead',
  summary: 'What comes after an offset: at once, as a long poll, or as server-sent events.',
  content: messages,
  codes: ['not-found', 'gone'],
  more: {
    status: 200,
    also: {
      204: 'A long poll is over, and nothing came.',
      304: 'The answer that the client has still holds.',
    },
    parameters: [
      name,
      inQuery('offset', 'As last received; `-1` is the start, `now` the end.', filled),
      inQuery('live', 'Waits where nothing comes after the offset, which must be given then.', {
        enum: ['long-poll', 'sse'],
      }),
      inQuery('cursor', 'The `Stream-Cursor` of the last live answer.', text),
      known,
    ],
  },
};

const LOOK: StreamOperation = {
  operationId: 'streamLook',
  summary: 'What is known of a stream, without what it holds.',
  content: {},
  codes: ['not-found', 'gone'],
  more: {
    status: 200,
    also: { 304: 'It is as the client knows it.' },
    parameters: [name, known],
  },
};

const MAKE: StreamOperation = {
  operationId: 'streamMake',
  summary: 'Makes a stream, or finds it as it is asked for. It may be a fork of another.',
  content: {},
  codes: ['bad-body', 'not-found', 'conflict', 'too-large', 'unsupported-media-type'],
  more: {
    status: 201,
    also: { 200: 'It is there already, as it is asked for.' },
    parameters: [
      name,
      inHeader('Stream-TTL', 'Seconds without a read or a write after which it ends.', whole(MAX_TTL_S)),
      inHeader('Stream-Expires-At', 'RFC 3339: when it ends.', { ...kept, format: 'date-time' }),
      inHeader('Stream-Closed', 'It is closed from the beginning.', isTrue),
      inHeader('Stream-Forked-From', 'The path of its source.', {
        type: 'string',
        pattern: `^${STREAM_PATH}${NAME}$`,
        maxLength: STREAM_PATH.length + NAME_LENGTH,
      }),
      inHeader('Stream-Fork-Offset', 'Where it leaves its source; absent: at the end.', filled),
      inHeader('Stream-Fork-Sub-Offset', 'So many messages, or bytes, after that.', whole()),
    ],
    requestBody: { required: false, content: anything },
  },
};

const APPEND: StreamOperation = {
  operationId: 'streamAppend',
  summary: 'Appends to a stream, closes it, or both at once.',
  content: {},
  codes: [
    'bad-body',
    'fenced',
    'not-found',
    'conflict',
    'closed',
    'gone',
    'too-large',
    'unsupported-media-type',
  ],
  more: {
    status: 204,
    also: { 200: 'The batch of a producer was appended. 204 where it was there already.' },
    parameters: [
      name,
      inHeader('Stream-Closed', 'Nothing is appended any more after this.', isTrue),
      inHeader('Stream-Seq', 'Must come after the last one, bytewise.', kept),
      inHeader('Producer-Id', 'Whose batch it is; the three headers come together.', {
        ...kept,
        minLength: 1,
      }),
      inHeader('Producer-Epoch', "The producer's session; a higher one ends all lower ones.", whole()),
      inHeader('Producer-Seq', 'The number of the batch in its session: 0, 1, 2 …', whole()),
    ],
    requestBody: { required: false, content: anything },
  },
};

const REMOVE: StreamOperation = {
  operationId: 'streamDelete',
  summary: 'Deletes a stream.',
  content: {},
  codes: ['not-found', 'gone'],
  more: { status: 204, parameters: [name] },
};

export const STREAM_OPERATIONS = { get: READ, head: LOOK, put: MAKE, post: APPEND, delete: REMOVE } as const;

/** A number in digits: no sign, no leading zero, no exponent. */
function whole(most = Number.MAX_SAFE_INTEGER): Schema {
  return { type: 'integer', minimum: 0, maximum: most };
}

function inQuery(named: string, description: string, schema: Schema): Schema {
  return { name: named, in: 'query', required: false, description, schema };
}

function inHeader(named: string, description: string, schema: Schema): Schema {
  return { name: named, in: 'header', required: false, description, schema };
}
