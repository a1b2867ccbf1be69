/**
 * Folds channels, one turn after the other. A look goes over all of them, by name, from where the last run has stopped. Those that have many events
 * are remembered: they are folded by every run, and again and again while its time lasts.
 */

import type { Directory } from '../log/ports.ts';
import type { Logger, Meter } from '../telemetry/ports.ts';
import { reasonOf } from '../telemetry/reason.ts';
import { type FoldPorts, foldChannel } from './fold-channel.ts';
import type { Look } from './ports.ts';

export interface FoldAllPorts extends FoldPorts {
  readonly directory: Directory;
  readonly logger: Logger;
  /** Absent: nobody counts. */
  readonly meter?: Pick<Meter, 'count' | 'record'>;
}

export interface Folded {
  /** How many turns channels had. */
  readonly turns: number;
  /** How many numbers their states went on, together. */
  readonly events: number;
}

/** Channels that one run looks at: each look costs three small reads. */
export const CHANNELS_A_RUN = 2_000;
/** From the beginning of a look to that of the next: a little less than 5 runs of a minute. */
export const LOOK_MS = 4.5 * 60_000;
/** Events in a turn that make a channel busy: a page of the log, for a request for its state should not have many more to fold by itself. Each fold costs a write for each key. */
export const BUSY_EVENTS = 5_000;
/** Busy channels that are remembered; the others wait for the next look. Their names are one item of 13 kB at most. */
export const BUSY_CHANNELS = 100;
const PAGE = 100;
/** No name comes between one and the same with this behind it; and none behind the last. */
const FIRST = '-';
const LAST_NAME = 'z'.repeat(128);

/**
 * Until `by` (ms of `Clock.elapsed`), or until nothing is left. A channel that cannot be folded now holds up no other. Looks take half of the time at most, and
 * begin no sooner than `everyMs` after one another.
 */
export async function foldAll(ports: FoldAllPorts, by: number, everyMs = LOOK_MS): Promise<Folded> {
  const { states, clock } = ports;
  const last = await states.look();
  const run = new Run(ports, last.busy);
  const sinceMs = clock.now() - last.begunAt;
  const isDue = last.after !== '' || sinceMs >= everyMs || sinceMs < 0;
  const look = isDue ? await lookOver(ports, run, last, clock.elapsed() + (by - clock.elapsed()) / 2) : last;
  await run.again(by);
  const busy = run.busy();
  if (isDue || busy.join() !== last.busy.join()) await states.noteLook({ ...look, busy });
  return { turns: run.turns, events: run.events };
}

/** A turn for each channel, from where the last look has stopped. */
async function lookOver(
  { directory, states, clock }: FoldAllPorts,
  run: Run,
  last: Look,
  by: number,
): Promise<Look> {
  let look = last.after === '' ? { ...last, begunAt: clock.now() } : last;
  while (run.turns < CHANNELS_A_RUN && clock.elapsed() < by) {
    const names = await directory.channels(
      look.after === '' ? FIRST : `${look.after}${FIRST}`,
      LAST_NAME,
      PAGE,
    );
    let { after } = look;
    for (const name of names) {
      if (clock.elapsed() >= by) break;
      await run.turn(name, by);
      after = name;
    }
    const isEnd = names.length < PAGE && after === (names.at(-1) ?? after);
    look = { ...look, after: isEnd ? '' : after, busy: run.busy() };
    await states.noteLook(look);
    if (isEnd) break;
  }
  return look;
}

/** What one run has done, and which channels have more. */
class Run {
  turns = 0;
  events = 0;
  readonly #ports: FoldAllPorts;
  /** Those that are not due any more come back behind the others. */
  readonly #busy: Set<string>;
  readonly #done = new Set<string>();
  readonly #more = new Set<string>();

  constructor(ports: FoldAllPorts, busy: readonly string[]) {
    this.#ports = ports;
    this.#busy = new Set(busy);
  }

  async turn(name: string, by: number): Promise<void> {
    this.turns++;
    this.#done.add(name);
    this.#more.delete(name);
    try {
      const { events, hasMore } = await foldChannel(this.#ports, name, by);
      this.events += events;
      if (events > 0) this.#ports.meter?.record('FoldLag', events);
      this.#busy.delete(name);
      if (hasMore) this.#more.add(name);
      if (hasMore || events >= BUSY_EVENTS) this.#busy.add(name);
    } catch (error) {
      const reason = reasonOf(error);
      this.#ports.meter?.count('FoldsFailed');
      this.#ports.logger.warn('a channel could not be folded; the next run tries again', {
        channel: name,
        reason,
      });
    }
  }

  /** Turns for busy channels, first those that had none in this run, then in rounds those that have more. */
  async again(by: number): Promise<void> {
    const { clock } = this.#ports;
    let round = [...this.#busy].filter((name) => !this.#done.has(name) || this.#more.has(name));
    while (round.length > 0 && clock.elapsed() < by) {
      for (const name of round) {
        if (clock.elapsed() >= by) break;
        await this.turn(name, by);
      }
      round = [...this.#busy].filter((name) => this.#more.has(name));
    }
  }

  busy(): readonly string[] {
    return [...this.#busy].slice(0, BUSY_CHANNELS);
  }
}
