/**
 * Follows channels: every event once, in vid order, across lost connections, restarts of the server, renumbered channels and other tabs.
 * One event after the other goes to the handlers; when they are done with it, and not before, its place is kept.
 */
import type { PollAnswer, Problem } from '../../../lib/protocol/doorbell.ts';
import { badRequest } from './bad-request.ts';
import { checkChannel } from './channel.ts';
import { DoorbellError } from './errors.ts';
import type { Status } from './poller.ts';
import { isOtherLife, NOWHERE, type Position, print, parse as read, take } from './position.ts';
import { checkBase, whenAborted } from './request.ts';
import type {
  ChannelEvent,
  From,
  Handler,
  SubscribeOptions,
  Subscription,
  SubscriptionEvents,
} from './subscription.ts';
import { CHANNELS_PER_POLL, joinGroup } from './tab-group.ts';
import type { Want } from './tab-messages.ts';

type Type = keyof SubscriptionEvents;

/** Something to be handled, and where its channel stands when it is. */
type Item = readonly [channel: string, position: Position, type?: Type, detail?: unknown];

/** A follower with more than so many events before it does not listen to its leader until it is done with them. */
const BACKLOG = 1_000;

/**
 * Follows 1..10 channels. Nothing is sent before there is somebody to hear it: a handler of `event`, or an iteration. The iteration ends
 * when the subscription is closed or `signal` aborts, throws the DoorbellError that ended it otherwise, and closes it when it is left.
 * Throws `bad-request` at once for channels, a `base` or `headers` that cannot be; other options that cannot be the server refuses.
 */
export function subscribe<T = unknown>(
  channels: string | readonly string[],
  options: SubscribeOptions<T> = {},
): Subscription<T> {
  const { store, signal, from = 'now', parse } = options;
  /** With where to begin in each. */
  const followed = new Map<string, From>();
  const positions = new Map<string, Position>();
  const handlers = new Set<readonly [Type, Handler<never>]>();
  let queue: Item[] = [];
  let busy = false;
  let overflowed = false;
  let begun = false;
  const life = new AbortController();
  let want: Want | undefined;
  let status: Status = { state: 'connecting', attempt: 1 };

  async function tell(type: Type, detail: unknown): Promise<void> {
    await Promise.all(
      [...handlers].map(async ([wanted, handler]) => wanted === type && handler(detail as never)),
    );
  }

  const on: Subscription<T>['on'] = (type, handler) => {
    const entry = [type, handler] as const;
    handlers.add(entry);
    if (type === 'event' && !begun) {
      begun = true;
      for (const [channel, start] of followed) void follow(channel, start);
    }
    return () => void handlers.delete(entry);
  };

  /** One item after the other. It stays in the queue while it is handled: when the queue is empty, everything is. */
  async function handle(): Promise<void> {
    if (busy) return;
    busy = true;
    try {
      while (queue[0]) {
        const [channel, position, type, detail] = queue[0];
        let told = detail;
        if (type === 'event' && parse) {
          const data = await parse((detail as ChannelEvent).data, detail as ChannelEvent);
          told = data !== undefined && { ...(detail as ChannelEvent), data };
        }
        if (type && told) await tell(type, told);
        await store?.set(channel, print(position));
        queue.shift();
      }
      busy = false;
      want?.(overflowed);
      overflowed = false;
    } catch (cause) {
      fail(cause);
    }
  }

  async function follow(channel: string, start: From): Promise<void> {
    try {
      const maxvid = start === 'now' ? NOWHERE : start === 'start' ? 0 : start;
      const current = read(await store?.get(channel)) ?? { maxvid, epoch: null };
      if (followed.has(channel)) positions.set(channel, current);
      if (positions.size < followed.size || life.signal.aborted) return;
      if (want) want(true);
      else
        want = joinGroup(
          options,
          { positions, handled: () => !queue[0], status: say, take: takeIn, reset },
          life.signal,
        );
    } catch (cause) {
      fail(cause);
    }
  }

  function takeIn(answer: PollAnswer, fresh: boolean): boolean {
    const { channel, epoch } = answer;
    const current = positions.get(channel);
    if (!current) return true;
    overflowed ||= queue.length > BACKLOG;
    if (overflowed) return true;
    const taken = take(current, answer, fresh);
    // Who has yet to be told where "now" is has asked for that already.
    if (!taken) return current.maxvid < 0;
    const { after, events, missed, position } = taken;
    positions.set(channel, position);
    if (missed > 0)
      queue.push([channel, { maxvid: after, epoch }, 'missed', { channel, count: missed, after }]);
    for (const event of events)
      queue.push([channel, { maxvid: event.vid, epoch }, 'event', { channel, ...event }]);
    // A position without events is worth keeping too: where "now" is.
    if (current.maxvid !== position.maxvid) queue.push([channel, position]);
    void handle();
    return true;
  }

  function reset({ channel = '', epoch = null, head = -1, detail }: Problem): void {
    const current = positions.get(channel);
    if (!current || (current.maxvid <= head && !isOtherLife(current, { epoch }))) return;
    const position = { maxvid: 0, epoch };
    positions.set(channel, position);
    queue.push([channel, position, 'reset', { channel, epoch, detail }]);
    void handle();
  }

  function say(next: Status): void {
    if (life.signal.aborted || JSON.stringify(status) === JSON.stringify(next)) return;
    status = next;
    if (next.state === 'stopped') {
      queue = [];
      positions.clear();
      life.abort();
    }
    tell('status', next).catch(fail);
  }

  /** A handler or the store has failed. */
  function fail(cause: unknown): void {
    say({
      state: 'stopped',
      error: new DoorbellError('handler', `Handler threw: ${cause}`, false, { cause }),
    });
  }

  function close(): void {
    say({ state: 'stopped' });
  }

  function add(channel: string, start: From = from): void {
    checkChannel(channel);
    if (followed.has(channel)) return;
    if (followed.size >= CHANNELS_PER_POLL) throw badRequest('Over 10 channels');
    followed.set(channel, start);
    if (begun) void follow(channel, start);
  }

  function remove(channel: string): void {
    followed.delete(channel);
    positions.delete(channel);
    // The first is with the handlers already.
    queue = queue.filter(([one], i) => !i || one !== channel);
  }

  checkBase(options);
  for (const channel of [channels].flat()) add(channel);
  whenAborted(signal, close, life);
  return {
    get status() {
      return status;
    },
    on,
    add,
    remove,
    close,
    async *[Symbol.asyncIterator]() {
      const { iterate } = await import('./more.ts');
      yield* iterate(this);
    },
  };
}
