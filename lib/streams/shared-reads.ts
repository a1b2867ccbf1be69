/**
 * Reads that are shared by all who were woken by the same head: the stream is looked up once, and each place is read once, however many wait there. Kept
 * while that head stands, with the watch, so for as long as somebody waits.
 *
 * A waiter had seen less than the head before, so the look, which began after the head was in the log, began within that waiter's request. It is as good
 * as one of its own.
 */

import type { Head } from '../log/head.ts';
import { requireStream, type Stream } from './locate.ts';
import type { Place } from './offsets.ts';
import type { StreamPorts } from './ports.ts';
import { answerAt, type StreamAnswer } from './read.ts';

/** Places that are kept: nearly all wait at the same. Who waits elsewhere reads alone. */
const MAX_PLACES = 4;

export class SharedReads {
  readonly #ports: StreamPorts;
  readonly #name: string;
  #stream: Promise<Stream> | undefined;
  readonly #answers = new Map<Place, Promise<StreamAnswer>>();

  constructor(ports: StreamPorts, name: string) {
    this.#ports = ports;
    this.#name = name;
  }

  /** As `requireStream`. */
  stream(): Promise<Stream> {
    this.#stream ??= requireStream(this.#ports, this.#name).catch((error: unknown) => {
      this.#stream = undefined;
      throw error;
    });
    return this.#stream;
  }

  /** As `answerAt`, of the stream that `stream` has resolved with. */
  answer(stream: Stream, place: Place): Promise<StreamAnswer> {
    const known = this.#answers.get(place);
    if (known) return known;
    const read = answerAt(this.#ports, stream, place);
    if (this.#answers.size >= MAX_PLACES) return read;
    const kept = read.catch((error: unknown) => {
      this.#answers.delete(place);
      throw error;
    });
    this.#answers.set(place, kept);
    return kept;
  }
}

interface OfHead {
  readonly head: Head;
  readonly reads: SharedReads;
}

const byWatch = new WeakMap<object, OfHead>();

/** The reads of all who were woken on this watch by this head. That a name has no life may be true again and again, so then they are not shared. */
export function sharedReads(
  ports: StreamPorts,
  watch: { readonly channel: string; readonly head: Head },
): SharedReads {
  const { head, channel } = watch;
  if (head.epoch === null) return new SharedReads(ports, channel);
  const known = byWatch.get(watch);
  if (known && known.head.vid === head.vid && known.head.epoch === head.epoch) return known.reads;
  const reads = new SharedReads(ports, channel);
  byWatch.set(watch, { head, reads });
  return reads;
}
