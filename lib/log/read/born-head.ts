import { PushError } from '../../errors.ts';
import type { Head } from '../head.ts';
import type { HeadReader } from './head-reader.ts';

/** The head of a channel that has had an event. Throws `not-found` for one that has not. */
export async function bornHead(
  headReader: HeadReader,
  channel: string,
): Promise<Head & { readonly epoch: string }> {
  const { head } = await headReader.check(channel);
  if (head.epoch !== null) return { vid: head.vid, epoch: head.epoch };
  const message = `Channel ${channel} has no event yet; it exists from its first event on.`;
  throw new PushError('not-found', message, { field: 'channel' });
}
