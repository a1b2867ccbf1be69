/**
 * Reads that are shared by all who wait at one head of a log, or come there: the stream is looked up once, and each place is read once, however many
 * wait there. Kept while that head stands, with the watch, so for as long as somebody waits or the process keeps the channel in mind.
 *
 * A waiter had seen less than the head before, so the look, which began after the head was in the log, began within that waiter's request. It is as good
 * as one of its own. Where the blocks since the last head are in memory they tell all that a look would: how far the stream reaches, and whether it is
 * closed. A stream that is deleted, or in another life, is looked up.
 */

import { type Block, dataEnd } from '../log/block.ts';
import type { Head } from '../log/head.ts';
import type { Clock } from '../runtime/ports.ts';
import { requireStream, type Stream } from './locate.ts';
import type { Place } from './offsets.ts';
import type { StreamPorts } from './ports.ts';
import { answerAt, answerOf, type StreamAnswer } from './read.ts';
import { isTouchDue } from './touch.ts';

/** Places that are kept: nearly all wait at the same. Who waits elsewhere reads alone. */
const MAX_PLACES = 4;

/** Of a `ChannelWatch`, what is looked at here. */
interface Watched {
  readonly channel: string;
  readonly head: Head;
  /** Another object once what was in memory counts no more. */
  readonly memory?: object;
  blocksAfter(after: number): readonly Block[] | undefined;
}

export class SharedReads {
  readonly #ports: StreamPorts;
  readonly #name: string;
  readonly #blocksAfter: Watched['blocksAfter'];
  #stream: Stream | undefined;
  #looking: Promise<Stream> | undefined;
  readonly #answers = new Map<Place, StreamAnswer | Promise<StreamAnswer>>();

  /** `stream`: as of the head that these are about, where that is known. */
  constructor(ports: StreamPorts, { channel, blocksAfter }: Omit<Watched, 'head'>, stream?: Stream) {
    this.#ports = ports;
    this.#name = channel;
    this.#blocksAfter = blocksAfter;
    this.#stream = stream;
  }

  /** The stream where it need not be looked up, neither for its end nor to be touched. */
  get known(): Stream | undefined {
    const stream = this.#stream;
    return stream && isFresh(stream, this.#ports.clock) ? stream : undefined;
  }

  /** What the last look found, however long ago. */
  get last(): Stream | undefined {
    return this.#stream;
  }

  /** Takes a stream that somebody has looked up and that ends at this head. */
  offer(stream: Stream): void {
    if (!this.known) this.#take(stream);
  }

  /** As `requireStream`. */
  stream(): Stream | Promise<Stream> {
    const { known } = this;
    if (known) return known;
    this.#looking ??= this.#look();
    return this.#looking;
  }

  /** As `answerAt`, of the stream that `stream` has given. */
  answer(stream: Stream, place: Place): StreamAnswer | Promise<StreamAnswer> {
    const known = this.#answers.get(place);
    if (known) return known;
    const answer = this.#fromMemory(stream, place) ?? answerAt(this.#ports, stream, place);
    if (this.#answers.size >= MAX_PLACES) return answer;
    if (!(answer instanceof Promise)) {
      this.#answers.set(place, answer);
      return answer;
    }
    const kept = answer.catch((error: unknown) => {
      this.#answers.delete(place);
      throw error;
    });
    this.#answers.set(place, kept);
    return kept;
  }

  async #look(): Promise<Stream> {
    try {
      const stream = await requireStream(this.#ports, this.#name);
      this.#take(stream);
      return stream;
    } finally {
      this.#looking = undefined;
    }
  }

  #take(stream: Stream): void {
    // What was answered may have ended where this one goes on.
    if (stream.tail !== this.#stream?.tail) this.#answers.clear();
    this.#stream = stream;
  }

  #fromMemory(stream: Stream, place: Place): StreamAnswer | undefined {
    if (place === 'now') return undefined;
    const after = place === 'start' ? 0 : place;
    const blocks = after < stream.tail ? this.#blocksAfter(after) : undefined;
    return blocks?.[0]?.epoch === stream.life ? answerOf(stream, place, blocks) : undefined;
  }
}

interface OfHead {
  readonly head: Head;
  readonly memory: object | undefined;
  readonly reads: SharedReads;
}

const byWatch = new WeakMap<object, OfHead>();

/** The reads of all who are at the head of this watch. That a name has no life may be true again and again, so then they are not shared. */
export function sharedReads(ports: StreamPorts, watch: Watched): SharedReads {
  const { head, channel, memory } = watch;
  const watched = { channel, blocksAfter: (after: number) => watch.blocksAfter(after) };
  if (head.epoch === null) return new SharedReads(ports, watched);
  const known = byWatch.get(watch);
  if (known && known.head.vid === head.vid && known.head.epoch === head.epoch && known.memory === memory)
    return known.reads;
  const reads = new SharedReads(ports, watched, known && atHead(known.reads.last, watch));
  byWatch.set(watch, { head, memory, reads });
  return reads;
}

/** The stream as the blocks since then have left it. Undefined where they do not tell. */
function atHead(stream: Stream | undefined, watch: Watched): Stream | undefined {
  if (stream?.life !== watch.head.epoch) return undefined;
  const blocks = watch.blocksAfter(stream.tail);
  const newest = blocks?.at(-1);
  if (!blocks || newest?.mark === 'deleted') return undefined;
  return newest ? { ...stream, tail: dataEnd(newest), isClosed: newest.mark === 'closed' } : stream;
}

/** False of one that may be over by now, or must be touched. */
function isFresh({ record }: Stream, clock: Pick<Clock, 'now'>): boolean {
  return record === undefined || !isTouchDue(record.record, clock.now());
}
