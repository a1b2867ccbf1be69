/** Histories by hand, for the checker's own tests: each function tells one thing that happened, with its times in ms. */

import type { PublishAnswer } from '../../../lib/protocol/doorbell.ts';
import type {
  Cut,
  Entry,
  Publish,
  Seen,
  SeenAnswer,
  SeenState,
  Sent,
  StateQuery,
} from '../../../packages/testing/src/check/history.ts';

const CHANNEL = 'doors';

/** All of it in the order of its times; what happens at one time, as told. */
export function story(...told: ReadonlyArray<readonly Entry[]>): readonly Entry[] {
  return told.flat().toSorted((a, b) => a.at - b.at);
}

export interface PublishTold {
  readonly op: number;
  /** From the first try to the acknowledgement. */
  readonly at: readonly [number, number];
  /** The data of each event; or, with ids, whole events. */
  readonly events: ReadonlyArray<string | Sent>;
  readonly form?: Publish['form'];
  readonly channel?: string;
}

/** A publish that was acknowledged, by default with the numbers from `first` on. */
export function published(
  told: PublishTold,
  first: number,
  answer: Partial<PublishAnswer> & { readonly attempts?: number } = {},
): readonly Entry[] {
  const count = told.events.length;
  const { attempts = 1, ...said } = answer;
  const whole = { first, last: first + count - 1, count, duplicates: 0, ...said };
  return [begun(told), { kind: 'published', at: told.at[1], op: told.op, attempts, answer: whole }];
}

/** A publish that was given up, `appended` of its events being in the log for sure. */
export function unpublished(told: PublishTold, appended = 0): readonly Entry[] {
  return [begun(told), { kind: 'unpublished', at: told.at[1], op: told.op, why: 'failed', appended }];
}

export interface PollTold {
  readonly op: number;
  readonly at: readonly [number, number];
  readonly reader?: string;
  readonly client?: string;
  readonly waitMs?: number;
  readonly limit?: number;
  readonly channel?: string;
  /** Absent: without a place. */
  readonly maxvid?: number;
}

/** A poll that was answered; `answer` overrides what a sound answer with these events would say. */
export function polled(
  told: PollTold,
  events: readonly Seen[],
  answer: Partial<SeenAnswer> = {},
): readonly Entry[] {
  const { op, at, channel = CHANNEL, maxvid = 0 } = told;
  const sound = { channel, epoch: 'life', events, maxvid: events.at(-1)?.vid ?? maxvid, missed: 0 };
  return [asked(told), { kind: 'answered', at: at[1], op, answers: [{ ...sound, ...answer }] }];
}

/** A poll of several channels, each from its start; what it brought, per channel. */
export function polledMany(
  told: Pick<PollTold, 'op' | 'at'>,
  channels: readonly string[],
  brought: ReadonlyArray<readonly [string, readonly Seen[]]>,
): readonly Entry[] {
  const places = channels.map((channel) => ({ channel, maxvid: 0 }));
  const answers = brought.map(([channel, events]) => {
    return { channel, epoch: 'life', events, maxvid: events.at(-1)?.vid ?? 0, missed: 0 };
  });
  return [
    {
      kind: 'poll',
      at: told.at[0],
      op: told.op,
      reader: 'r',
      waitMs: 20_000,
      limit: 500,
      many: true,
      places,
    },
    { kind: 'answered', at: told.at[1], op: told.op, answers },
  ];
}

/** A poll that brought nothing. */
export function cut(told: PollTold, why: Cut['why']): readonly Entry[] {
  return [asked(told), { kind: 'cut', at: told.at[1], op: told.op, why }];
}

export function end(at: number, unfinished: readonly string[] = []): readonly Entry[] {
  return [{ kind: 'end', at, unfinished }];
}

/** A state that was read, in one page or more. */
export function stated(
  told: Pick<PollTold, 'op' | 'at'> & StateQuery,
  ...pages: ReadonlyArray<Partial<SeenState>>
): readonly Entry[] {
  const { op, at, ...query } = told;
  const whole = pages.map((page) => ({ epoch: 'life', maxvid: 0, entries: [], ...page }));
  return [
    { kind: 'state', at: at[0], op, reader: 's', channel: CHANNEL, ...query },
    { kind: 'stated', at: at[1], op, pages: whole },
  ];
}

/** An event about a key, as a reader sees it; without data it deletes the key. */
export function about(key: string, vid: number, data?: string): Seen & { readonly key: string } {
  const id = `id of ${data ?? vid}`;
  return data === undefined
    ? { ...seen(vid, `deleted by ${id}`, id), key, isDeletion: true }
    : { ...seen(vid, data, id), key };
}

/** An event as a reader sees it. */
export function seen(vid: number, data: string, id = `id of ${data}`): Seen {
  return { vid, id, at: '2026-01-01T00:00:00.000Z', data };
}

function begun({ op, at, events, form, channel = CHANNEL }: PublishTold): Publish {
  const sent = events.map((event) => (typeof event === 'string' ? { data: event } : event));
  const usual = events.length === 1 ? 'event' : 'array';
  return { kind: 'publish', at: at[0], op, producer: 'p', channel, form: form ?? usual, events: sent };
}

function asked(told: PollTold): Entry {
  const { op, at, reader = 'r', client, waitMs = 20_000, limit = 500, channel = CHANNEL, maxvid } = told;
  const place = maxvid === undefined ? { channel } : { channel, maxvid };
  const asker = client === undefined ? {} : { client };
  return { kind: 'poll', at: at[0], op, reader, ...asker, waitMs, limit, many: false, places: [place] };
}
