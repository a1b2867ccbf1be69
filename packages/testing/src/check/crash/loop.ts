/**
 * The crash loop: the load runs without a break while the server under it is killed at random moments and started again on the same data.
 * Some kills come while it is starting. In every second life its disk is full for a while, and half of these end like that. What was acknowledged before
 * must be there afterwards, and a server whose disk has room again must go on by itself. Around a full disk events are large, so that a write breaks off in
 * its middle; and before the kill so many are acknowledged behind it that a log which is broken there would lose some.
 */

import type { History } from '../history.ts';
import { type LoadOptions, runLoad } from '../load/load.ts';
import { pause } from '../load/party.ts';
import { type Random, random } from '../random.ts';
import { type Instance, NotStarted } from './instance.ts';
import type { SmallDisk } from './small-disk.ts';

export interface CrashOptions extends LoadOptions {
  /** How often it is killed and comes up again. */
  readonly cycles: number;
  /** How long it lives after it answers, at most, in seconds. */
  readonly life: number;
  /** Where a start stands when it is killed early. */
  readonly early: 'spawned' | 'holds its folder';
}

/** Shares of the longest life, so that many kills come soon after a start and some when mailboxes are old. */
const LIFE_SHARES = [0.05, 0.25, 1, 1] as const;
/** Share of kills that are followed by one while it is starting. */
const EARLY = 0.2;
/** Share of full disks that have room again before the kill. */
const ROOM_AGAIN = 0.5;
/** Shares of a life before and after its disk is full. */
const AROUND_FULL = [0.3, 0.3] as const;
/** By then something was written to a full disk, whether or not the server says so: ms. */
const REFUSED_MS = 5_000;
/** Events that are acknowledged between a full disk and the kill: so many, or what is published in so many seconds. */
const BEHIND_FULL = { events: 100, seconds: 20 };
const BEHIND_FULL_MS = 60_000;
const LOOK_MS = 50;
/** A start takes about as long from there to its first answer, in ms. */
const EARLY_MS = 500;

interface Loop {
  readonly options: CrashOptions;
  readonly instance: Instance;
  /** What its folder is on; undefined where no disk can be filled. */
  readonly disk: SmallDisk | undefined;
  readonly history: History;
  readonly chance: Random;
  readonly until: AbortSignal;
  readonly size: { isLarge: boolean };
}

/**
 * Kills until the cycles are over or `stop` aborts, then lets everyone read up to the end. The instance runs when this returns. Throws
 * `NotStarted` when it does not come up again.
 */
export async function crashLoop(
  options: CrashOptions,
  { instance, disk }: Pick<Loop, 'instance' | 'disk'>,
  history: History,
  say: (text: string) => void,
  stop: AbortSignal,
): Promise<void> {
  const over = new AbortController();
  const until = AbortSignal.any([over.signal, stop]);
  const chance = random(options.seed, 'killer');
  const size = { isLarge: false };
  await instance.start('answers');
  const crashing = crash({ options, instance, disk, history, chance, until, size }, say);
  const loading = runLoad({ ...options, areLarge: () => size.isLarge }, instance, history, until);
  const both = Promise.all([crashing, loading]);
  try {
    // When one fails the other is not waited for: nobody can read up to the end from a server that does not come up.
    await Promise.race([crashing, loading, both]);
  } finally {
    over.abort();
  }
  await both;
}

async function crash(loop: Loop, say: (text: string) => void): Promise<void> {
  const { options, instance, history, until } = loop;
  for (let cycle = 1; cycle <= options.cycles && !until.aborted; cycle++) {
    const isFull = cycle % 2 === 1 && (await liveOnFullDisk(loop, cycle === 1));
    if (!isFull) await live(loop);
    await kill(loop);
    if (isFull) await makeRoom(loop);
    if (loop.chance.chance(EARLY)) await killEarly(loop);
    const begun = performance.now();
    await instance.start('answers');
    history.add({ kind: 'up' });
    say(`${cycle}/${options.cycles}: up again after ${((performance.now() - begun) / 1000).toFixed(1)} s`);
  }
  // What stood still goes on.
  await live(loop);
}

async function live({ options, chance, until }: Loop): Promise<void> {
  await pause(chance.integer(0, options.life * 1000 * chance.pick(LIFE_SHARES)), until);
}

/** Whether the disk is still full at the end. The `first` full disk of a run always has room again, so that a short run sees that too. */
async function liveOnFullDisk(loop: Loop, first: boolean): Promise<boolean> {
  const { options, disk, history, instance, chance, until, size } = loop;
  if (!disk) return false;
  const [before, after] = AROUND_FULL.map((share) => chance.integer(0, options.life * 1000 * share));
  size.isLarge = true;
  await pause(before ?? 0, until);
  await disk.fill();
  history.add({ kind: 'full' });
  await instance.fails(REFUSED_MS);
  await pause(after ?? 0, until);
  const hasRoom = chance.chance(ROOM_AGAIN) || first;
  if (hasRoom) {
    await makeRoom(loop);
    await instance.recovers();
    await publishedBehind(loop);
  }
  size.isLarge = false;
  return !hasRoom;
}

/** Throws `NotStarted` when too few are acknowledged in time. Of a server that has never taken an event none can be lost. */
async function publishedBehind({ options, history, until }: Loop): Promise<void> {
  if (!history.entries.some(({ kind }) => kind === 'published')) return;
  const wanted = Math.min(BEHIND_FULL.events, options.rate * BEHIND_FULL.seconds);
  const from = history.entries.length;
  const deadline = performance.now() + BEHIND_FULL_MS;
  const count = () =>
    history.entries
      .slice(from)
      .reduce((sum, entry) => sum + (entry.kind === 'published' ? entry.answer.count : 0), 0);
  while (count() < wanted && !until.aborted) {
    if (performance.now() > deadline)
      throw new NotStarted(`The server had room again, but took ${count()} events in a minute.`);
    await pause(LOOK_MS, until);
  }
}

async function makeRoom({ disk, history }: Loop): Promise<void> {
  await disk?.free();
  history.add({ kind: 'room' });
}

async function killEarly(loop: Loop): Promise<void> {
  await loop.instance.start(loop.options.early);
  await pause(loop.chance.integer(0, EARLY_MS), loop.until);
  await kill(loop);
}

async function kill({ history, instance }: Loop): Promise<void> {
  history.add({ kind: 'killed' });
  await instance.kill();
}
