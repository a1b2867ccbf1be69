/**
 * What streams' writers add to a block that is being planned: bytes, an end, and what becomes of each producer. A batch is taken, found to be there
 * already, or refused, and its neighbours are planned as if a refused one had not come. Pure.
 */

import { type Mark, type NewEvent, widthOf } from '../block.ts';
import { evict, isSame, type Producer, standingOf, type Writers, withProducer } from '../writers.ts';
import type { PlanState } from './append-plan.ts';

/** What one request of a stream's writer wants written, besides its messages. */
export interface StreamWrite {
  /** The life that it is for, as the log's epoch names it. */
  readonly life: string;
  /** Of a stream of bytes. */
  readonly bytes?: Uint8Array;
  readonly producer?: Producer;
  /** `Stream-Seq`: it must come after the last one, bytewise. */
  readonly seq?: string;
  /** The last thing that is written here. */
  readonly mark?: Mark;
}

/** `tail`: the highest number that holds something, as of after this batch. */
export type Outcome =
  | {
      readonly kind: 'appended' | 'duplicate';
      readonly tail: number;
      readonly isClosed: boolean;
      readonly producer?: Producer;
    }
  | { readonly kind: 'closed'; readonly tail: number }
  /** This life is over, or another one has begun. */
  | { readonly kind: 'gone' }
  /** Events for a stream of bytes. */
  | { readonly kind: 'bytes' }
  | { readonly kind: 'fenced'; readonly epoch: number }
  | { readonly kind: 'bad-start' }
  | { readonly kind: 'gap'; readonly expected: number }
  | { readonly kind: 'seq'; readonly tail: number };

const NO_WRITERS: Writers = { producers: [] };

export class StreamDraft {
  readonly #state: PlanState;
  /** The plan's own, in which messages stand too. */
  readonly #events: NewEvent[];
  #chunks: Uint8Array[] = [];
  #bytes = 0;
  #mark: Mark | undefined;
  #writers: Writers | undefined;

  constructor(state: PlanState, events: NewEvent[]) {
    this.#state = state;
    this.#events = events;
    this.#mark = state.mark;
    this.#writers = state.writers;
  }

  /** Why events of a publish cannot be appended, where they cannot; `areNew` says whether any of them would be. */
  refusal(areNew: () => boolean): Outcome | undefined {
    if (this.#state.holdsBytes) return { kind: 'bytes' };
    if (!this.#mark || !areNew()) return undefined;
    return this.#mark === 'deleted' ? { kind: 'gone' } : { kind: 'closed', tail: this.#tail };
  }

  take(write: StreamWrite, messages: readonly NewEvent[]): Outcome {
    const { producer, seq } = write;
    if (this.#mark === 'deleted' || write.life !== this.#state.epoch) return { kind: 'gone' };
    if (this.#mark === 'closed' && write.mark !== 'deleted') return this.#afterEnd(write, messages);
    const standing = producer && standingOf(this.#known(producer.id), producer);
    if (standing?.kind === 'duplicate')
      return { kind: 'duplicate', tail: this.#tail, isClosed: false, producer: standing.producer };
    if (standing && standing.kind !== 'next') return standing;
    const last = this.#writers?.seq;
    if (seq !== undefined && last !== undefined && seq <= last) return { kind: 'seq', tail: this.#tail };
    this.#add(write, messages);
    return {
      kind: 'appended',
      tail: this.#tail,
      isClosed: this.#mark === 'closed',
      ...(producer ? { producer } : {}),
    };
  }

  /** What the block holds besides events. */
  content(): {
    readonly bytes?: Uint8Array;
    readonly mark?: Mark;
    readonly writers?: Writers;
    readonly evicted: readonly Producer[];
  } {
    const { kept, evicted } = evict(this.#writers ?? NO_WRITERS);
    const isNew = this.#mark !== this.#state.mark;
    return {
      ...(this.#chunks.length > 0 ? { bytes: joined(this.#chunks) } : {}),
      ...(isNew && this.#mark ? { mark: this.#mark } : {}),
      ...(this.#writers ? { writers: kept } : {}),
      evicted,
    };
  }

  #afterEnd({ producer, bytes, mark }: StreamWrite, messages: readonly NewEvent[]): Outcome {
    const tail = this.#tail;
    const isSameEnd = isSame(this.#writers?.closedBy, producer);
    const isBareEnd = messages.length === 0 && !bytes && mark === 'closed';
    // Nothing is kept of a producer that comes after the end, so it is not told that its batch was taken.
    if (!isSameEnd && (producer || !isBareEnd)) return { kind: 'closed', tail };
    return { kind: 'duplicate', tail, isClosed: true, ...(producer ? { producer } : {}) };
  }

  #add({ bytes, mark, producer, seq }: StreamWrite, messages: readonly NewEvent[]): void {
    for (const message of messages) this.#events.push(message);
    if (bytes && bytes.byteLength > 0) {
      this.#chunks.push(bytes);
      this.#bytes += bytes.byteLength;
    }
    if (mark) this.#mark = mark;
    if (!producer && seq === undefined) return;
    const { producers, ...others } = this.#writers ?? NO_WRITERS;
    this.#writers = {
      ...others,
      producers: producer ? withProducer(producers, producer) : producers,
      ...(seq === undefined ? {} : { seq }),
      ...(mark === 'closed' && producer ? { closedBy: producer } : {}),
    };
  }

  #known(id: string): Producer | undefined {
    return this.#writers?.producers.find((one) => one.id === id) ?? this.#state.evicted?.get(id);
  }

  get #tail(): number {
    const { head, mark } = this.#state;
    const before = mark ? head - 1 : head;
    return before + widthOf({ events: this.#events }) + this.#bytes;
  }
}

function joined(chunks: readonly Uint8Array[]): Uint8Array {
  const [only] = chunks;
  return only && chunks.length === 1 ? only : Buffer.concat(chunks);
}
