/** Which channel names can stand in a URL of this protocol. Pure. */
import { CHANNEL_PATTERN } from '../../../lib/protocol/doorbell.ts';
import { badRequest } from './bad-request.ts';

/** Throws `bad-request` when the name cannot be one: 1 to 128 of `A-Z a-z 0-9 _ . -`. */
export function checkChannel(name: string): void {
  if (!CHANNEL_PATTERN.test(name)) throw badRequest(`Not a channel: ${name}`);
}
