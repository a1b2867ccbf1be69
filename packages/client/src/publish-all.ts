/**
 * Appends many events to a channel, in their order: a list, or a stream of any length. A slow stream is not held back and a fast one makes
 * few requests. No request is sent twice. Not a part of client.js, which most pages load to follow channels: it lies beside it.
 */
import type { PublishAnswer } from '../../../lib/protocol/doorbell.ts';
import { LIMITS } from '../../../lib/protocol/doorbell.ts';
import { checkChannel } from './channel.ts';
import { DoorbellError } from './errors.ts';
import { type Connection, whenAborted } from './request.ts';
import { Sender } from './sender.ts';

/** Values one after the other; each becomes the `data` of an event. */
export type Values<T> = Iterable<T> | AsyncIterable<T> | ReadableStream<T>;

export interface PublishAllOptions<T = unknown> extends Connection {
  /**
   * Makes each event's id, 1 to 128 characters: then the same values may be published again within 5 minutes, and none is appended twice.
   * Default: the server makes one.
   */
  readonly id?: ((data: T, index: number) => string) | undefined;
  /** Names each event's key, 1 to 256 characters; undefined where it has none. */
  readonly key?: ((data: T, index: number) => string | undefined) | undefined;
  /**
   * Each event promises the next one within this time: an ISO 8601 duration from PT1M to P31D, as PT15M. When no event of its key, or of the channel where it has
   * none, has come by then, the channel `alarms.<channel>` tells it.
   */
  readonly expect?: string | undefined;
  /** Gives it up; what is in the log stays there. */
  readonly signal?: AbortSignal | undefined;
}

/**
 * Resolves when all events are in the log, with where they stand; `first` and `last` are 0 when there was none. A list of at most 100
 * events, 256 KiB together, is appended as one block: all of them with nothing between, or none. Throws DoorbellError; `appended` is how
 * many events, from the first on, are in the log for certain. What the values themselves throw is its `cause`, with the code `handler`.
 */
export async function publishAll<T>(
  channel: string,
  values: Values<T>,
  options: PublishAllOptions<T> = {},
): Promise<PublishAnswer> {
  checkChannel(channel);
  const { id, key, expect, signal } = options;
  const isList = Array.isArray(values);
  const controller = new AbortController();
  const end = endable();
  const asArrays = !!id || !!key || !!expect || (isList && values.length <= LIMITS.blockEvents);
  const sender = new Sender(options, channel, asArrays, controller, end.now);
  const iterator = iteratorOf(values);
  whenAborted(signal, () => controller.abort(signal?.reason), controller);
  whenAborted(signal, () => end.now(signal?.reason), controller);
  try {
    for (let index = 0; ; index++) {
      const { done, value } = await end.unless(iterator.next());
      if (done) break;
      sender.add(value, id?.(value, index), key?.(value, index), expect);
      // A list is there: what goes into one request need not wait for another.
      if (sender.full) await end.unless(sender.send());
      else if (!isList) void sender.send();
    }
    await end.unless(sender.send());
    return sender.total;
  } catch (cause) {
    void iterator.return?.()?.catch(() => {});
    throw failure(cause, sender.total, signal);
  } finally {
    controller.abort();
  }
}

/** Promises that end with `now`, whatever they were waiting for. Not a race with one that lives long: it would keep all that it raced. */
function endable() {
  let over: { readonly cause: unknown } | undefined;
  let reject: (cause: unknown) => void = () => {};
  return {
    now(cause: unknown): void {
      over ??= { cause };
      reject(over.cause);
    },
    unless<T>(promise: Promise<T>): Promise<T> {
      return new Promise((resolve, no) => {
        reject = no;
        promise.then((value) => (over ? no(over.cause) : resolve(value)), no);
        if (over) no(over.cause);
      });
    },
  };
}

function iteratorOf<T>(values: Values<T>): AsyncIterator<T> {
  if (Symbol.iterator in values) return fromSync(values);
  if (Symbol.asyncIterator in values) return values[Symbol.asyncIterator]();
  // A browser whose streams cannot be iterated.
  const reader = (values as ReadableStream<T>).getReader();
  return {
    next: () => reader.read() as Promise<IteratorResult<T>>,
    return: async () => {
      await reader.cancel();
      return { done: true, value: undefined };
    },
  };
}

async function* fromSync<T>(values: Iterable<T>): AsyncGenerator<T, void, void> {
  yield* values;
}

/** With how many are in: those of the requests before, and those that the server says are in of the last. */
function failure(
  cause: unknown,
  { count, duplicates }: PublishAnswer,
  signal: AbortSignal | undefined,
): DoorbellError {
  const before = count + duplicates;
  if (cause instanceof DoorbellError)
    return Object.assign(cause, { appended: before + (cause.problem?.appended ?? 0) });
  const code = signal?.aborted ? 'unreachable' : 'handler';
  return new DoorbellError(code, 'Not everything was published.', signal?.aborted, {
    cause,
    appended: before,
  });
}
