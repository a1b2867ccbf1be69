/** What an origin of shared polls could do wrong, and the line that does it right. Each must be seen by the property. */

import type { SharedAnswer } from '../../lib/protocol/doorbell.ts';
import type { Served } from '../support/http/http.ts';

export type Mistake = (origin: Served) => Served;

type Change = (answer: SharedAnswer, address: string) => object;

export const MISTAKES: Readonly<Record<string, Mistake>> = {
  // lib/poll/slots.ts, nextSlot: `sent + 1`
  'an empty answer names the slot that was sent': answering((answer, address) =>
    answer.events.length > 0 ? answer : { ...answer, slot: slotIn(address) ?? answer.slot },
  ),
  // lib/poll/slots.ts, nextSlot: `Math.max`
  'slots begin anew': answering((answer) => ({ ...answer, slot: 0 })),
  // lib/poll/shared-poll.ts: `maxvid` of the poll's answer
  'an answer names a number beyond its events': answering((answer) => ({
    ...answer,
    maxvid: answer.maxvid + 1,
  })),
  // lib/http/v1/shared-address.ts: the epoch is in the address
  'the life is not asked for': (origin) => ({
    request: (path, init) => origin.request(path.replace(/&epoch=[^&]+/, ''), init),
  }),
  // lib/http/v1/shared.ts: the header is set when there is an answer
  'refusals may be kept': (origin) => ({
    async request(path, init) {
      const response = await origin.request(path, init);
      const headers = new Headers(response.headers);
      headers.set('cache-control', 'public, max-age=60');
      return new Response(await response.text(), { status: response.status, headers });
    },
  }),
};

function answering(change: Change): Mistake {
  return (origin) => ({
    async request(path, init) {
      const response = await origin.request(path, init);
      if (response.status !== 200) return response;
      const answer = (await response.json()) as SharedAnswer;
      return Response.json(change(answer, path), { headers: response.headers });
    },
  });
}

function slotIn(address: string): number | undefined {
  const [, slot] = /slot=(\d+)/.exec(address) ?? [];
  return slot === undefined ? undefined : Number(slot);
}
