/** `doorbell tail -n N`: from which place on the last N events of a channel follow. */

import type { ChannelInfo } from '../../../lib/protocol/doorbell.ts';
import { DoorbellError } from '../../client/src/errors.ts';
import { ask } from './connection.ts';

/**
 * For each channel the vid after which its last `count` events begin, as the text that a subscription's store holds. A channel that has no
 * event yet begins at 0, so that its first event is not missed. Throws DoorbellError.
 */
export async function placesBeforeTheEnd(
  connection: Parameters<typeof ask>[0],
  channels: readonly string[],
  count: number,
  signal: AbortSignal,
): Promise<Map<string, string>> {
  const places = channels.map(async (channel) => [channel, await placeIn(channel)] as const);
  return new Map(await Promise.all(places));

  async function placeIn(channel: string): Promise<string> {
    try {
      const { head, earliest, epoch } = await ask<ChannelInfo>(connection, `/v1/channels/${channel}`, signal);
      // Events that are no longer kept are not among the last that there are.
      const place = Math.max(head - count, earliest === null ? head : earliest - 1);
      return `${place}:${epoch}`;
    } catch (error) {
      if (error instanceof DoorbellError && error.code === 'not-found') return '0';
      throw error;
    }
  }
}
