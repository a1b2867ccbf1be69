/** Which channel names can stand in a URL of this protocol, and the path they make. Pure. */
import { CHANNEL_PATTERN } from '../lib/protocol.ts';
import { DoorbellError } from './errors.ts';

/** Whether a name can be asked for. `.` and `..` match the pattern, but every URL parser takes them out of a path. */
export function isChannel(name: string): boolean {
  return CHANNEL_PATTERN.test(name) && name !== '.' && name !== '..';
}

/** `/v1/channels/{channel}/events`. Throws `bad-request` when the name cannot be one. */
export function eventsPath(channel: string): string {
  if (isChannel(channel)) return `/v1/channels/${channel}/events`;
  throw new DoorbellError(
    'bad-request',
    'A channel is named with 1 to 128 letters, digits and _ . - (and is not "." or "..").',
  );
}
