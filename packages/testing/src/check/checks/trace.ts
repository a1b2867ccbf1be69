/** A history, put together: each publish and each poll with what became of it, and every channel's log as its readers saw it. Pure. */

import type {
  Answered,
  Cut,
  End,
  Entry,
  Fault,
  Place,
  Poll,
  Publish,
  Published,
  Republished,
  Seen,
  SeenAnswer,
  State,
  Stated,
  Unpublished,
} from '../history.ts';

export interface Publishing {
  readonly publish: Publish;
  /** How it ended; undefined when the history ends before. */
  end: Published | Unpublished | undefined;
  readonly again: Republished[];
}

export interface Polling {
  readonly poll: Poll;
  end: Answered | Cut | Fault | undefined;
}

/** A request for a state, with what became of it. */
export interface Stating {
  readonly state: State;
  end: Stated | Cut | Fault | undefined;
}

/** An event of a channel's log: as it was seen first, and by which poll. */
export interface Logged {
  readonly seen: Seen;
  readonly op: number;
  readonly at: number;
}

/** By vid. */
export type ChannelLog = Map<number, Logged>;

export interface Trace {
  /** In the order in which they began. */
  readonly publishings: readonly Publishing[];
  readonly pollings: readonly Polling[];
  readonly statings: readonly Stating[];
  readonly logs: ReadonlyMap<string, ChannelLog>;
  readonly faults: readonly Fault[];
  readonly end: End | undefined;
}

export function trace(history: readonly Entry[]): Trace {
  const publishings = new Map<number, Publishing>();
  const pollings = new Map<number, Polling>();
  const statings = new Map<number, Stating>();
  const logs = new Map<string, ChannelLog>();
  const faults: Fault[] = [];
  let end: End | undefined;
  for (const entry of history) {
    switch (entry.kind) {
      case 'publish':
        publishings.set(entry.op, { publish: entry, end: undefined, again: [] });
        break;
      case 'published':
      case 'unpublished':
        ended(publishings.get(entry.op), entry);
        break;
      case 'republished':
        publishings.get(entry.op)?.again.push(entry);
        break;
      case 'poll':
        pollings.set(entry.op, { poll: entry, end: undefined });
        break;
      case 'answered':
        note(logs, entry);
        ended(pollings.get(entry.op), entry);
        break;
      case 'state':
        statings.set(entry.op, { state: entry, end: undefined });
        break;
      case 'stated':
        ended(statings.get(entry.op), entry);
        break;
      case 'fault':
        faults.push(entry);
        ended(pollings.get(entry.op), entry);
        ended(statings.get(entry.op), entry);
        break;
      case 'cut':
        ended(pollings.get(entry.op), entry);
        ended(statings.get(entry.op), entry);
        break;
      case 'end':
        end = entry;
    }
  }
  return {
    publishings: [...publishings.values()],
    pollings: [...pollings.values()],
    statings: [...statings.values()],
    logs,
    faults,
    end,
  };
}

/** One channel of an answered poll: where the reader stood, and what it got. */
export interface Visit {
  readonly place: Place;
  readonly answer: SeenAnswer;
  /** The place that the answer goes on from: as sent, or else as the answer shows. */
  readonly after: number;
}

/** The channels that an answered poll brought; none for a poll that was cut. */
export function visits({ poll, end }: Polling): readonly Visit[] {
  if (end?.kind !== 'answered') return [];
  return end.answers.flatMap((answer) => {
    const place = poll.places.find(({ channel }) => channel === answer.channel);
    if (!place) return [];
    const [first] = answer.events;
    return { place, answer, after: place.maxvid ?? (first ? first.vid - 1 : answer.maxvid) };
  });
}

/** How many of its events, from the first on, are acknowledged. */
export function acknowledged({ publish, end }: Publishing): number {
  if (end === undefined) return 0;
  return end.kind === 'published' ? publish.events.length : end.appended;
}

function ended<E>(begun: { end: E | undefined } | undefined, end: E): void {
  if (begun && begun.end === undefined) begun.end = end;
}

function note(logs: Map<string, ChannelLog>, { answers, op, at }: Answered): void {
  for (const { channel, events } of answers) {
    const log = logs.get(channel) ?? new Map<number, Logged>();
    logs.set(channel, log);
    for (const seen of events) if (!log.has(seen.vid)) log.set(seen.vid, { seen, op, at });
  }
}
