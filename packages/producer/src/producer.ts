/**
 * Publishes in order, in few requests, and nothing twice: each event has an id before it is first sent, so what is sent again, because nobody knows
 * whether it arrived, is appended once. Doorbell knows an id for 5 minutes.
 */

import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { LIMITS } from '../../../lib/protocol/doorbell.ts';
import { SinkError } from './errors.ts';

export interface NewEvent {
  /** Any JSON. */
  readonly data: unknown;
  /** 1 to 128 characters. The same id is published once in 5 minutes. Default: a random one. */
  readonly id?: string | undefined;
  /** 1 to 256 characters: the thing that the event is about. */
  readonly key?: string | undefined;
  /** An ISO 8601 duration, as PT15M: when the next event, of the key if there is one, does not come in that time, `alarms.<channel>` is told. */
  readonly expect?: string | undefined;
}

/** An event as a sink gets it. */
export interface Outgoing {
  readonly id: string;
  readonly key?: string;
  /** The whole event as JSON: `{"id", "key"?, "expect"?, "data"}`. */
  readonly json: string;
}

/** Where events go: `httpSink`, or `queueSink` of `@doorbell/producer/sqs`. */
export interface Sink {
  /** Takes all of them, in order, or none. Throws a `SinkError`. At most 100 events and 256,000 bytes of JSON. */
  send(channel: string, events: readonly Outgoing[]): Promise<void>;
}

export interface ProducerOptions {
  readonly sink: Sink;
  /** How often a request is sent at most, 1 to 10. Default 4. */
  readonly tries?: number;
  /** For tests. */
  readonly sleep?: (ms: number) => Promise<unknown>;
  readonly random?: () => number;
  readonly newId?: () => string;
}

/** Below what SQS takes as one message, with what stands around the events. */
const BATCH = { events: LIMITS.blockEvents, bytes: 256_000 };
const PAUSE = { baseMs: 200, capMs: 5_000 };

export class Producer {
  readonly #sink: Sink;
  readonly #tries: number;
  readonly #sleep: (ms: number) => Promise<unknown>;
  readonly #random: () => number;
  readonly #newId: () => string;

  constructor({
    sink,
    tries = 4,
    sleep: pause = sleep,
    random = Math.random,
    newId = randomUUID,
  }: ProducerOptions) {
    if (!Number.isInteger(tries) || tries < 1 || tries > 10)
      throw new RangeError(`tries must be a whole number from 1 to 10, got ${tries}`);
    this.#sink = sink;
    this.#tries = tries;
    this.#sleep = pause;
    this.#random = random;
    this.#newId = newId;
  }

  /** Resolves when the sink has it. Throws a `SinkError`. */
  publish(channel: string, data: unknown, options: Omit<NewEvent, 'data'> = {}): Promise<void> {
    return this.publishAll(channel, [{ ...options, data }]);
  }

  /**
   * Resolves when the sink has all of them, in their order. Throws a `SinkError`, whose `published` says how many there are, from the first on. Those may be
   * published again with the others if they have ids of the caller's.
   */
  async publishAll(channel: string, events: Iterable<NewEvent>): Promise<void> {
    let published = 0;
    for (const batch of batches(this.#outgoing(events))) {
      try {
        await this.#send(channel, batch);
      } catch (error) {
        throw error instanceof SinkError ? Object.assign(error, { published }) : error;
      }
      published += batch.length;
    }
  }

  *#outgoing(events: Iterable<NewEvent>): Generator<Outgoing> {
    for (const { data, id = this.#newId(), key, expect } of events) {
      if (data === undefined) throw new TypeError('An event must have data; null is some.');
      yield { id, ...(key === undefined ? {} : { key }), json: JSON.stringify({ id, key, expect, data }) };
    }
  }

  async #send(channel: string, batch: readonly Outgoing[]): Promise<void> {
    for (let attempt = 1; ; attempt++) {
      try {
        return await this.#sink.send(channel, batch);
      } catch (error) {
        if (!(error instanceof SinkError && error.retryable) || attempt === this.#tries) throw error;
        await this.#sleep(error.retryAfterMs ?? this.#pauseMs(attempt));
      }
    }
  }

  /** Exponential, with full jitter: many that fail together do not come back together. */
  #pauseMs(attempt: number): number {
    return this.#random() * Math.min(PAUSE.capMs, PAUSE.baseMs * 2 ** attempt);
  }
}

function* batches(events: Iterable<Outgoing>): Generator<readonly Outgoing[]> {
  let batch: Outgoing[] = [];
  let bytes = 0;
  for (const event of events) {
    const more = Buffer.byteLength(event.json) + 1;
    if (batch.length === BATCH.events || (batch.length > 0 && bytes + more > BATCH.bytes)) {
      yield batch;
      batch = [];
      bytes = 0;
    }
    batch.push(event);
    bytes += more;
  }
  if (batch.length > 0) yield batch;
}
