/**
 * Appends one event to a channel. It is sent once and never by itself again: with an `id` the caller may repeat it
 * (within 5 minutes the server knows the id and appends nothing twice), without one only the caller can know
 * whether a second event would do harm. Only a refused token is no doubt: then nothing was appended, and a new one is tried.
 */
import type { PublishAnswer } from '../../../lib/protocol/doorbell.ts';
import { checkChannel } from './channel.ts';
import { type Connection, request, whenAborted } from './request.ts';

export interface PublishOptions extends Connection {
  /** The event's id, 1 to 128 characters. Default: the server makes one. */
  readonly id?: string | undefined;
  /** Of which thing the event tells, 1 to 256 characters. With `data` null it deletes the key. Default: the event belongs to no key. */
  readonly key?: string | undefined;
  /** Gives it up: then it throws `unreachable` with the signal's reason as `cause`, and the event may be in the log or not. */
  readonly signal?: AbortSignal | undefined;
}

/** API Gateway gives up at 30 s; a little later there is nothing left to wait for. */
export const PUBLISH_TIMEOUT_MS = 35_000;

/** Resolves when the event is in the log. Throws DoorbellError; without a `status`, the event may be in the log or not. */
export async function publish(
  channel: string,
  data: unknown,
  options: PublishOptions = {},
): Promise<PublishAnswer> {
  const { id, key, signal } = options;
  checkChannel(channel);
  const controller = new AbortController();
  whenAborted(signal, () => controller.abort(signal?.reason), controller);
  try {
    return await request(
      options,
      `/v1/channels/${channel}/events`,
      readPublishAnswer,
      PUBLISH_TIMEOUT_MS,
      controller,
      JSON.stringify({ id, key, data }),
    );
  } finally {
    // Takes the listener off a signal that may live as long as the page.
    controller.abort();
  }
}

/** A publish's answer, or false when the value is not one. */
export function readPublishAnswer(value: unknown): PublishAnswer | false | undefined {
  return !!(value as PublishAnswer | undefined)?.last && (value as PublishAnswer);
}
