/** A Doorbell that breaks its promises, one at a time: a sound router whose answers, or requests, are tampered with on the way. */

import type { Event, MultiPollAnswer, PollAnswer, StateAnswer } from '../../../lib/protocol/doorbell.ts';

export interface Router {
  readonly fetch: (request: Request) => Response | Promise<Response>;
}

/** More than `--bound 21` leaves a poll above its wait. */
const HELD_ON_MS = 1_600;

type Tamper = (events: readonly Event[]) => readonly Event[];

/** Tampers with the events of every answer that has at least two for a channel. */
export function tampered(app: Router, tamper: Tamper): Router {
  return tamperedAnswers(app, (answer) =>
    answer.events.length < 2 ? answer : { ...answer, events: tamper(answer.events) },
  );
}

export const drops: Tamper = (events) => events.toSpliced(1, 1);
export const repeats: Tamper = (events) => events.toSpliced(1, 0, ...events.slice(0, 1));
export const swaps: Tamper = ([first, second, ...others]) =>
  first && second ? [second, first, ...others] : [];
export const changes: Tamper = ([first, ...others]) =>
  first ? [{ ...first, data: 'other' }, ...others] : [];

/** Answers every fifth publish with the numbers that it would have had, and throws it away. */
export function forgetful(app: Router): Router {
  let publishes = 0;
  let last = 0;
  return {
    fetch: async (request) => {
      if (request.method !== 'POST') return app.fetch(request);
      publishes++;
      if (publishes % 5 === 0) {
        return Response.json({ first: last + 1, last: last + 1, count: 1, duplicates: 0 }, { status: 201 });
      }
      const response = await app.fetch(request);
      last = ((await response.clone().json()) as { last?: number }).last ?? last;
      return response;
    },
  };
}

/** Publishes everything twice, each time under new ids. */
export function forgetfulOfIds(app: Router): Router {
  return {
    fetch: async (request) => {
      if (request.method !== 'POST') return app.fetch(request);
      const body = (await request.text()).replaceAll(/"id":"[^"]*",/g, '');
      const again = () =>
        app.fetch(new Request(request.url, { method: 'POST', headers: request.headers, body }));
      await again();
      return again();
    },
  };
}

/** Does not see what is there when it is asked not to wait. */
export function blind(app: Router): Router {
  let polls = 0;
  return tamperedAnswers(app, (answer, url) => {
    const maxvid = url.searchParams.get('maxvid');
    if (url.searchParams.get('wait') !== '0' || maxvid === null || ++polls % 2 === 0) return answer;
    return { ...answer, events: [], maxvid: Number(maxvid) };
  });
}

/** Leaves the first key out of every state. */
export function forgetfulOfKeys(app: Router): Router {
  return {
    fetch: async (request) => {
      const response = await app.fetch(request);
      if (!new URL(request.url).pathname.endsWith('/state') || response.status !== 200) return response;
      const state = (await response.json()) as StateAnswer;
      return Response.json({ ...state, entries: state.entries.slice(1) });
    },
  };
}

/** Answers one of six polls 1.6 s after it could have. */
export function holdsOn(app: Router): Router {
  let polls = 0;
  return {
    fetch: async (request) => {
      const response = await app.fetch(request);
      if (request.method === 'GET' && ++polls % 6 === 0)
        await new Promise((resolve) => setTimeout(resolve, HELD_ON_MS));
      return response;
    },
  };
}

function tamperedAnswers(app: Router, tamper: (answer: PollAnswer, url: URL) => PollAnswer): Router {
  return {
    fetch: async (request) => {
      const response = await app.fetch(request);
      const url = new URL(request.url);
      if (request.method !== 'GET' || !url.pathname.endsWith('/events') || response.status !== 200)
        return response;
      const body = (await response.json()) as PollAnswer | MultiPollAnswer;
      if (!('channels' in body)) return Response.json(tamper(body, url));
      return Response.json({ channels: body.channels.map((answer) => tamper(answer, url)) });
    },
  };
}
