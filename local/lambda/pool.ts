/** The environments of one function: made when all are busy, up to a limit, and reaped when nobody has needed them for long. */

import type { Clock } from '../../lib/runtime/ports.ts';
import { type Deployed, type Machine, type Outcome, Sandbox } from './sandbox.ts';

const WARM_AT_ONCE = 4;

export interface PoolOptions {
  readonly deployed: Deployed;
  readonly machine: Machine;
  /** Environments that may be busy at once; more invocations are throttled. */
  readonly limit: number;
  /** ms that an idle environment is kept. Lambda does not document its own; minutes. */
  readonly keepMs: number;
}

/** What became of all environments and invocations so far. */
export interface PoolFigures {
  environments: number;
  coldStarts: number;
  invocations: number;
  throttled: number;
  reaped: number;
  readonly failed: Record<string, number>;
  readonly initMs: number[];
  mostMemoryMib: number;
}

/** Where the time of one invocation went, in ms; 0 until that part has begun. */
export interface Times {
  environmentMs: number;
  functionMs: number;
  /** Of the function's time, how long its environment was made to stand still. */
  stalledMs: number;
  /** Of the function's time, how long its process waited for a processor. */
  waitedMs: number;
  /** While the function has the invocation: brings the three up to now. */
  look?: (() => void) | undefined;
}

export type Invoked = Outcome | { readonly kind: 'throttled'; readonly detail: string };

export class Pool {
  readonly name: string;
  readonly figures: PoolFigures = {
    environments: 0,
    coldStarts: 0,
    invocations: 0,
    throttled: 0,
    reaped: 0,
    failed: {},
    initMs: [],
    mostMemoryMib: 0,
  };
  readonly #options: PoolOptions;
  readonly #clock: Clock;
  /** The one that was used last is used next, so that the others can be reaped. */
  readonly #idle: Array<{ readonly sandbox: Sandbox; readonly since: number }> = [];
  readonly #all = new Set<Sandbox>();
  #busy = 0;
  #stopped = false;

  constructor(options: PoolOptions) {
    this.#options = options;
    this.#clock = options.machine.clock;
    this.name = options.deployed.name;
  }

  /** `event` is JSON. Fills in `times`, also when nobody waits any more. Never rejects. */
  async invoke(event: string, times?: Times): Promise<Invoked> {
    if (this.#busy >= this.#options.limit || this.#stopped) {
      this.figures.throttled += 1;
      return { kind: 'throttled', detail: `${this.name}: ${this.#options.limit} environments are busy` };
    }
    this.#busy += 1;
    this.figures.invocations += 1;
    let sandbox: Sandbox | undefined;
    const asked = this.#clock.elapsed();
    try {
      sandbox = this.#takeIdle() ?? (await this.#make());
      const begun = this.#clock.elapsed();
      if (times) {
        times.environmentMs = begun - asked;
        times.look = () => {
          times.functionMs = this.#clock.elapsed() - begun;
          times.stalledMs = sandbox?.stalledMs ?? 0;
          times.waitedMs = sandbox?.waitedMs ?? 0;
        };
      }
      const outcome = await sandbox.invoke(event);
      times?.look?.();
      if (times) times.look = undefined;
      if (outcome.kind !== 'answer') this.#count(outcome.kind);
      return outcome;
    } catch (error) {
      this.#count('init');
      return { kind: 'init', detail: String(error) };
    } finally {
      this.#release(sandbox);
    }
  }

  /** Makes that many environments beforehand, as provisioned concurrency does; a few at once. */
  async warm(count: number): Promise<void> {
    while (this.#all.size < count) {
      const some = Math.min(WARM_AT_ONCE, count - this.#all.size);
      const made = await Promise.all(Array.from({ length: some }, () => this.#make()));
      for (const sandbox of made) this.giveBack(sandbox);
    }
  }

  /** Every environment there is, busy or not. */
  get environments(): readonly Sandbox[] {
    return [...this.#all];
  }

  /** Takes an idle environment out of use, frozen as it is; false when it is busy by now. */
  withhold(sandbox: Sandbox): boolean {
    const index = this.#idle.findIndex((each) => each.sandbox === sandbox);
    if (index >= 0) this.#idle.splice(index, 1);
    return index >= 0;
  }

  giveBack(sandbox: Sandbox): void {
    if (!sandbox.isGone) this.#idle.push({ sandbox, since: this.#clock.elapsed() });
  }

  reap(): void {
    const now = this.#clock.elapsed();
    while (this.#idle[0] && now - this.#idle[0].since > this.#options.keepMs) {
      this.#idle.shift()?.sandbox.kill('crashed');
      this.figures.reaped += 1;
    }
    for (const sandbox of this.#all) if (sandbox.isGone) this.#forget(sandbox);
  }

  stop(): void {
    this.#stopped = true;
    for (const sandbox of this.#all) sandbox.kill('crashed');
  }

  #takeIdle(): Sandbox | undefined {
    let last = this.#idle.pop();
    while (last?.sandbox.isGone) last = this.#idle.pop();
    return last?.sandbox;
  }

  async #make(): Promise<Sandbox> {
    const sandbox = await Sandbox.start(this.#options.deployed, this.#options.machine);
    this.#all.add(sandbox);
    this.figures.coldStarts += 1;
    this.figures.environments = Math.max(this.figures.environments, this.#all.size);
    this.figures.initMs.push(Math.round(sandbox.initMs));
    return sandbox;
  }

  /** The caller has its answer; the environment is busy until it asks for more. */
  #release(sandbox: Sandbox | undefined): void {
    const rested = sandbox?.rested() ?? Promise.resolve(false);
    void rested.then((alive) => {
      this.#busy -= 1;
      if (!sandbox) return;
      this.figures.mostMemoryMib = Math.max(this.figures.mostMemoryMib, Math.ceil(sandbox.mostMemoryMib));
      if (alive && !this.#stopped) this.giveBack(sandbox);
      else this.#forget(sandbox);
    });
  }

  #forget(sandbox: Sandbox): void {
    this.#all.delete(sandbox);
  }

  #count(kind: string): void {
    this.figures.failed[kind] = (this.figures.failed[kind] ?? 0) + 1;
  }
}
