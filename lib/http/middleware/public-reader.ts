/**
 * Who asks without a token: a reader of a shared poll, where its channel is public. Its token is not looked at even where it has one, because the
 * answer is for everybody who asks at that address.
 */

import { type Caller, covers } from '../../auth/caller.ts';
import { ROUTES } from '../routes.ts';

const [BEFORE = '', AFTER = ''] = ROUTES.shared.path.split(':channel');

/** Public readers are counted together, as those of one token are: others find room. No token has this principal. */
const PRINCIPAL = 'public';

/** Whether it is the path of a shared poll. */
export function isShared(path: string): boolean {
  return path.startsWith(BEFORE) && path.endsWith(AFTER);
}

/** May read that channel, and nothing else. Undefined where the path is another, or the channel is not public. */
export function publicReader(path: string, publicChannels: readonly string[]): Caller | undefined {
  if (publicChannels.length === 0 || !isShared(path)) return undefined;
  const channel = path.slice(BEFORE.length, -AFTER.length);
  // Of a name with escapes this is not the channel: then it covers nothing.
  if (!covers(publicChannels, channel)) return undefined;
  return { read: [], write: [], share: [channel], principal: PRINCIPAL };
}
