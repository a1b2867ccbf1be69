/** What the compiler must know of the package, and what it must refuse. Never run. */
import {
  type ChannelEvent,
  type Connection,
  DoorbellError,
  type ErrorCode,
  type Failure,
  type Platform,
  type PublishAnswer,
  publish,
  type Status,
  type Store,
  type Subscription,
  subscribe,
  type Token,
  webStore,
} from '@doorbell/client';
import { beginFetch } from '@doorbell/client/begin';
import type { directFetch } from '@doorbell/client/direct';
import { publishAll } from '@doorbell/client/publish';
import { type Channel, type ChannelOptions, useChannel } from '@doorbell/client/react';
import { type Latest, useLatest } from '@doorbell/client/react-state';
import {
  type InputOf,
  type OutputOf,
  publishAll as publishAllTyped,
  publish as publishTyped,
  type Schema,
  subscribe as subscribeTyped,
} from '@doorbell/client/schema';
import { sharedFetch } from '@doorbell/client/shared';
import { type StateEntry, type StateSubscription, subscribeState } from '@doorbell/client/state';
import { type StateCollection, stateCollection } from '@doorbell/client/tanstack';
import * as v from 'valibot';

type Equal<A, B> = (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false;
/** Refuses to compile unless the two types are the same. */
const same = <A, B>(yes: Equal<A, B>): boolean => yes;

same<Platform['fetch'], ReturnType<typeof sharedFetch>>(true);
same<Platform['fetch'], ReturnType<typeof directFetch>>(true);
same<Platform['fetch'], ReturnType<typeof beginFetch>>(true);
beginFetch({ since: new Date(0) });
sharedFetch({ base: 'https://cdn.example' });

same<ReturnType<typeof stateCollection<Door>>, StateCollection<Door>>(true);
same<ReturnType<StateCollection<Door>['getKey']>, string>(true);
same<ReturnType<typeof subscribeState>, StateSubscription<unknown>>(true);
same<StateEntry<Door>['data'], Door>(true);
same<ReturnType<typeof useLatest<Door>>, Latest<Door>>(true);

export function follows(signal: AbortSignal): number | undefined {
  const state = subscribeState<Door>('doors', { prefix: 'floor-2.', every: 250, signal, share: false });
  state.on('change', ({ changed, deleted, entries }) =>
    changed.map(({ key, data }) => key.length + data.doorno + deleted.length + entries.size),
  );
  state.on('status', ({ state }) => state);
  return useLatest<Door>('doors', { key: '3', token: 'a text' }).entry?.data.doorno;
}

// @ts-expect-error: a key is a text.
subscribeState('doors', { key: 3 });
// @ts-expect-error: the map is read only.
subscribeState('doors').entries.clear();
// @ts-expect-error: a collection is of one channel.
stateCollection(['doors']);
// @ts-expect-error: its name is a text.
stateCollection('doors', { id: 3 });
// @ts-expect-error: there is no such option.
stateCollection('doors', { keys: ['3'] });
// @ts-expect-error: a state has changes, and no events.
subscribeState('doors').on('event', () => undefined);

interface Door {
  readonly doorno: number;
}
declare const isDoor: (data: unknown) => data is Door;
declare const stream: ReadableStream<Door>;

export const results = [
  same<ReturnType<typeof subscribe>, Subscription<unknown>>(true),
  same<Awaited<ReturnType<typeof publish>>, PublishAnswer>(true),
  same<ChannelEvent<Door>['data'], Door>(true),
  same<ChannelEvent['vid'], number>(true),
  same<Status['state'], 'connecting' | 'live' | 'waiting' | 'stopped'>(true),
  same<Token, (options: { readonly refresh: boolean }) => string | Promise<string>>(true),
  same<ReturnType<typeof useChannel<Door>>, Channel<Door>>(true),
  same<Channel<Door>['events'], readonly ChannelEvent<Door>[]>(true),
  same<DoorbellError['code'], ErrorCode>(true),
  same<Failure['code'], ErrorCode>(true),
  same<Connection['platform'], Partial<Platform> | undefined>(true),
];

const store: Store = new Map<string, string>();
const options = { from: 'start', keep: 10, store: webStore() } satisfies ChannelOptions<Door>;

export async function uses(signal: AbortSignal): Promise<ErrorCode | undefined> {
  const parsed = subscribe('doors', { parse: (data) => (isDoor(data) ? data : undefined), store, signal });
  parsed.on('event', ({ data }) => data.doorno + 1);
  parsed.on('missed', ({ count, after }) => count + after);
  parsed.on('reset', ({ epoch }) => epoch?.length);
  parsed.on('status', (status) => {
    if (status.state === 'waiting') return status.error.code.length + status.retryAt;
    return status.state;
  });
  parsed.add('lifts', 12);
  for await (const { data, channel } of subscribe<Door>(['doors', 'lifts'], options))
    if (data.doorno > 1 && channel === 'doors') break;
  try {
    const { last } = await publishAll('doors', stream, {
      id: ({ doorno }, i) => `${doorno}-${i + 1}`,
      signal,
    });
    return last > 0 ? undefined : 'internal';
  } catch (error) {
    return error instanceof DoorbellError ? error.code : undefined;
  }
}

// @ts-expect-error: nobody has said what the data is.
subscribe('doors').on('event', ({ data }) => data.doorno);
// @ts-expect-error: there is no such event.
subscribe('doors').on('message', () => undefined);
// @ts-expect-error: nor such a beginning.
subscribe('doors', { from: 'yesterday' });
// @ts-expect-error: a channel has a name.
publish(3, {});
// @ts-expect-error: an id is a text here, and a function for many.
publish('doors', {}, { id: () => 'a' });
// @ts-expect-error: what a parser gives is what the handlers get.
subscribe('doors', { parse: () => 'a text' }).on('event', ({ data }) => data.doorno);

// Schemas: a library's, and one written by hand. What goes in is text here, and a time comes out.
const Visit = v.object({
  door: v.number(),
  at: v.pipe(
    v.string(),
    v.transform((text) => new Date(text)),
  ),
});
interface SentVisit {
  door: number;
  at: string;
}
interface ReadVisit {
  door: number;
  at: Date;
}
declare const ByHand: Schema<SentVisit, ReadVisit>;
same<InputOf<typeof Visit>, SentVisit>(true);
same<OutputOf<typeof Visit>, ReadVisit>(true);
same<OutputOf<typeof ByHand>, ReadVisit>(true);

export async function typed(): Promise<number> {
  const visits = subscribeTyped('visits', {
    schema: Visit,
    from: 'start',
    onMisfit: ({ vid }, issues) => vid + issues.length,
  });
  same<typeof visits, Subscription<ReadVisit>>(true);
  visits.on('event', ({ data }) => data.at.getTime() + data.door);
  subscribeTyped(['visits'], { schema: ByHand }).on('event', ({ data }) => data.at.getTime());
  same<ReturnType<typeof hook>, Channel<ReadVisit>>(true);
  const state = subscribeState('visits', { schema: Visit });
  same<typeof state, StateSubscription<ReadVisit>>(true);
  const collection = stateCollection('visits', { schema: ByHand });
  same<typeof collection, StateCollection<ReadVisit>>(true);
  await publishTyped('visits', { door: 1, at: '2026-11-30' }, { schema: Visit, key: 'a' });
  return (await publishAllTyped('visits', [{ door: 1, at: '2026-11-30' }], { schema: ByHand })).last;
}

const hook = () => useChannel('visits', { schema: Visit, onMisfit: () => undefined });

export function latestVisit(): Date | undefined {
  return useLatest('visits', { schema: Visit, key: 'a' }).entry?.data.at;
}

// @ts-expect-error: what is sent is a text, not what the schema makes of it.
publishTyped('visits', { door: 1, at: new Date() }, { schema: Visit });
// @ts-expect-error: nothing has such a member.
subscribeTyped('visits', { schema: Visit }).on('event', ({ data }) => data.nothing);
// @ts-expect-error: one of the two.
subscribeTyped('visits', { schema: Visit, parse: (data) => data });
// @ts-expect-error: a schema is an object that says how it is asked.
subscribeState('visits', { schema: { type: 'object' } });
