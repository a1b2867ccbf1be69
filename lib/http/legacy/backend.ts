/** GET /backend.php: the legacy route, for pages that speak it (PROTOCOL.md, "The legacy route"). */

import { PushError } from '../../errors.ts';
import { nextEvent, recordOf } from '../../poll/legacy-poll.ts';
import type { PollPorts } from '../../poll/poll.ts';
import { CONTENT_TYPES, LIMITS } from '../../protocol/doorbell.ts';
import type { Logger } from '../../telemetry/ports.ts';
import type { Mount } from '../app.ts';
import { ROUTES } from '../routes.ts';
import { backendMaxvid } from '../v1/params.ts';

/**
 * `channel` is the one that such pages follow; without it there is nothing at the route. Each request and its answer is logged as the legacy page
 * did it, `>` and `<`, but by number only.
 */
export function backendRoutes(
  ports: PollPorts & { readonly logger: Logger },
  channel: string | undefined,
): Mount {
  const { logger } = ports;
  return (app) => {
    app.get(ROUTES.backend.path, async (c) => {
      if (channel === undefined)
        throw new PushError('not-found', `No channel is configured for ${ROUTES.backend.path}.`);
      const { signal } = c.req.raw;
      const maxvid = backendMaxvid(c.var.query);
      logger.info('> maxvid', { channel, maxvid });
      const request = { channel, maxvid, waitMs: LIMITS.waitSeconds * 1000 };
      const event = await nextEvent(ports, c.var.caller, request, signal);
      if (!event) {
        logger.info(signal.aborted ? '< nothing, connection aborted' : '< nothing', { channel, maxvid });
        return c.body('', 200, { 'Content-Type': CONTENT_TYPES.json });
      }
      logRecord(logger, { channel, vid: event.vid }, signal);
      return c.json(recordOf(event));
    });
  };
}

/** What aborts while the answer is on its way is known on a Node server only, and only until its last byte has left the process. */
function logRecord(
  logger: Logger,
  fields: { readonly channel: string; readonly vid: number },
  signal: AbortSignal,
): void {
  const aborted = () => logger.info('< record, but connection aborted', fields);
  if (signal.aborted) {
    aborted();
    return;
  }
  logger.info('< record', fields);
  signal.addEventListener('abort', aborted, { once: true });
}
