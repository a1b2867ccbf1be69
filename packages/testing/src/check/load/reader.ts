/**
 * A reader: polls on and on, and does what readers do to a long poll. It hangs up at random moments, drops the socket in the middle of an
 * answer, changes networks, sleeps, comes back with an old place or with none, starts over, and polls under somebody else's client id.
 */

import { LIMITS } from '../../../../../lib/protocol/doorbell.ts';
import { backoffMs, pause } from './party.ts';
import { type Polled, type PollOptions, pollOnce, type Reader, startOver } from './polling.ts';

/**
 * How a reader knows its place: by itself; by itself, under a client id that others use by mistake; or by its client's cursor, which it
 * starts at 0. `newcomer`: by itself, but it begins from now on, in the middle of the run.
 */
export type Habit = 'plain' | 'shared' | 'cursor' | 'newcomer';

/** A reader that is behind has read up to the end after so many empty answers, so long after one another. */
const QUIET_BEHIND = 20;
const QUIET_MS = 50;
const WAITS_SECONDS = [0, 1, 2, 5, 20, 20, 20, 20] as const;
const LIMITS_TRIED = [1, 7, 50, 500, 500, 500, 1000] as const;
/** Longer than a held poll, now and then: by then the server has forgotten who was there. */
const SLEEPS_MS = [500, 500, 500, 2_000, 2_000, 2_000, 2_000, 25_000] as const;
/** Each reads everything again, so that there are only a few to a reader. */
const MOST_RESTARTS = 3;

/** Polls until the run is over. Throws `Refused` when it may not. */
export async function follow(reader: Reader, habit: Habit): Promise<void> {
  const { run, chance, client: own } = reader;
  if (habit === 'newcomer') await pause(chance.integer(0, 5_000), run.over);
  let failures = 0;
  let restarts = 0;
  for (let turn = 0; !run.over.aborted; turn++) {
    const polled = await pollOnce(reader, { ...mood(reader), signal: run.over });
    if (polled.kind === 'failed') {
      await pause(backoffMs(reader, ++failures, polled.retryAfterMs), run.over);
      continue;
    }
    failures = 0;
    // PROTOCOL.md, section 3.1: somebody shares the id, so take a new one. Later the mistake is made again.
    if (superseded(polled)) reader.client = `${own}-${reader.name}-${turn}`;
    else if (habit === 'shared' && chance.chance(0.1)) reader.client = own;
    await wander(reader, habit);
    if (restarts < MOST_RESTARTS && chance.chance(0.02)) {
      // As a page that is loaded anew and has kept nothing.
      restarts++;
      reader.network.change();
      startOver(reader);
    }
  }
}

/**
 * Reads until there is no more: up to the highest acknowledged event, or as far as the server says that there are events. False when it
 * could not by the deadline, in ms of `performance.now()`.
 */
export async function drain(reader: Reader, deadline: number): Promise<boolean> {
  const { run, follows } = reader;
  const behind = () =>
    [...follows].some(
      ([channel, { maxvid }]) => maxvid === undefined || maxvid < (run.heads.get(channel) ?? 0),
    );
  let failures = 0;
  // Once more after the end, for what nobody was told is in the log; and a server that loses events has some time to think again.
  for (let quiet = 0; behind() ? quiet < QUIET_BEHIND : quiet < 1; ) {
    if (performance.now() > deadline) return false;
    const polled = await pollOnce(reader, { waitSeconds: 0, limit: LIMITS.maxLimit, withEpoch: true });
    if (polled.kind === 'failed') await pause(backoffMs(reader, ++failures, polled.retryAfterMs));
    else if (polled.kind === 'answered' && polled.events === 0) quiet++;
    else quiet = 0;
    if (quiet > 0 && behind()) await pause(QUIET_MS);
  }
  return true;
}

function mood({ chance }: Reader): PollOptions {
  const waitSeconds = chance.pick(WAITS_SECONDS);
  const options = { waitSeconds, limit: chance.pick(LIMITS_TRIED), withEpoch: chance.chance(0.5) };
  const kind = chance.integer(1, 100);
  if (kind <= 15) return { ...options, giveUpMs: chance.integer(0, chance.pick([5, 50, 500, 3_000])) };
  if (kind <= 23) return { ...options, halfRead: true };
  return options;
}

function superseded(polled: Polled): boolean {
  return polled.kind === 'answered' && polled.superseded;
}

/** What happens between two polls. */
async function wander(reader: Reader, habit: Habit): Promise<void> {
  const { run, follows, network, chance, client } = reader;
  if (chance.chance(0.1)) network.change();
  if (chance.chance(0.08)) await pause(chance.integer(1, chance.pick(SLEEPS_MS)), run.over);
  if (!chance.chance(0.1)) return;
  for (const memory of follows.values()) {
    // A reader that forgot everything: its cursor knows.
    if (habit === 'cursor' && memory.placedAs === client) memory.maxvid = undefined;
    else if (memory.maxvid !== undefined) {
      memory.maxvid = Math.max(0, memory.maxvid - chance.integer(0, chance.pick([1, 5, 50, 200])));
    }
  }
}
