/** A reader that begins with the state, page by page, polls on from there, and begins anew where it has missed something. After each answer it notes what it knows. */

import { TRUSTED } from '../../lib/auth/caller.ts';
import { PushError } from '../../lib/errors.ts';
import { poll } from '../../lib/poll/poll.ts';
import { narrowOf } from '../../lib/poll/wish.ts';
import type { StateAnswer } from '../../lib/protocol/doorbell.ts';
import type { KeyRange } from '../../lib/state/ports.ts';
import { readState } from '../../lib/state/read-state.ts';
import { ask, type Outcome } from './asking.ts';
import type { Known } from './history.ts';
import { markIn } from './keys.ts';
import type { Channel, StateReaderPlan } from './plan.ts';
import type { World } from './world.ts';

const TIMEOUT_MS = 10_000;
const PAUSE_MS = 1_000;
const ATTEMPTS = 5;

interface At {
  readonly maxvid: number;
  readonly epoch: string;
}

export class StateReader {
  readonly #plan: StateReaderPlan;
  readonly #world: World;
  readonly #name: string;
  readonly #map = new Map<string, Known>();
  #at: At | undefined;
  #asked = 0;
  done = false;

  constructor(world: World, index: number, plan: StateReaderPlan) {
    this.#world = world;
    this.#plan = plan;
    this.#name = `state reader ${index}`;
  }

  get level(): boolean {
    return (this.#at?.maxvid ?? 0) >= this.#world.history.head(this.#plan.channel);
  }

  async run(): Promise<void> {
    const { clock } = this.#world;
    await clock.sleep(this.#plan.startMs);
    while (!this.#world.closing) {
      if (clock.now() < this.#world.restUntil) await clock.sleep(this.#world.restUntil - clock.now());
      const goesOn = this.#at ? await this.#pollOn(this.#at) : await this.#begin();
      if (!goesOn) await clock.sleep(PAUSE_MS);
    }
    this.done = true;
  }

  /** False where it must try again. */
  async #begin(): Promise<boolean> {
    this.#map.clear();
    const pages = await wholeState(this.#world, this.#plan, this.#name, () => this.#slot());
    const [first] = pages ?? [];
    if (!pages || !first) return false;
    for (const { entries } of pages) for (const entry of entries) this.#take(entry);
    this.#note(first);
    return true;
  }

  async #pollOn({ maxvid, epoch }: At): Promise<boolean> {
    const { channel, keys, latest, limit, waitMs } = this.#plan;
    const life = await this.#world.anyInstance(this.#slot());
    const narrow = narrowOf(keys, '', latest);
    const outcome = await ask(this.#world, life, `poll of ${this.#name}`, waitMs + TIMEOUT_MS, () =>
      poll(life.poll, TRUSTED, {
        cursors: [{ channel, maxvid, epoch }],
        waitMs,
        limit,
        ...(narrow ? { narrow } : {}),
      }),
    );
    if (outcome.kind !== 'answered') return this.#refused(outcome);
    const [answer] = outcome.value;
    if (!answer) return false;
    if (answer.missed > 0) {
      this.#at = undefined;
      return true;
    }
    for (const event of answer.events) this.#take(event);
    this.#note({ maxvid: answer.maxvid, epoch });
    return waitMs > 0;
  }

  #refused(outcome: Outcome<unknown>): false {
    if (outcome.kind === 'refused' && outcome.error instanceof PushError && outcome.error.code === 'reset')
      this.#world.history.violations.push(`${this.#name} is told to reset, and there is one life`);
    return false;
  }

  #slot(): number {
    return this.#plan.slot + (this.#plan.roams ? this.#asked++ : 0);
  }

  #take(event: {
    readonly key?: string;
    readonly vid: number;
    readonly id: string;
    readonly data: unknown;
  }): void {
    const { key, vid, data } = event;
    if (key === undefined || (this.#map.get(key)?.vid ?? 0) >= vid) return;
    this.#map.set(key, { vid, mark: data === null ? undefined : markIn(event) });
  }

  #note({ maxvid, epoch }: At): void {
    this.#at = { maxvid, epoch };
    const { channel, keys } = this.#plan;
    this.#world.history.noteMap({ reader: this.#name, channel, keys, maxvid, map: new Map(this.#map) });
  }
}

/** All pages of the state; undefined where one was not to be had, or there is none yet. */
async function wholeState(
  world: World,
  { channel, keys }: Pick<StateReaderPlan, 'channel' | 'keys'>,
  who: string,
  slot: () => number,
): Promise<readonly StateAnswer[] | undefined> {
  const pages: StateAnswer[] = [];
  let after: string | null = '';
  do {
    const range: KeyRange = { prefix: '', after, keys };
    const life = await world.anyInstance(slot());
    const outcome: Outcome<StateAnswer> = await ask(world, life, `a state for ${who}`, TIMEOUT_MS, () =>
      readState(life.state, TRUSTED, channel, range),
    );
    if (outcome.kind !== 'answered') return undefined;
    pages.push(outcome.value);
    after = outcome.value.next;
  } while (after !== null);
  return pages;
}

/** When nothing goes wrong any more: the state of a channel, as whoever comes last is given it. */
export async function noteLastState(world: World, channel: Channel): Promise<void> {
  const { history } = world;
  if (history.head(channel) === 0) return;
  const read = () => wholeState(world, { channel, keys: [] }, 'the last reader', () => 0);
  let pages = await read();
  // A process may have died of what befell it before.
  for (let again = 1; !pages && again < ATTEMPTS; again++) {
    await world.clock.sleep(PAUSE_MS);
    pages = await read();
  }
  const [first] = pages ?? [];
  if (!pages || !first) {
    history.violations.push(`the state of ${channel} is not to be had`);
    return;
  }
  const entries = pages.flatMap((page) => page.entries);
  const map = new Map(entries.map((entry) => [entry.key, { vid: entry.vid, mark: markIn(entry) }]));
  history.noteMap({ reader: 'the last reader', channel, keys: [], maxvid: first.maxvid, map });
}
