/**
 * What a log remembers of who writes to it: its producers, the last `Stream-Seq`, and who closed it. It stands on the newest block, as of after
 * that block, so one conditional put carries an append and what it changed here. Pure.
 */

/** A producer's session and the last number of it that was taken. */
export interface Producer {
  readonly id: string;
  readonly epoch: number;
  readonly seq: number;
}

export interface Writers {
  /** Those that wrote last, the newest last. At most `MAX_PRODUCERS`. */
  readonly producers: readonly Producer[];
  /** The last `Stream-Seq`. */
  readonly seq?: string;
  /** Whose append closed the log, where a producer's did. */
  readonly closedBy?: Producer;
  /** Some producers stand in items of their own. */
  readonly evicted?: true;
}

/** Each costs 60 to 100 bytes in every block. */
export const MAX_PRODUCERS = 16;

/** What a producer's batch is, against what is known of its producer. */
export type Standing =
  | { readonly kind: 'next' }
  | { readonly kind: 'duplicate'; readonly producer: Producer }
  | { readonly kind: 'fenced'; readonly epoch: number }
  | { readonly kind: 'bad-start' }
  | { readonly kind: 'gap'; readonly expected: number };

/** `known` is undefined for a producer that has written nothing. Only `gap` may be untrue of a view that is out of date. */
export function standingOf(known: Producer | undefined, batch: Producer): Standing {
  if (!known || batch.epoch > known.epoch) {
    if (batch.seq === 0) return { kind: 'next' };
    return known ? { kind: 'bad-start' } : { kind: 'gap', expected: 0 };
  }
  if (batch.epoch < known.epoch) return { kind: 'fenced', epoch: known.epoch };
  if (batch.seq <= known.seq) return { kind: 'duplicate', producer: known };
  return batch.seq === known.seq + 1 ? { kind: 'next' } : { kind: 'gap', expected: known.seq + 1 };
}

export function isSame(one: Producer | undefined, other: Producer | undefined): boolean {
  return one !== undefined && one.id === other?.id && one.epoch === other.epoch && one.seq === other.seq;
}

/** The same with this producer as the newest; it may then hold more than `MAX_PRODUCERS`. */
export function withProducer(producers: readonly Producer[], producer: Producer): readonly Producer[] {
  return [...producers.filter(({ id }) => id !== producer.id), producer];
}

/** The producers that stay on the block, and those that must stand elsewhere before it is written. */
export function evict(writers: Writers): { readonly kept: Writers; readonly evicted: readonly Producer[] } {
  const { producers } = writers;
  if (producers.length <= MAX_PRODUCERS) return { kept: writers, evicted: [] };
  const evicted = producers.slice(0, producers.length - MAX_PRODUCERS);
  return { kept: { ...writers, producers: producers.slice(-MAX_PRODUCERS), evicted: true }, evicted };
}

/** As a block keeps it. */
export function writersText({ producers, seq, closedBy, evicted }: Writers): string {
  return JSON.stringify({
    p: producers.map(({ id, epoch, seq: last }) => [id, epoch, last]),
    ...(seq === undefined ? {} : { s: seq }),
    ...(closedBy === undefined ? {} : { c: [closedBy.id, closedBy.epoch, closedBy.seq] }),
    ...(evicted === undefined ? {} : { e: 1 }),
  });
}

type Tuple = readonly [id: string, epoch: number, seq: number];

/** Reads what `writersText` wrote. */
export function writersOf(text: string): Writers {
  const { p, s, c, e } = JSON.parse(text) as { p: Tuple[]; s?: string; c?: Tuple; e?: 1 };
  return {
    producers: p.map(producerOf),
    ...(s === undefined ? {} : { seq: s }),
    ...(c === undefined ? {} : { closedBy: producerOf(c) }),
    ...(e === undefined ? {} : { evicted: true }),
  };
}

function producerOf([id, epoch, seq]: Tuple): Producer {
  return { id, epoch, seq };
}
