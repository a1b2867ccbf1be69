/** GET /v1/shared/…/events: the poll that caches may answer (PROTOCOL.md, "Shared polls"). */

import { covers } from '../../auth/caller.ts';
import { PushError } from '../../errors.ts';
import type { PollPorts } from '../../poll/poll.ts';
import { sharedPoll } from '../../poll/shared-poll.ts';
import type { Mount } from '../app.ts';
import { ROUTES } from '../routes.ts';
import { sharedRequest } from './shared-address.ts';

/** `channels`: names, `prefix.*` or `*`, that are shared here at all. `longestS`: for how many seconds their polls may be held. */
export function sharedRoutes(ports: PollPorts, channels: readonly string[], longestS?: number): Mount {
  return (app) => {
    app.get(ROUTES.shared.path, async (c) => {
      const request = sharedRequest(c.req.param('channel'), c.req.url, c.var.query);
      requireShared(channels, request.channel);
      const { answer, maxAgeS } = await sharedPoll(ports, c.var.caller, request, {
        signal: c.req.raw.signal,
        longestS,
      });
      // Only now: what is refused stays as it is everywhere, `no-store`.
      c.header('Cache-Control', `public, max-age=${maxAgeS}`);
      return c.json(answer);
    });
  };
}

/** A second lock beside the token's: what is not meant for caches stays out of them, whatever a token says. */
function requireShared(channels: readonly string[], channel: string): void {
  if (covers(channels, channel)) return;
  const message = `Channel ${channel} is not shared here: ask for it at /v1/channels/${channel}/events.`;
  throw new PushError('forbidden', message, { field: 'channel' });
}
