/**
 * The load cases. Readers wait before the first event is published, and a warm-up of the same kind goes before what is measured: code is
 * compiled, connections are open, caches are full. The warm-up is over when every reader has had its last event.
 */

import { setTimeout as sleep } from 'node:timers/promises';
import { random } from '../../verify/random.ts';
import { meter } from './meter.ts';
import type { Peer, Running } from './peer.ts';
import { Publisher } from './publisher.ts';
import { Reader } from './reader.ts';
import type { LoadFigures } from './results.ts';
import type { LoadCase } from './scenarios.ts';
import { round, spread } from './statistics.ts';
import { Tally } from './tally.ts';
import { reaches } from './waiting.ts';

/** Readers come 100 at a time, so that no server's accept queue overflows. */
const ARRIVE_AT_ONCE = 100;
const ARRIVE_PAUSE_MS = 20;
const SETTLE_MS = 300;
/** An event that has not come by then, with nothing else coming either, will not come. */
const QUIET_MS = 4_000;
const WARM_UP_GAP_MS = 20;

/** Throws when nothing of the warm-up was delivered: then there is nothing to measure. */
export async function runLoad(
  peer: Peer,
  server: Running,
  what: LoadCase,
  seed: number,
): Promise<LoadFigures> {
  const competing = peer.reaches === 'one';
  const warmUp = peer.slow ? what.channels * 2 : what.warmUp;
  const channels = Array.from({ length: what.channels }, (_, i) => `race-${i}`);
  const perChannel = (events: number) => Math.ceil(events / channels.length);
  const publisher = new Publisher(server, channels, what.bytes);
  const latencies: number[] = [];
  let lastAt = 0;
  const newReader = (channel: string) =>
    new Reader({
      server,
      channel,
      tally: new Tally(perChannel(warmUp) + 1, perChannel(warmUp) + perChannel(what.events)),
      onEvent: (number, atMs) => {
        lastAt = atMs;
        latencies.push(atMs - publisher.beganAt(channel, number));
      },
    });
  const readers: Reader[] = [];
  try {
    // Competing readers would only share the events among them, so one is as good as many when hang-ups are counted.
    const each = competing && what.hangUpMeanMs !== undefined ? 1 : what.readers;
    for (let i = 0; i < each * channels.length; i++) {
      readers.push(newReader(channels[i % channels.length] ?? ''));
      if (i % ARRIVE_AT_ONCE === ARRIVE_AT_ONCE - 1) await sleep(ARRIVE_PAUSE_MS);
    }
    await sleep(SETTLE_MS);
    await warm(publisher, warmUp, readers, competing);

    publisher.accepted = [];
    const used = meter(server.pids);
    const start = performance.now();
    const stopHangUps = hangUps(readers, what.hangUpMeanMs, seed);
    if ('everyMs' in what.pace) await publisher.paced(what.events, what.pace.everyMs);
    else await publisher.burst(what.events, what.pace.inFlight);
    const acceptedAt = performance.now();
    stopHangUps();
    const expected = what.events * each;
    await reaches(() => latencies.length, competing ? what.events : expected, QUIET_MS);
    const ended = Math.max(lastAt, start + 1);
    return {
      ...figures(readers, publisher, latencies, used()),
      expected,
      outOfOrder: 'inFlight' in what.pace ? null : sum(readers, (one) => one.tally.outOfOrder),
      perSecond: round((what.events / (ended - start)) * 1_000, 1),
      acceptedPerSecond: round((what.events / (acceptedAt - start)) * 1_000, 1),
    };
  } finally {
    await Promise.all(readers.map((reader) => reader.leave()));
  }
}

async function warm(
  publisher: Publisher,
  events: number,
  readers: readonly Reader[],
  competing: boolean,
): Promise<void> {
  for (let i = 0; i < events; i++) {
    const { number } = await publisher.one();
    await sleep(WARM_UP_GAP_MS);
    if (i < events - 1) continue;
    const had = () => readers.filter(({ tally }) => tally.has(number)).length;
    // Some that never get it are no reason to stop: what they lose later is counted.
    await reaches(had, competing ? 1 : readers.length, QUIET_MS);
    if (had() === 0) {
      const why = readers.find(({ lastError }) => lastError)?.lastError ?? publisher.lastError;
      throw new Error(`nothing of the warm-up was delivered; ${why ?? 'no error either'}`);
    }
  }
}

/** The times between hang-ups are exponential and from the seed, one generator for each reader. */
function hangUps(readers: readonly Reader[], meanMs: number | undefined, seed: number): () => void {
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

function figures(
  readers: readonly Reader[],
  publisher: Publisher,
  latencies: readonly number[],
  { serverCpu, generatorCpu, serverCpuMs, generatorCpuMs }: ReturnType<ReturnType<typeof meter>>,
): Omit<LoadFigures, 'expected' | 'outOfOrder' | 'perSecond' | 'acceptedPerSecond'> {
  const { p50, p99, max } = spread(latencies);
  const accepted = spread(publisher.accepted);
  const error = readers.find(({ lastError }) => lastError)?.lastError ?? publisher.lastError;
  const micros = (cpu: number) => round((cpu * 1_000) / Math.max(1, latencies.length), 1);
  return {
    kind: 'load',
    delivered: latencies.length,
    repeated: sum(readers, ({ tally }) => tally.repeated),
    hangUps: sum(readers, (one) => one.hangUps),
    p50,
    p99,
    max,
    acceptedP50: accepted.p50,
    acceptedP99: accepted.p99,
    serverCpu,
    generatorCpu,
    serverMicros: micros(serverCpuMs),
    generatorMicros: micros(generatorCpuMs),
    pollErrors: sum(readers, ({ errors }) => errors),
    publishErrors: publisher.errors,
    ...(error === undefined ? {} : { error }),
  };
}

function sum<T>(items: readonly T[], value: (item: T) => number): number {
  return items.reduce((total, item) => total + value(item), 0);
}
