/** Dead letters in the OpenAPI document. */

import { ROUTES } from '../../lib/http/routes.ts';
import { Channel, DeadLetter } from '../../lib/http/v1/checks.ts';
import { DeadLettersQuery, MendQuery, RedriveQuery } from '../../lib/http/v1/params.ts';
import { CONTENT_TYPES, LIMITS } from '../../lib/protocol/doorbell.ts';
import type { ProblemCode } from '../../lib/protocol/problems.ts';
import { EventSchema } from '../../lib/publish/parse-events.ts';
import { ref, type Schema } from './openapi-responses.ts';
import { queryOf, schemaOf } from './openapi-schemas.ts';

interface DeadLetterOperation {
  readonly route: string;
  readonly method: string;
  readonly operationId: string;
  readonly summary: string;
  readonly content: Schema;
  readonly codes: readonly ProblemCode[];
  readonly more: {
    readonly status?: number;
    readonly parameters: readonly Schema[];
    readonly requestBody?: Schema;
  };
}

const json = (name: string): Schema => ({ [CONTENT_TYPES.json]: { schema: ref(name) } });

const deadLetterInPath: Schema = {
  name: 'letter',
  in: 'path',
  required: true,
  description: "The letter's id, as the list has it.",
  schema: schemaOf(DeadLetter),
};

const channelOnly = 'Only those of this channel.';

/** A message as a producer would send it to the ingest queue. */
function messageSchema(): Schema {
  const channel = schemaOf(Channel);
  const event = schemaOf(EventSchema) as Schema & {
    readonly properties: Schema;
    readonly required: readonly string[];
  };
  const one = {
    ...event,
    properties: { channel, ...event.properties },
    required: ['channel', ...event.required],
  };
  const many = {
    type: 'object',
    properties: {
      channel,
      events: { type: 'array', minItems: 1, maxItems: LIMITS.appendMessages, items: event },
    },
    required: ['channel', 'events'],
    additionalProperties: false,
  };
  return { oneOf: [one, many] };
}

export const DEAD_LETTER_OPERATIONS: readonly DeadLetterOperation[] = [
  {
    route: ROUTES.deadLetters.path,
    method: 'get',
    operationId: 'deadLetters',
    summary:
      'Messages of the ingest queue that were put aside, as far as they can be reached, with the beginning of each.',
    content: json('DeadLetters'),
    codes: ['not-found'],
    more: { parameters: queryOf(DeadLettersQuery, { channel: channelOnly, limit: 'Most letters.' }) },
  },
  {
    route: ROUTES.deadLetters.path,
    method: 'post',
    operationId: 'redriveDeadLetters',
    summary: 'Sends them back to the ingest queue, in order within each channel.',
    content: json('Redriven'),
    codes: ['not-found'],
    more: { parameters: queryOf(RedriveQuery, { channel: channelOnly, max: 'Most letters to send.' }) },
  },
  {
    route: ROUTES.deadLetter.path,
    method: 'get',
    operationId: 'deadLetter',
    summary: 'One letter, whole.',
    content: json('DeadLetter'),
    codes: ['not-found'],
    more: { parameters: [deadLetterInPath] },
  },
  {
    route: ROUTES.deadLetter.path,
    method: 'put',
    operationId: 'mendDeadLetter',
    summary: 'Puts a message that can be published in its place.',
    content: json('MendedDeadLetter'),
    codes: ['bad-body', 'not-found', 'too-large', 'unsupported-media-type'],
    more: {
      parameters: [
        deadLetterInPath,
        ...queryOf(MendQuery, { redrive: 'Whether it is sent back to the ingest queue at once.' }),
      ],
      requestBody: { required: true, content: { [CONTENT_TYPES.json]: { schema: messageSchema() } } },
    },
  },
  {
    route: ROUTES.deadLetter.path,
    method: 'post',
    operationId: 'redriveDeadLetter',
    summary: 'Sends it back to the ingest queue; 409 where it can never be published as it is.',
    content: json('Redriven'),
    codes: ['conflict', 'not-found'],
    more: { parameters: [deadLetterInPath] },
  },
  {
    route: ROUTES.deadLetter.path,
    method: 'delete',
    operationId: 'dropDeadLetter',
    summary: 'Throws it away.',
    content: {},
    codes: ['not-found'],
    more: { status: 204, parameters: [deadLetterInPath] },
  },
];
