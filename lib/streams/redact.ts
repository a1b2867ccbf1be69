/**
 * Taking the data of one event out of the log. Its number, id and key stay, so no reader is renumbered and none misses it. First the log, then the state that is
 * folded from it, then what this process has in memory: whoever repeats what broke off half-way ends it.
 */

import { type Caller, requireErase } from '../auth/caller.ts';
import { PushError } from '../errors.ts';
import { noEvents } from '../log/read/page.ts';
import { requireStream } from './locate.ts';
import type { RedactPorts } from './ports.ts';

/** Throws `forbidden`, `not-found` for a number without a kept event of this channel's own, and `unsupported-media-type` for a stream of bytes. */
export async function redactEvent(
  ports: RedactPorts,
  caller: Caller,
  channel: string,
  vid: number,
): Promise<void> {
  requireErase(caller, channel);
  const stream = await requireStream(ports, channel);
  if (!stream.isJson) throw noEvents(channel);
  // What a fork inherits is its source's, whoever may manage that.
  const isOwn = vid > stream.base && vid <= stream.tail;
  const redacted = isOwn ? await ports.redactions.redact(stream.log, vid) : undefined;
  if (!redacted) {
    const message = `Channel ${channel} keeps no event of its own with the number ${vid}.`;
    throw new PushError('not-found', message, { field: 'vid' });
  }
  if (redacted.key !== undefined) await ports.stateErasure?.erase(channel, stream.life, redacted.key, vid);
  ports.watchRegistry?.startedAnew(channel);
}
