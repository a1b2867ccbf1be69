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

const isRefused = ({ status }: Seen) => Number(status) >= 400 && Number(status) < 500;
const only = (keys: readonly string[], ...allowed: readonly string[]) =>
  keys.every((key) => allowed.includes(key));

/** What an answer holds, whether in one body or in events. */
const textOf = ({ body }: Seen) =>
  typeof body === 'string' ? body : String((body as { readonly data?: string } | undefined)?.data);

export const EXCUSES: readonly Excuse[] = [
  {
    what: 'both refuse a request, and tell different ones of its faults',
    why: 'The protocol orders only some of the checks.',
    fits: (_, _keys, doorbell, reference) => isRefused(doorbell) && isRefused(reference),
  },
  {
    what: 'HEAD has no tag here',
    why: 'Section 5.5 does not ask for one.',
    fits: ({ kind }, keys) => kind === 'head' && only(keys, 'etag'),
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
    why: 'Section 7.1 is for application/json, and media types have no case (RFC 9110, 8.3.1).',
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
