/** Where Doorbell and the protocol's own server may differ: what the protocol leaves open, and the reference's known faults. */

import type { Seen } from './client.ts';
import type { Command } from './commands.ts';

export interface Excuse {
  readonly what: string;
  /** Where the protocol leaves it open; or the test of the conformance suite 0.3.6 that the reference fails. */
  readonly why: string;
  /** The two hold different things from then on, so the history ends. */
  readonly ends?: true;
  /** `keys` names what differs. */
  readonly fits: (command: Command, keys: readonly string[], doorbell: Seen, reference: Seen) => boolean;
}

/** Whether Doorbell's status and the reference's are of these. Other refusals than the same are told. */
const are = ([doorbell, reference]: readonly Seen[], ours: readonly number[], theirs: readonly number[]) =>
  ours.includes(Number(doorbell?.status)) && theirs.includes(Number(reference?.status));
const only = (keys: readonly string[], ...allowed: readonly string[]) =>
  keys.every((key) => allowed.includes(key));

/** A producer's batch that no stream of JSON takes. */
const isNoBatch = (command: Command) =>
  command.kind === 'post' &&
  command.batch !== undefined &&
  command.type?.toLowerCase().startsWith('application/json') === true &&
  ['[]', '{', 'ü🚪', ' '].includes(command.body);

/** What an answer holds, whether in one body or in events. */
const textOf = ({ body }: Seen) =>
  typeof body === 'string' ? body : String((body as { readonly data?: string } | undefined)?.data);

export const EXCUSES: readonly Excuse[] = [
  {
    what: 'a fork whose offset is none, of a source that is not there or by a name that is taken, is 404 or 409 here and 400 there',
    why: 'Both are refused, and section 4.2 does not order these checks.',
    fits: (command, _, ...both) =>
      command.kind === 'put' && command.fork?.offset !== undefined && are(both, [404, 409], [400]),
  },
  {
    what: 'a fork with a sub-offset and without an offset is 400 here, before anything is looked up',
    why: 'Both are refused, and section 4.2 does not order these checks.',
    fits: (command, _, ...both) =>
      command.kind === 'put' &&
      Number(command.fork?.sub) > 0 &&
      command.fork?.offset === undefined &&
      are(both, [400], [404, 409]),
  },
  {
    what: 'an offset that can be none is 400 here also where there is no stream',
    why: 'Both are refused; the form of an offset needs no stream to be judged (section 8).',
    fits: (command, _, ...both) =>
      command.kind === 'get' && command.offset === 'form' && are(both, [400], [404]),
  },
  {
    what: 'an empty append to a stream that is not there is 404 here and 400 there',
    why: 'Both are refused, and section 5.2 does not order these checks.',
    fits: (command, _, ...both) => command.kind === 'post' && command.body === '' && are(both, [404], [400]),
  },
  {
    what: 'a batch that is no JSON and comes too early is 400 here and 409 there',
    why: 'Both are refused. To come again in its turn would not make it JSON.',
    fits: (command, _, ...both) => {
      const [, reference] = both;
      const isEarly =
        reference['producer-expected-seq'] !== null && reference['producer-expected-seq'] !== undefined;
      return command.kind === 'post' && command.batch !== undefined && isEarly && are(both, [400], [409]);
    },
  },
  {
    what: 'an empty array or a batch that is no JSON is 400 here and 204 or 403 there, where a producer sends it under a number that was taken or in an epoch that is over',
    why: 'Sections 9.1.3 and 9.1.4: it MUST be refused with 400, whoever sends it. A duplicate is one whose data is there (5.2.1), and this can never have been taken.',
    fits: (command, _, ...both) => isNoBatch(command) && are(both, [400], [204, 403]),
  },
  {
    what: 'the same under the number that closed the stream is 409 here, with the end, and 204 there',
    why: 'Sections 5.2 (a closed stream says so first) and 9.1.3: it was not what closed the stream.',
    fits: (command, _, ...both) =>
      isNoBatch(command) && both[0]['stream-closed'] === 'true' && are(both, [409], [204]),
  },
  {
    what: 'a live answer of a closed stream has no cursor here',
    why: 'Section 5.7: it may be left out then.',
    fits: ({ kind }, keys, doorbell) =>
      kind === 'get' && only(keys, 'stream-cursor') && doorbell['stream-closed'] === 'true',
  },
  {
    what: 'a fork may begin at -1 or now here',
    why: 'Section 4.2 asks for an offset of the source; -1 is its start, and now its end.',
    ends: true,
    fits: (command, _, doorbell, reference) =>
      command.kind === 'put' &&
      (command.fork?.offset === '-1' || command.fork?.offset === 'now') &&
      Number(doorbell.status) < 300 &&
      reference.status === 400,
  },
  {
    what: 'a long poll at the end of a closed stream that holds nothing is 204 here, from its start too',
    why: 'Section 5.7: a closed stream without data is 204. The suite asks for it at an offset that was received only.',
    fits: ({ kind }, _, doorbell, reference) =>
      kind === 'get' &&
      doorbell.status === 204 &&
      doorbell['stream-closed'] === 'true' &&
      reference.status === 200,
  },
  {
    what: 'JSON is an array here, however its type is written, from now on and in events too',
    why: 'Section 9.1 is for application/json, and media types have no case (RFC 9110, 8.3.1).',
    fits: ({ kind }, keys, doorbell, reference) =>
      kind === 'get' &&
      only(keys, 'body') &&
      textOf(doorbell).startsWith('[') &&
      !textOf(reference).startsWith('['),
  },
];

export function excuseOf(
  command: Command,
  keys: readonly string[],
  doorbell: Seen,
  reference: Seen,
): Excuse | undefined {
  return EXCUSES.find(({ fits }) => fits(command, keys, doorbell, reference));
}
