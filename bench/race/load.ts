/**
 * The load cases. Readers wait before the first event is published, and a warm-up of the same kind goes before what is measured: code is
 * compiled, connections are open, caches are full. The warm-up is over when every reader has had its last event.
 */

import { setTimeout as sleep } from 'node:timers/promises';
import { random } from '../../packages/testing/src/check/random.ts';
import { arrive, leave, sum } from './crowd.ts';
import { meter, type Used } from './meter.ts';
import type { Peer, Running } from './peer.ts';
import { Publisher } from './publisher.ts';
import { type AnyReader, Reader, type Reading } from './reader.ts';
import type { LoadFigures } from './results.ts';
import type { LoadCase } from './scenarios.ts';
import { round, spread } from './statistics.ts';
import { StreamReader } from './stream-reader.ts';
import { Tally } from './tally.ts';
import { reaches } from './waiting.ts';

const ARRIVAL = { atOnce: 100, pauseMs: 20 };
const SETTLE_MS = 300;
const WARM_UP_GAP_MS = 20;
/** An event that has not come by then, with nothing else coming either, will not come. */
const QUIET_MS = 4_000;
/** Takes a second for each event, so two must do. */
const SLOW_WARM_UP = 2;

/** Throws when nothing of the warm-up was delivered: then there is nothing to measure. */
export async function runLoad(
  peer: Peer,
  server: Running,
  what: LoadCase,
  seed: number,
): Promise<LoadFigures> {
  const load = new Load(peer, server, what);
  try {
    await load.arrive();
    await load.warmUp();
    return await load.measure(seed);
  } finally {
    await load.leave();
  }
}

class Load {
  readonly #server: Running;
  readonly #what: LoadCase;
  readonly #competing: boolean;
  readonly #warmUp: number;
  readonly #channels: readonly string[];
  readonly #publisher: Publisher;
  #readers: readonly AnyReader[] = [];
  readonly #latencies: number[] = [];
  #lastAt = 0;

  constructor(peer: Peer, server: Running, what: LoadCase) {
    this.#server = server;
    this.#what = what;
    this.#competing = peer.reaches === 'one';
    this.#warmUp = peer.slow ? what.channels * SLOW_WARM_UP : what.warmUp;
    this.#channels = Array.from({ length: what.channels }, (_, i) => `race-${i}`);
    this.#publisher = new Publisher(server, this.#channels, what.bytes);
  }

  /** Competing readers would only share the events among them: one is as good as many when hang-ups are counted. */
  get #each(): number {
    return this.#competing && this.#what.hangUpMeanMs !== undefined ? 1 : this.#what.readers;
  }

  async arrive(): Promise<void> {
    const channel = (reader: number) => this.#channels[reader % this.#channels.length] ?? '';
    const newReader = (reader: number) => this.#newReader(channel(reader));
    this.#readers = await arrive(this.#each * this.#channels.length, newReader, ARRIVAL);
    await sleep(SETTLE_MS);
  }

  #newReader(channel: string): AnyReader {
    const onEachChannel = (events: number) => Math.ceil(events / this.#channels.length);
    const warmUp = onEachChannel(this.#warmUp);
    const reading: Reading = {
      server: this.#server,
      channel,
      tally: new Tally(warmUp + 1, warmUp + onEachChannel(this.#what.events)),
      onEvent: (number, atMs) => {
        this.#lastAt = atMs;
        this.#latencies.push(atMs - this.#publisher.beganAt(channel, number));
      },
    };
    return this.#what.streams ? new StreamReader(reading) : new Reader(reading);
  }

  async warmUp(): Promise<void> {
    let last = 0;
    for (let i = 0; i < this.#warmUp; i++) {
      last = (await this.#publisher.one()).number;
      await sleep(WARM_UP_GAP_MS);
    }
    const had = () => this.#readers.filter(({ tally }) => tally.has(last)).length;
    // Some that never get it are no reason to stop: what they lose later is counted.
    await reaches(had, this.#competing ? 1 : this.#readers.length, QUIET_MS);
    if (had() === 0)
      throw new Error(`nothing of the warm-up was delivered; ${this.#error() ?? 'no error either'}`);
  }

  async measure(seed: number): Promise<LoadFigures> {
    const { events, pace, hangUpMeanMs } = this.#what;
    this.#publisher.accepted = [];
    const used = meter(this.#server.pids);
    const start = performance.now();
    const stopHangUps = hangUps(this.#readers, hangUpMeanMs, seed);
    if ('everyMs' in pace) await this.#publisher.paced(events, pace.everyMs);
    else await this.#publisher.burst(events, pace.inFlight);
    const acceptedAt = performance.now();
    stopHangUps();
    const expected = events * this.#each;
    await reaches(() => this.#latencies.length, this.#competing ? events : expected, QUIET_MS);
    const perSecond = (until: number) => round((events / Math.max(1, until - start)) * 1_000, 1);
    return {
      ...this.#faults(),
      ...this.#costs(used()),
      expected,
      perSecond: perSecond(this.#lastAt),
      acceptedPerSecond: perSecond(acceptedAt),
    };
  }

  async leave(): Promise<void> {
    await leave(this.#readers);
  }

  #faults() {
    const error = this.#error();
    const inOrder = 'everyMs' in this.#what.pace;
    return {
      delivered: this.#latencies.length,
      repeated: sum(this.#readers, ({ tally }) => tally.repeated),
      outOfOrder: inOrder ? sum(this.#readers, ({ tally }) => tally.outOfOrder) : null,
      hangUps: sum(this.#readers, (reader) => reader.hangUps),
      pollErrors: sum(this.#readers, ({ errors }) => errors),
      publishErrors: this.#publisher.errors,
      ...(error === undefined ? {} : { error }),
    };
  }

  #costs({ serverCpu, generatorCpu, serverCpuMs, generatorCpuMs }: Used) {
    const accepted = spread(this.#publisher.accepted);
    const micros = (cpuMs: number) => round((cpuMs * 1_000) / Math.max(1, this.#latencies.length), 1);
    return {
      kind: 'load' as const,
      ...spread(this.#latencies),
      acceptedP50: accepted.p50,
      acceptedP99: accepted.p99,
      serverCpu,
      generatorCpu,
      serverMicros: micros(serverCpuMs),
      generatorMicros: micros(generatorCpuMs),
    };
  }

  #error(): string | undefined {
    return this.#readers.find(({ lastError }) => lastError)?.lastError ?? this.#publisher.lastError;
  }
}

/** The times between hang-ups are exponential and from the seed, one generator for each reader. */
function hangUps(readers: readonly AnyReader[], meanMs: number | undefined, seed: number): () => void {
  if (meanMs === undefined) return () => undefined;
  const over = new AbortController();
  readers.forEach(async (reader, i) => {
    const { next } = random(seed, `reader ${i}`);
    for (;;) {
      await sleep(-Math.log(1 - next()) * meanMs, undefined, { signal: over.signal }).catch(() => undefined);
      if (over.signal.aborted) return;
      reader.hangUp();
    }
  });
  return () => over.abort();
}
