/** Direct waits in the OpenAPI document. */

import { ROUTES } from '../../lib/http/routes.ts';
import { ManyWaitsQuery, WaitQuery, WaitsQuery } from '../../lib/http/v1/waits-params.ts';
import { CONTENT_TYPES } from '../../lib/protocol/doorbell.ts';
import type { ProblemCode } from '../../lib/protocol/problems.ts';
import { ref, type Schema } from './openapi-responses.ts';
import { channelInPath, cursorsInQuery, keysInQuery, queryOf } from './openapi-schemas.ts';

/** What polls and direct waits have in their queries. */
export const WAITING = {
  client: 'Keeps a cursor for this reader.',
  wait: 'Whole seconds to wait for an event.',
  limit: 'Most events per channel.',
  prefix: 'Only events whose key begins so. Not beside key.',
  latest: 'Of several events with one key only the newest.',
  since: 'Begins at this time, with its zone, on a channel without maxvid. Not beside last.',
  last: 'Begins so many events before the head, on a channel without maxvid. Not beside since.',
};

const { wait: _, ...ASKING } = WAITING;

interface WaitOperation {
  readonly route: string;
  readonly method: string;
  /** No token is looked at. */
  readonly isOpen: boolean;
  readonly operationId: string;
  readonly summary: string;
  readonly content: Schema;
  readonly codes: readonly ProblemCode[];
  readonly more: { readonly parameters: readonly Schema[] };
}

const TICKET =
  'The ticket of before, whose last wait has been answered. Without it the reader gets another mailbox.';
const CODES: readonly ProblemCode[] = ['not-found', 'reset', 'unsupported-media-type'];
const json = (name: string): Schema => ({ [CONTENT_TYPES.json]: { schema: ref(name) } });

export const WAIT_OPERATIONS: readonly WaitOperation[] = [
  {
    route: ROUTES.waits.path,
    method: 'post',
    isOpen: false,
    operationId: 'waits',
    summary: 'Events after maxvid, at once, and a ticket to wait for more. Only where direct waits are on.',
    content: json('WaitsAnswer'),
    codes: CODES,
    more: {
      parameters: [
        channelInPath,
        keysInQuery,
        ...queryOf(WaitsQuery, {
          ...ASKING,
          maxvid:
            "Events after it; 0 is from the oldest kept. Absent: from the client's cursor, or from now on.",
          epoch: 'As last received.',
          ticket: TICKET,
        }),
      ],
    },
  },
  {
    route: ROUTES.waitsMany.path,
    method: 'post',
    isOpen: false,
    operationId: 'waitsMany',
    summary: 'The same for several channels.',
    content: json('MultiWaitsAnswer'),
    codes: CODES,
    more: {
      parameters: [cursorsInQuery, keysInQuery, ...queryOf(ManyWaitsQuery, { ...ASKING, ticket: TICKET })],
    },
  },
  {
    route: ROUTES.wait.path,
    method: 'get',
    isOpen: true,
    operationId: 'wait',
    summary: 'Waits for a bell, which is only a hint to ask again.',
    content: { 'text/xml': { schema: { type: 'string' } }, ...json('Bells') },
    codes: ['not-found'],
    more: { parameters: queryOf(WaitQuery, { ticket: 'As last received.' }) },
  },
];
