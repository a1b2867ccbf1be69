/** A configuration of streams brought to life: its processes as machines, its world, and everything that may happen next. */

import type { Call, Input } from '../control.ts';
import { type Local, Machine } from '../machine.ts';
import { NOBODY, Remembered } from '../remembered.ts';
import type { Move as SearchMove } from '../search.ts';
import type { StreamConfig } from './config.ts';
import { decideBy } from './decisions.ts';
import { type Effects, LOG, type Outcome, STREAMS } from './effects.ts';
import type { StreamMutation } from './mutation.ts';
import { type StreamOutput, streamProcess } from './process.ts';
import { outputViolation, type Property, type Standing, type Violation } from './properties.ts';
import { blocksOf, EMPTY, liveLog, may, put, type StreamWorld, shared, spend } from './world.ts';

export interface State {
  readonly world: StreamWorld;
  /** The state of each process, in the order of the machines. */
  readonly locals: readonly number[];
}
export type Move = SearchMove<State, Property>;

/** What changes streams. Whoever only reads leaves nothing that would have to be removed. */
const WRITES = ['log.append', 'streams.swap', 'streams.addFork', 'streams.removeFork'];

export class StreamModel {
  readonly config: StreamConfig;
  readonly machines: ReadonlyArray<Machine<StreamOutput>>;
  readonly #remembered = new Remembered<StreamWorld, Property>(shared);
  readonly #effects: Effects;
  readonly #purgers: ReadonlySet<string>;

  constructor(config: StreamConfig, mutation?: StreamMutation, doubleCheck = false) {
    this.config = config;
    decideBy(mutation?.decisions, config.producersOnBlock);
    this.#effects = { ...LOG, ...STREAMS, ...mutation?.effects };
    this.machines = config.processes.map(
      (plan) =>
        new Machine(
          plan.name,
          (control, _, say) => streamProcess(plan, control, say, mutation?.glasses),
          doubleCheck,
        ),
    );
    const isPurger = ({ asks }: StreamConfig['processes'][number]) =>
      asks.every(({ kind }) => kind === 'purge');
    this.#purgers = new Set(config.processes.filter(isPurger).map(({ name }) => name));
  }

  /** Requests that are done before the model begins, one after the other. */
  initial(): State {
    let state: State = {
      world: { ...EMPTY, left: this.config.faults ?? {} },
      locals: this.machines.map(() => 0),
    };
    for (const [at, { warm = 0 }] of this.config.processes.entries()) {
      for (let i = 0; i < warm; i++) {
        state = this.#asked(state, at, String(i)).state;
        for (let [call] = this.local(state, at).calls; call; [call] = this.local(state, at).calls)
          state = this.#done(state, at, call).state;
      }
    }
    return state;
  }

  local(state: State, at: number): Local {
    const machine = this.machines[at];
    if (!machine) throw new Error(`there is no process ${at}`);
    return machine.local(state.locals[at] ?? -1);
  }

  standings(state: State): readonly Standing[] {
    return this.machines.map(({ name }, at) => ({
      name,
      local: this.local(state, at),
      isPurger: this.#purgers.has(name),
      isDead: state.world.dead.includes(name),
    }));
  }

  moves(state: State): readonly Move[] {
    const moves: Move[] = [];
    for (const [at, { name }] of this.machines.entries()) {
      if (state.world.dead.includes(name)) continue;
      const { calls, pauses, offers } = this.local(state, at);
      const goesOn = () => [
        ...calls.flatMap((call) => this.#ofCall(state, at, call)),
        ...pauses.map((pause) =>
          moveOf(`${name} has paused`, 'protocol', this.#step(state, at, { over: pause })),
        ),
      ];
      const isAsked = () =>
        offers.map((what) => {
          const label = `${name} is asked: ${told(this.config, name, Number(what))}`;
          return moveOf(label, 'outside', this.#asked(state, at, what));
        });
      moves.push(...this.#remembered.moves(state, at, 'goes on', goesOn));
      if (offers.length > 0 && this.#mayAsk(state, name))
        moves.push(...this.#remembered.moves(state, at, 'is asked', isAsked));
    }
    const strays = this.#remembered.moves(state, NOBODY, 'strays', () => this.#ofStrays(state));
    return [...moves, ...strays, ...this.#ofTime(state)];
  }

  /** A round of the purge comes after a time, so that it finds what is due by then. */
  #mayAsk(state: State, name: string): boolean {
    if (!this.#purgers.has(name)) return true;
    const isCalm = () => !this.standings(state).some((one) => !one.isDead && isBusy(one));
    return state.world.purgeable && (!this.config.isCalm || isCalm());
  }

  #ofCall(state: State, at: number, call: Call): readonly Move[] {
    const { name } = this.machines[at] ?? { name: '' };
    const { world } = state;
    const made = this.#done(state, at, call);
    const moves = [moveOf(`${name} ${call.op} ${made.note}`, 'protocol', made)];
    if (!this.config.failing?.includes(call.op)) return moves;
    const fails = (what: string, after: StreamWorld, violation?: Violation) => {
      const next = this.#step({ ...state, world: after }, at, { fail: call.id });
      moves.push(
        moveOf(`${name} ${call.op} ${what}`, 'outside', { ...next, violation: violation ?? next.violation }),
      );
    };
    if (may(world, 'failBefore')) fails('fails', spend(world, 'failBefore'));
    if (may(world, 'failLate')) {
      const strays = [...world.strays, { by: name, op: call.op, args: call.args }];
      fails('seems to fail, and is under way', { ...spend(world, 'failLate'), strays });
    }
    if (may(world, 'failAfter')) {
      const outcome = this.#outcome(world, name, call);
      fails('seems to fail, but takes effect', spend(outcome.world, 'failAfter'), outcome.violation);
    }
    return moves;
  }

  #ofStrays({ world, locals }: State): readonly Move[] {
    return world.strays.map((stray) => {
      const outcome = this.#outcome(world, stray.by, stray);
      const strays = world.strays.filter((one) => one !== stray);
      const label = `${stray.by}'s late ${stray.op} takes effect: ${outcome.note ?? ''}`;
      const state = { world: { ...outcome.world, strays }, locals };
      return { label, kind: 'outside', state, violation: outcome.violation };
    });
  }

  /** Who has a request under way does not live to see it: none takes so long. */
  #ofTime(state: State): readonly Move[] {
    const { world, locals } = state;
    const { jumpMs } = this.config;
    if (jumpMs === undefined || !may(world, 'jump')) return [];
    const mayWait = ({ isPurger, isDead, local }: Standing) => isPurger || isDead || local.finished;
    if (this.config.isCalm && this.standings(state).some((one) => !mayWait(one) && !isBusy(one))) return [];
    const busy = this.standings(state).filter((one) => !one.isDead && isBusy(one));
    if (busy.length > 0 && !may(world, 'die')) return [];
    const spent = busy.length > 0 ? spend(world, 'die') : world;
    const dead = [...world.dead, ...busy.map(({ name }) => name)].sort();
    const then = { ...spend(spent, 'jump'), now: world.now + jumpMs, dead, purgeable: true, strays: [] };
    const died = busy.length > 0 ? `, ${busy.map(({ name }) => name).join(' and ')} dead` : '';
    return [{ label: `${jumpMs} ms pass${died}`, kind: 'outside', state: { world: then, locals } }];
  }

  /** A request begins; what was there then is written down. */
  #asked(state: State, at: number, what: string) {
    const { name, asks = [] } = this.config.processes[at] ?? {};
    const ask = asks[Number(what)];
    const { world } = state;
    if (!ask || ask.kind === 'purge') {
      const begun = { ...world, purgeable: false };
      return this.#step({ ...state, world: begun }, at, { do: what });
    }
    const log = liveLog(world, ask.name);
    const last = log === undefined ? 0 : (blocksOf(world, log).at(-1)?.last ?? 0);
    const before = put(world.before, `${name}${what}`, { ...(log === undefined ? {} : { log }), last });
    return this.#step({ ...state, world: { ...world, before, rounds: 0 } }, at, { do: what });
  }

  #outcome(world: StreamWorld, by: string, { op, args }: Pick<Call, 'op' | 'args'>): Outcome {
    const effect = this.#effects[op];
    if (!effect) throw new Error(`the model does not know ${op}`);
    // A table of effects by name: each takes its own port's arguments, which the real code has passed.
    const outcome = effect(world, ...(args as readonly never[]));
    const isChange = WRITES.includes(op) && !this.#purgers.has(by);
    return isChange ? { ...outcome, world: { ...outcome.world, rounds: 0 } } : outcome;
  }

  /** The call takes effect and is answered. */
  #done(state: State, at: number, call: Call) {
    const outcome = this.#outcome(state.world, this.machines[at]?.name ?? '', call);
    const next = { ...state, world: outcome.world };
    const made = this.#step(next, at, { answer: call.id, value: outcome.answer });
    return { state: made.state, note: outcome.note ?? '', violation: outcome.violation ?? made.violation };
  }

  /** One process takes an input. */
  #step(state: State, at: number, input: Input) {
    const machine = this.machines[at];
    if (!machine) throw new Error(`there is no process ${at}`);
    const local = this.local(state, at);
    const isBehind = local.now < state.world.now;
    const onTime = isBehind ? machine.step(local, { now: state.world.now, late: false }).to : local;
    const { to, outputs } = machine.step(onTime, input);
    let next: State = { world: state.world, locals: state.locals.with(at, to.id) };
    let violation: Violation | undefined;
    for (const output of outputs) {
      violation ??= this.#judge(next.world, machine.name, output);
      next = { ...next, world: noted(next.world, machine.name, output) };
    }
    return { state: next, violation };
  }

  #judge(world: StreamWorld, by: string, output: StreamOutput): Violation | undefined {
    return outputViolation(output, world, world.before[`${by}${output.at}`] ?? { last: 0 });
  }
}

function isBusy({ local: { calls, pauses } }: Standing): boolean {
  return calls.length + pauses.length > 0;
}

function moveOf(
  label: string,
  kind: Move['kind'],
  { state, violation }: { readonly state: State; readonly violation?: Violation | undefined },
): Move {
  return { label, kind, state, violation };
}

/** What everybody may know once this was said. */
function noted(world: StreamWorld, by: string, { ask, at, outcome }: StreamOutput): StreamWorld {
  const key = `${by}${at}`;
  const log = world.before[key]?.log;
  const then = { ...world, before: put(world.before, key, undefined) };
  if (outcome.kind === 'purged') return { ...then, rounds: then.rounds + 1 };
  if (log === undefined || ask.kind === 'purge') return then;
  if (outcome.kind === 'deleted') return { ...then, over: put(then.over, log, 'deleted') };
  const isClosed =
    outcome.kind === 'closed' ||
    ('isClosed' in outcome && outcome.isClosed && liveLog(world, ask.name) === log);
  return isClosed && then.over[log] === undefined ? { ...then, over: put(then.over, log, 'closed') } : then;
}

function told({ processes }: StreamConfig, name: string, at: number): string {
  const ask = processes.find((one) => one.name === name)?.asks[at];
  if (!ask || ask.kind === 'purge') return 'purge';
  const more =
    ask.kind === 'fork'
      ? ` of ${ask.from}`
      : ask.kind === 'produce'
        ? ` ${Object.values(ask.producer).join(':')}`
        : '';
  return `${ask.kind} ${ask.name}${more}`;
}
