/**
 * The idle cases: what a server weighs with nobody and with everybody waiting. It is weighed after a first event has been read, so that code
 * which is loaded late is not charged to the readers. Events at the end prove that they were waiting.
 */

import { setTimeout as sleep } from 'node:timers/promises';
import { arrive, leave, sum } from './crowd.ts';
import type { Peer, Running } from './peer.ts';
import { familyOf, memoryKb } from './processes.ts';
import { Publisher } from './publisher.ts';
import { Reader } from './reader.ts';
import type { IdleFigures } from './results.ts';
import { round } from './statistics.ts';
import { Tally } from './tally.ts';
import { reaches } from './waiting.ts';

const CHANNEL = 'race-idle';
/** 2,000 readers a second at most. */
const ARRIVAL = { atOnce: 20, pauseMs: 10 };
const WEIGH_EVERY_MS = 1_000;
const WEIGH_TIMES = 20;
/** Steady is what changes by less over so many weighings: garbage is collected meanwhile, and helpers of a start have ended. */
const STEADY = 0.01;
const STEADY_TIMES = 4;
const QUIET_MS = 5_000;
const EVENT_BYTES = 100;

/** `start` gives a fresh server that can hold so many readers; each is stopped again. */
export async function runIdle(
  peer: Peer,
  start: (waiting: number) => Promise<Running>,
  count: number,
): Promise<IdleFigures> {
  // A server with one process for each reader is lighter when it is made for fewer: its base is that of one made for two.
  const small = await start(2);
  const { readers: one } = await crowd(small, 1, 1);
  await leave(one);
  const baseKb = await steadyKb(small);
  await small.stop();

  const server = await start(count + 2);
  // Where an event goes to one reader only, as many events as readers prove as much as one does elsewhere.
  const proofs = peer.reaches === 'one' ? count : 1;
  const { publisher, readers } = await crowd(server, count, 1 + proofs);
  const kb = await steadyKb(server);
  const processes = familyOf(server.pids).length;
  const proven = () => sum(readers, ({ tally }) => tally.measured);
  for (let i = 0; i < proofs; i++) await publisher.one();
  await reaches(proven, count, QUIET_MS);
  await leave(readers);
  await server.stop();
  return {
    kind: 'idle',
    baseMb: round(baseKb / 1_024, 1),
    kbPerReader: round((kb - baseKb) / count, 1),
    processes,
    proven: proven(),
    pollErrors: sum(readers, ({ errors }) => errors),
  };
}

/** One event, and then `count` readers, who read it and wait for the next. */
async function crowd(server: Running, count: number, events: number) {
  const publisher = new Publisher(server, [CHANNEL], EVENT_BYTES);
  await publisher.one();
  const onEvent = () => undefined;
  const newReader = () => new Reader({ server, channel: CHANNEL, tally: new Tally(2, events), onEvent });
  const readers = await arrive(count, newReader, ARRIVAL);
  await reaches(() => readers.filter(({ tally }) => tally.has(1)).length, 1, QUIET_MS);
  return { publisher, readers };
}

async function steadyKb({ pids }: Running): Promise<number> {
  const weights = [memoryKb(pids)];
  for (let i = 0; i < WEIGH_TIMES; i++) {
    await sleep(WEIGH_EVERY_MS);
    weights.push(memoryKb(pids));
    const last = weights.slice(-STEADY_TIMES);
    const [least, most] = [Math.min(...last), Math.max(...last)];
    if (last.length === STEADY_TIMES && most - least < most * STEADY) break;
  }
  return weights.at(-1) ?? 0;
}
