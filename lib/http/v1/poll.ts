/** GET …/events: the long polls. */

import { type PollPorts, poll } from '../../poll/poll.ts';
import { FRONT_HEADER, type MultiPollAnswer } from '../../protocol/doorbell.ts';
import type { Mount } from '../app.ts';
import { ROUTES } from '../routes.ts';
import { manyRequest, pollRequest } from './poll-params.ts';
import { type Offer, offered } from './ways.ts';

/** `offer`: what a reader of several channels, as the client library is one, is told of other ways to wait. */
export function pollRoutes(ports: PollPorts, offer: Offer = { shared: [], direct: false }): Mount {
  return (app) => {
    app.get(ROUTES.poll.path, async (c) => {
      const request = pollRequest(c.req.param('channel'), c.var.query);
      const [answer] = await poll(ports, c.var.caller, request, c.req.raw.signal);
      return c.json(answer);
    });
    app.get(ROUTES.pollMany.path, async (c) => {
      const request = manyRequest(c.var.query);
      const channels = await poll(ports, c.var.caller, request, c.req.raw.signal);
      const ways = offered(offer, request, c.req.header(FRONT_HEADER));
      const answer: MultiPollAnswer = ways.length > 0 ? { channels, ways } : { channels };
      return c.json(answer);
    });
  };
}
