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
  readonly fits: (
    command: Command,
    keys: readonly string[],
    doorbell: Seen,
    reference: Seen,
    stream: StreamSoFar,
  ) => boolean;
}

/** What the history has done to the stream before. */
export interface StreamSoFar {
  /** The request has another content type. */
  readonly isOtherType: boolean;
  /** It was made more than once. */
  readonly isMadeAnew: boolean;
}

/** Whether Doorbell's status and the reference's are of these. Other refusals than the same are told. */
const are = (
  [doorbell, reference]: readonly [Seen, Seen, ...unknown[]],
  ours: readonly number[],
  theirs: readonly number[],
) => ours.includes(Number(doorbell.status)) && theirs.includes(Number(reference.status));
const only = (keys: readonly string[], ...allowed: readonly string[]) =>
  keys.every((key) => allowed.includes(key));

/** What no stream of JSON takes. */
const isNoJson = (command: Command) =>
  command.kind === 'post' &&
  command.type?.toLowerCase().startsWith('application/json') === true &&
  ['[]', '{', 'ü🚪', ' '].includes(command.body);
const isNoBatch = (command: Command) =>
  command.kind === 'post' && command.batch !== undefined && isNoJson(command);

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
    what: 'an offset that can be none is 400 here also where there is no stream, or one that is only kept for its forks',
    why: 'Both are refused; the form of an offset needs no stream to be judged (section 8).',
    fits: (command, _, ...both) =>
      command.kind === 'get' && command.offset === 'form' && are(both, [400], [404, 410]),
  },
  {
    what: 'an empty append to a stream that is not there, or is only kept for its forks, is 404 or 410 here and 400 there',
    why: 'Both are refused, and section 5.2 does not order these checks.',
    fits: (command, _, ...both) =>
      command.kind === 'post' && command.body === '' && are(both, [404, 410], [400]),
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
    what: 'the batch that closed the stream is 409 here, with the end, where it comes again with another content type, and 204 there',
    why: 'Section 5.2: the content type MUST match. What has another one is not that batch.',
    fits: (command, _, doorbell, reference, { isOtherType }) =>
      command.kind === 'post' &&
      command.batch !== undefined &&
      isOtherType &&
      doorbell['stream-closed'] === 'true' &&
      are([doorbell, reference], [409], [204]),
  },
  {
    what: 'a body that is no JSON under a Stream-Seq that is not after the last one is 400 here and 409 there',
    why: 'Both are refused, and section 5.2 orders the conflicts only.',
    fits: (command, _, ...both) =>
      command.kind === 'post' && command.seq !== undefined && isNoJson(command) && are(both, [400], [409]),
  },
  {
    what: 'a close under a number that was taken is told there that the stream is closed, which it is not',
    why: 'Section 5.2: Stream-Closed is for a stream that is closed. It is a duplicate, so it closes nothing, on either.',
    fits: (command, keys, ...both) =>
      command.kind === 'post' &&
      command.closes &&
      command.batch !== undefined &&
      only(keys, 'stream-closed') &&
      are(both, [204], [204]) &&
      both[1]['stream-closed'] === 'true',
  },
  {
    what: 'the tag of an earlier life of the name is still good there',
    why: 'Sections 5.6 and 10.1: a tag names the stream, and 304 is for a tag of the present answer. There it names the path.',
    ends: true,
    fits: (command, _, doorbell, reference, { isMadeAnew }) =>
      command.kind === 'get' && command.known && isMadeAnew && are([doorbell, reference], [200], [304]),
  },
  {
    what: 'a close without a body whose Stream-Seq is not after the last one is 409 here, and closes there',
    why: 'Section 5.2: a Stream-Seq that is not after the last one MUST be 409, and a close is a POST of that section.',
    ends: true,
    fits: (command, _, ...both) =>
      command.kind === 'post' &&
      command.closes &&
      command.body === '' &&
      command.seq !== undefined &&
      both[0]['stream-closed'] === null &&
      are(both, [409], [204]),
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
  stream: StreamSoFar,
): Excuse | undefined {
  return EXCUSES.find(({ fits }) => fits(command, keys, doorbell, reference, stream));
}
