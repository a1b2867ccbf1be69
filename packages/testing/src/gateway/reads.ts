/** What readers were sent, and how many of them poll: seen by the gateway, asked for by the test. */

import type { Event, MultiPollAnswer, PollAnswer } from '../../../../lib/protocol/doorbell.ts';
import type { Patience, Read } from '../doorbell.ts';
import type { Call } from './call.ts';

const WITHIN_MS = 5_000;
// Kept from a test that replaces them: `vi.useFakeTimers()`.
const { setTimeout, clearTimeout } = globalThis;

export class Reads {
  readonly #read = new Map<string, Read[]>();
  readonly #polls = new Map<string, number>();
  readonly #changed = new Set<() => void>();
  #underWay = 0;

  of(channel: string): readonly Read[] {
    return this.#read.get(channel) ?? [];
  }

  polls(channel: string): number {
    return this.#polls.get(channel) ?? 0;
  }

  /** Polls of any channel. */
  get underWay(): number {
    return this.#underWay;
  }

  /** A poll has come. Returns what to call when it is over. */
  begin({ kind, channels }: Call): () => void {
    if (kind !== 'poll') return () => undefined;
    this.#underWay++;
    this.#count(channels, 1);
    let isOver = false;
    return () => {
      if (isOver) return;
      isOver = true;
      this.#underWay--;
      this.#count(channels, -1);
    };
  }

  note(channel: string, client: string | undefined, events: readonly Event[]): void {
    const read = this.#read.get(channel) ?? [];
    this.#read.set(channel, read);
    read.push(...events.map((event) => ({ event, client })));
    this.#tell();
  }

  /** Resolves with what `find` finds, as soon as it does. Rejects with `what` it waited for. */
  async until<T>(
    find: () => T | undefined,
    what: () => string,
    { withinMs = WITHIN_MS }: Patience = {},
  ): Promise<T> {
    const found = find();
    if (found !== undefined) return found;
    return new Promise((resolve, reject) => {
      const look = () => {
        const value = find();
        if (value === undefined) return;
        end();
        resolve(value);
      };
      const end = () => {
        clearTimeout(timer);
        this.#changed.delete(look);
      };
      const timer = setTimeout(() => {
        end();
        reject(new Error(`${what()} This was waited for ${withinMs} ms.`));
      }, withinMs);
      this.#changed.add(look);
    });
  }

  #count(channels: readonly string[], by: number): void {
    for (const channel of channels) this.#polls.set(channel, this.polls(channel) + by);
    this.#tell();
  }

  #tell(): void {
    for (const changed of [...this.#changed]) changed();
  }
}

/** The answers in a poll's body; none where it holds something else. */
export function answersIn(text: string): readonly PollAnswer[] {
  try {
    const value = JSON.parse(text) as Partial<MultiPollAnswer & PollAnswer>;
    if (Array.isArray(value.channels)) return value.channels;
    return Array.isArray(value.events) ? [value as PollAnswer] : [];
  } catch {
    return [];
  }
}

/** Events in a piece of a `text/event-stream`, whose messages may be cut anywhere. `rest` is what the piece before left. */
export function eventsInStream(
  rest: string,
  piece: string,
): { readonly events: readonly Event[]; readonly rest: string } {
  const messages = (rest + piece).split('\n\n');
  const last = messages.pop() ?? '';
  const events = messages.flatMap((message) => {
    const data = /^data: (\{"vid".*)$/m.exec(message)?.[1];
    return data === undefined || /^event: /m.test(message) ? [] : [JSON.parse(data) as Event];
  });
  return { events, rest: last };
}
