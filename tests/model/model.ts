/** A configuration brought to life: its processes as machines, its world, and how an input leads from state to state. */

import { direct } from './actors/direct.ts';
import { folder } from './actors/folder.ts';
import { poller } from './actors/poller.ts';
import { publisher } from './actors/publisher.ts';
import { stateReader } from './actors/state-reader.ts';
import { sweeper } from './actors/sweeper.ts';
import type { Config } from './config.ts';
import type { Call, Input } from './control.ts';
import { replace } from './decisions.ts';
import { DIGESTS } from './effects/digests.ts';
import type { Effects, Outcome, Rules } from './effects/effect.ts';
import { LOG } from './effects/log.ts';
import { ARMS, QUEUES, REGISTER } from './effects/mailboxes.ts';
import { STATES } from './effects/states.ts';
import { type Local, Machine, type Make } from './machine.ts';
import type { Mutation } from './mutation.ts';
import { outputViolation, type Property, type Violation } from './properties.ts';
import { Remembered } from './remembered.ts';
import { shared, type World } from './world.ts';

export interface State {
  readonly world: World;
  /** The state of each process, in the order of the machines. */
  readonly locals: readonly number[];
}

const WEEK_MS = 7 * 24 * 3_600_000;

export class Model {
  readonly config: Config;
  readonly machines: readonly Machine[];
  readonly remembered = new Remembered<World, Property>(shared);
  readonly #effects: Effects;

  constructor(config: Config, mutation?: Mutation, doubleCheck = false) {
    this.config = config;
    replace(mutation?.decisions);
    this.#effects = { ...LOG, ...DIGESTS, ...STATES, ...ARMS, ...REGISTER, ...QUEUES, ...mutation?.effects };
    const machine = (name: string, make: Make) =>
      new Machine(
        name,
        (control, ...rest) => {
          control.clock = mutation?.clock?.(control.clock) ?? control.clock;
          return make(control, ...rest);
        },
        doubleCheck,
      );
    const { pollers, directs = {}, publishers, hubs = {}, sweeps, retentionMs = WEEK_MS } = config;
    const { folders = {}, stateReaders = [] } = config;
    const also = (name: string) => hubs[name] && { ...hubs[name], retentionMs };
    const glasses = config.largeBlocks ? { large: 0, ...mutation?.poller } : mutation?.poller;
    this.machines = [
      ...Object.entries(pollers).map(([name, clients]) =>
        machine(name, (control, insight, say) => poller(clients, control, insight, say, glasses, also(name))),
      ),
      ...Object.entries(directs).map(([name, plan]) =>
        machine(name, (control, _, say) => direct(name, plan, control, say, mutation?.direct)),
      ),
      ...publishers.map((plan) =>
        machine(plan.name, (control, _, say) =>
          publisher(plan, retentionMs, control, say, mutation?.publisher),
        ),
      ),
      ...(sweeps === undefined
        ? []
        : [machine('S', (control, _, say) => sweeper(sweeps, control, say, mutation?.sweeper))]),
      ...Object.entries(folders).map(([name, runs]) =>
        machine(name, (control) => folder(runs, control, mutation?.folder)),
      ),
      ...stateReaders.map((plan) =>
        machine(plan.name, (control, _, say) => stateReader(plan, control, say, mutation?.stateReader)),
      ),
    ];
  }

  /** Publishers that know the channel already have done their first publishes, one after the other. */
  initial(): State {
    let state: State = { world: worldBefore(this.config), locals: this.machines.map(() => 0) };
    const { publishers, hubs = {} } = this.config;
    const all = [...publishers, ...Object.entries(hubs).map(([name, plan]) => ({ name, ...plan }))];
    for (const { name, warm = 0 } of all) {
      const at = this.machines.findIndex((machine) => machine.name === name);
      for (let i = 0; i < warm; i++) {
        state = this.step(state, at, { do: 'publish' }, state.world).state;
        for (let [call] = this.local(state, at).calls; call; [call] = this.local(state, at).calls) {
          state = this.#answered(state, at, call)?.state ?? state;
        }
      }
    }
    return state;
  }

  local(state: State, at: number): Local {
    const local = this.machines[at]?.local(state.locals[at] ?? -1);
    if (!local) throw new Error(`there is no process ${at}`);
    return local;
  }

  rules(state: State): Rules {
    return {
      awake: (owner) => !state.world.frozen.includes(owner),
    };
  }

  /** What the call may do to the world. */
  outcomes(state: State, by: string, { op, args }: Pick<Call, 'op' | 'args'>): readonly Outcome[] {
    const effect = this.#effects[op];
    if (!effect) throw new Error(`the model does not know ${op}`);
    // A table of effects by name: each takes its own port's arguments, which the real code has passed.
    return effect(state.world, this.rules(state), by, ...(args as readonly never[]));
  }

  /** One process takes an input; what it then calls and the configuration does at once is done. */
  step(state: State, at: number, input: Input, world: World) {
    const machine = this.machines[at];
    if (!machine) throw new Error(`there is no process ${at}`);
    const local = this.local(state, at);
    const behind = local.now < world.now && !('now' in input);
    const onTime = behind ? machine.step(local, { now: world.now, late: false }).to : local;
    const { to, outputs } = machine.step(onTime, input);
    let next: State = { world, locals: state.locals.with(at, to.id) };
    let violation: Violation | undefined;
    for (const output of outputs) violation ??= outputViolation(output, next.world);
    for (let call = this.#atOnce(to, input); call; call = this.#atOnce(this.local(next, at))) {
      const then = this.#answered(next, at, call);
      if (!then) break;
      next = then.state;
      violation ??= then.violation;
    }
    return { state: next, violation };
  }

  /** A publisher's first call is done with its beginning: one that comes late is a publish that begins late. */
  #atOnce({ calls }: Local, input?: Input): Call | undefined {
    const { atOnce, failing } = this.config;
    const begins = input !== undefined && 'do' in input && input.do === 'publish';
    const isBegun = ({ op, cause }: Call) => begins && cause === 'publish' && !failing?.includes(op);
    return calls.find((call) => atOnce?.includes(call.op) || isBegun(call));
  }

  #answered(state: State, at: number, call: Call) {
    const [outcome] = this.outcomes(state, this.machines[at]?.name ?? '', call);
    if (!outcome) return undefined;
    const then = this.step(state, at, { answer: call.id, value: outcome.answer }, outcome.world);
    return { state: then.state, violation: outcome.violation ?? then.violation };
  }
}

function worldBefore({ faults = {} }: Config): World {
  return {
    now: 0,
    blocks: [],
    digests: [],
    states: [],
    life: null,
    arms: [],
    registry: [],
    queues: [],
    answered: [],
    strays: [],
    frozen: [],
    offsets: {},
    left: faults,
    given: [],
    past: [],
    excuses: [],
    refused: [],
    rung: [],
  };
}
