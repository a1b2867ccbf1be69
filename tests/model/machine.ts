/**
 * The states of one process, found by replaying its real code: a state is reached by a list of inputs, and two lists that leave the
 * process alike in everything its further doings depend on are one state. Each step is replayed once and then remembered.
 */

import type { Actor, Output, Waiting } from './actors/actor.ts';
import { type Abandoned, type Call, Control, type Input, settle } from './control.ts';
import { fresh, type Insight, lookInto } from './decisions.ts';
import { numberOf } from './intern.ts';

/** A process as the explorer sees it. */
export interface Local {
  readonly id: number;
  /** Its time: it learns of a later one with its next input, or when a pause ends. */
  readonly now: number;
  /** How far its wall clock is ahead of time. */
  readonly ahead: number;
  readonly calls: readonly Call[];
  readonly abandoned: readonly Abandoned[];
  /** Short pauses: they may end at any time. */
  readonly pauses: readonly number[];
  /** When the next longer pause ends. */
  readonly due: number | undefined;
  readonly offers: readonly string[];
  readonly waiting: readonly Waiting[];
  /** The arm that it has written last, and when. */
  readonly nonce: string;
  readonly armedAt: number;
  readonly armedAhead: number;
  readonly spinning: boolean;
  readonly finished: boolean;
}

export interface Step<O = Output> {
  readonly to: Local;
  readonly outputs: readonly O[];
}

/** `O`: what the process says to its users. */
export type Make<O = Output> = (control: Control, insight: Insight, say: (output: O) => void) => Actor;

/** Thrown, as the search itself runs without a wait: replay, then try again. */
export class NotYetReplayed {
  readonly replay: () => Promise<void>;

  constructor(replay: () => Promise<void>) {
    this.replay = replay;
  }
}

/** Real code that runs and waits in one state. Each can take one step; where none is left, one is made by replaying. */
interface Running<O> {
  readonly control: Control;
  readonly insight: Insight;
  readonly actor: Actor;
  outputs: O[];
  /** The way that its state is known by. */
  inputs: readonly Input[];
  /** It has come to a state by another way than that, here or before. */
  hasStrayed: boolean;
}

/** Kept running at most, for room: beyond it, steps are replayed. */
const MOST_RUNNING = 4_000;

export class Machine<O = Output> {
  readonly name: string;
  readonly #make: Make<O>;
  readonly #states: Array<{ readonly local: Local; readonly inputs: readonly Input[] }> = [];
  readonly #byFacts = new Map<string, Local>();
  readonly #steps = new Map<string, Step<O>>();
  readonly #running = new Map<number, Array<Running<O>>>();
  readonly #doubleCheck: boolean;
  #runningCount = 0;

  constructor(name: string, make: Make<O>, doubleCheck = false) {
    this.name = name;
    this.#make = make;
    this.#doubleCheck = doubleCheck;
  }

  async begin(): Promise<void> {
    this.#arrive(await this.#replay([]));
  }

  get states(): number {
    return this.#states.length;
  }

  /** How many different steps the real code has taken. */
  get steps(): number {
    return this.#steps.size;
  }

  local(id: number): Local {
    const state = this.#states[id];
    if (!state) throw new Error(`${this.name} has no state ${id}`);
    return state.local;
  }

  /** Throws `NotYetReplayed` where the step is not known yet. */
  step(from: Local, input: Input): Step<O> {
    const key = stepKey(from, input);
    const known = this.#steps.get(key);
    if (known) return known;
    throw new NotYetReplayed(async () => {
      this.#steps.set(key, await this.#take(from, input));
    });
  }

  async #take(from: Local, input: Input): Promise<Step<O>> {
    const inputs = this.#states[from.id]?.inputs ?? [];
    const running = this.#running.get(from.id)?.pop();
    if (running) this.#runningCount--;
    const one = running ?? (await this.#replay(inputs));
    one.hasStrayed ||= one.inputs !== inputs;
    await go(one, input);
    one.inputs = [...inputs, input];
    if (this.#doubleCheck && one.hasStrayed) await this.#sameAsReplayed(one);
    return { to: this.#arrive(one), outputs: one.outputs };
  }

  async #replay(inputs: readonly Input[]): Promise<Running<O>> {
    const control = new Control(this.name);
    const insight = fresh(() => control.now);
    lookInto(insight);
    const actor = this.#make(control, insight, (output) => one.outputs.push(output));
    const one: Running<O> = { control, insight, actor, outputs: [], inputs, hasStrayed: false };
    await settle();
    for (const input of inputs) await go(one, input);
    return one;
  }

  #arrive(one: Running<O>): Local {
    const local = this.#intern(one);
    if (!local.finished && this.#runningCount < MOST_RUNNING) {
      this.#running.set(local.id, [...(this.#running.get(local.id) ?? []), one]);
      this.#runningCount++;
    }
    return local;
  }

  #intern(one: Running<O>): Local {
    const key = keyOf(one);
    const known = this.#byFacts.get(key);
    if (known) return known;
    const local = { ...view(one), id: this.#states.length };
    this.#states.push({ local, inputs: one.inputs });
    this.#byFacts.set(key, local);
    return local;
  }

  /** Holds that two ways into one state go on alike: this code came here by one, its inputs tell of another. */
  async #sameAsReplayed(one: Running<O>): Promise<void> {
    const [here, replayed] = [keyOf(one), keyOf(await this.#replay(one.inputs))];
    if (here !== replayed)
      throw new Error(`${this.name}: one state goes on in two ways:\n${here}\n${replayed}`);
  }
}

type Look = Pick<Running<unknown>, 'control' | 'actor'>;

/** Equal for two runs that will do the same with the same inputs. */
function keyOf({ control, actor, inputs }: Look & Pick<Running<unknown>, 'inputs'>): string {
  if (actor.finished()) return 'finished';
  const facts = actor.facts() ?? inputs;
  return JSON.stringify([facts, view({ control, actor }), [...control.pauses.values()]]);
}

async function go<O>(one: Running<O>, input: Input): Promise<void> {
  lookInto(one.insight);
  one.outputs = [];
  await one.control.take(input, (what) => one.actor.start(what));
}

const FINISHED: Omit<Local, 'id'> = {
  now: 0,
  ahead: 0,
  calls: [],
  abandoned: [],
  pauses: [],
  due: undefined,
  offers: [],
  waiting: [],
  nonce: '',
  armedAt: 0,
  armedAhead: 0,
  spinning: false,
  finished: true,
};

function view({ control, actor }: Look): Omit<Local, 'id'> {
  if (actor.finished()) return FINISHED;
  const { abandoned, nonce, armedAt, armedAhead, spinning } = control;
  const pauses = [...control.pauses];
  const due = pauses.filter(([, { short }]) => !short).map(([, pause]) => pause.due);
  return {
    now: control.now,
    ahead: control.ahead,
    calls: [...control.calls.values()].map(({ id, op, args, at, ahead, cause }) => ({
      id,
      op,
      args,
      at,
      ahead,
      cause,
    })),
    abandoned,
    pauses: pauses.filter(([, { short }]) => short).map(([id]) => id),
    due: due.length > 0 ? Math.min(...due) : undefined,
    offers: actor.offers(),
    waiting: actor.waiting(),
    nonce,
    armedAt,
    armedAhead,
    spinning,
    finished: false,
  };
}

function stepKey({ id }: Local, input: Input): string {
  if ('answer' in input) return `${id} answer ${input.answer} ${numberOf(input.value)}`;
  return `${id} ${JSON.stringify(input)}`;
}
