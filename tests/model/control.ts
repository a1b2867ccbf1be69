/**
 * Holds one run of real code in its hand: every port call that the code makes stays open until it is answered, time stands still until
 * it is told, ids count up. With the same answers in the same order the code does the same again, so a list of inputs IS its state.
 */

import { PushError } from '../../lib/errors.ts';
import type { Clock, Random } from '../../lib/runtime/ports.ts';
import { afterBySleep } from '../support/time/clock.ts';
import { numberOf } from './intern.ts';

/** A port call that waits for its answer. */
export interface Call {
  readonly id: number;
  readonly op: string;
  readonly args: readonly unknown[];
  /** When it was made. */
  readonly at: number;
  /** How far the wall clock was ahead of time then. */
  readonly ahead: number;
  /** Of two alike that are open at once: the arm or the doing that it follows from. */
  readonly cause: string;
}

/** A receive that was aborted: its queue may notice late, and hand it letters until its wait is over, which began when it had arrived there. */
export interface Abandoned {
  readonly address: string;
  readonly until: number;
}

/**
 * What a process can meet. `setMs`: its wall clock is set forward by so much, or back. `late`: it was frozen,
 * and its timers fire when it thaws instead of when they were due.
 */
export type Input =
  | { readonly do: string }
  | { readonly answer: number; readonly value: unknown }
  | { readonly fail: number }
  | { readonly over: number }
  | { readonly setMs: number }
  | { readonly now: number; readonly late: boolean };

/** Pauses shorter than this may take any time: they end by an input of their own, longer ones when time has come. */
const SHORT_MS = 1_000;
/** The most that a receive is on its way. */
const TRAVEL_MS = 1_000;
/** A process that goes on by itself this often without an input never stops. */
const SPIN = 200;

interface Pause {
  readonly due: number;
  readonly short: boolean;
  readonly cause: string;
  /** How far the wall clock was ahead of time when it began. */
  readonly ahead: number;
  readonly end: () => void;
}

interface Pending extends Call {
  readonly resolve: (value: unknown) => void;
  readonly reject: (error: unknown) => void;
}

export class Control {
  /** How much time has passed. */
  now = 0;
  /** How far the wall clock is ahead of that. */
  ahead = 0;
  spinning = false;
  readonly calls = new Map<number, Pending>();
  readonly #abandoned: Abandoned[] = [];
  readonly pauses = new Map<number, Pause>();
  /** The last answer to each kind of call and its times by both clocks: what the code may have remembered. */
  readonly answers = new Map<string, readonly unknown[]>();
  /** The last arm that was written, and when. */
  nonce = '';
  armedAt = 0;
  armedAhead = 0;
  #spins = 0;
  #cause = '';
  readonly #ids = new Map<string, number>();
  readonly #name: string;

  constructor(name: string) {
    this.#name = name;
  }

  /** A port with these methods. */
  port<K extends string>(
    name: string,
    ...methods: readonly K[]
  ): Record<K, (...args: unknown[]) => Promise<never>> {
    const entries = methods.map((method) => [
      method,
      (...args: unknown[]) => this.#call(`${name}.${method}`, args),
    ]);
    return Object.fromEntries(entries);
  }

  /** A mutation may put another in its place before anyone has seen it. */
  clock: Clock = {
    now: () => this.now + this.ahead,
    elapsed: () => this.now,
    sleep: (ms, signal) => this.#pause(ms, signal),
    after: afterBySleep((ms, signal) => this.#pause(ms, signal)),
  };

  /** Ids tell their process and what they name, and do not depend on who else asks for one. */
  random(kind: string): Random {
    const id = () => {
      const next = (this.#ids.get(kind) ?? 0) + 1;
      this.#ids.set(kind, next);
      return `${this.#name}.${kind}${next}`;
    };
    return { fraction: () => 0, id };
  }

  get abandoned(): readonly Abandoned[] {
    return this.#abandoned.filter(({ until }) => until > this.now);
  }

  get ids(): readonly unknown[] {
    return [...this.#ids];
  }

  async take(input: Input, start: (what: string) => void): Promise<void> {
    this.#spins = 0;
    this.#cause = this.#causeOf(input);
    if ('do' in input) start(input.do);
    else if ('answer' in input) this.#answer(input.answer, input.value);
    else if ('fail' in input) this.#fail(input.fail);
    else if ('over' in input) this.pauses.get(input.over)?.end();
    else if ('setMs' in input) this.ahead += input.setMs;
    else await this.#pass(input.now, input.late);
    await settle();
  }

  #causeOf(input: Input): string {
    if ('do' in input) return input.do;
    if ('answer' in input) return this.#chain(this.calls.get(input.answer), input.value);
    if ('fail' in input) return this.calls.get(input.fail)?.cause ?? '';
    return 'over' in input ? (this.pauses.get(input.over)?.cause ?? '') : '';
  }

  /** What a call that follows from this answer has come from: the code that goes on may remember every answer on the way. */
  #chain(call: Call | undefined, value: unknown): string {
    return call === undefined || call.op === 'mailboxes.receive'
      ? ''
      : `${call.cause} ${call.op}=${numberOf(value)}`;
  }

  #call(op: string, given: readonly unknown[]): Promise<never> {
    const args = given.filter((arg) => !(arg instanceof AbortSignal));
    if (op === 'waiters.arm') {
      this.nonce = nonceOf(args[1]);
      this.armedAt = this.now;
      this.armedAhead = this.ahead;
      this.#cause = `${this.nonce} at ${this.now}`;
    }
    const cause = op === 'mailboxes.receive' ? '' : this.#cause;
    return new Promise<never>((resolve, reject) => {
      const id = freeIn(this.calls);
      const answer: (value: never) => void = resolve;
      // The promise is typed as every answer at once; the world's effects hold each port's contract.
      this.calls.set(id, {
        id,
        op,
        args,
        at: this.now,
        ahead: this.ahead,
        cause,
        resolve: answer as (value: unknown) => void,
        reject,
      });
      // Whoever aborts a call does not wait for its answer.
      const abort = given.find((arg) => arg instanceof AbortSignal);
      abort?.addEventListener('abort', () => {
        const { at } = this.calls.get(id) ?? {};
        if (this.calls.delete(id) && op === 'mailboxes.receive' && at !== undefined)
          this.#abandoned.push({ address: String(args[0]), until: at + Number(args[1]) * 1_000 + TRAVEL_MS });
      });
    });
  }

  #answer(id: number, value: unknown): void {
    const call = this.#end(id);
    this.answers.set(call.op, [value, call.at, call.ahead, this.now, this.ahead]);
    call.resolve(value);
  }

  #fail(id: number): void {
    this.#end(id).reject(new PushError('unavailable', 'The service is busy. Try again.'));
  }

  #end(id: number): Pending {
    const call = this.calls.get(id);
    if (!call) throw new Error(`${this.#name} has no open call ${id}`);
    this.calls.delete(id);
    return call;
  }

  #pause(ms: number, signal?: AbortSignal): Promise<void> {
    if (ms <= 0 || signal?.aborted) {
      if (++this.#spins < SPIN) return Promise.resolve();
      this.spinning = true;
      return new Promise(() => undefined);
    }
    return new Promise((resolve) => {
      const id = freeIn(this.pauses);
      const end = () => {
        this.pauses.delete(id);
        signal?.removeEventListener('abort', end);
        resolve();
      };
      this.pauses.set(id, {
        due: this.now + ms,
        short: ms < SHORT_MS,
        cause: this.#cause,
        ahead: this.ahead,
        end,
      });
      signal?.addEventListener('abort', end);
    });
  }

  async #pass(now: number, late: boolean): Promise<void> {
    if (late) this.now = now;
    for (;;) {
      const next = [...this.pauses.values()]
        .filter(({ due, short }) => !short && due <= now)
        .sort((a, b) => a.due - b.due)[0];
      if (!next) break;
      this.now = Math.max(this.now, next.due);
      this.#cause = next.cause;
      next.end();
      await settle();
    }
    this.now = now;
  }
}

/** Resolves when everything that can go on without an input has gone on. */
export function settle(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}

/** The smallest number that is not in use: who has made more calls before is not another for it. */
function freeIn(used: ReadonlyMap<number, unknown>): number {
  let id = 1;
  while (used.has(id)) id++;
  return id;
}

function nonceOf(arm: unknown): string {
  return typeof arm === 'object' && arm !== null && 'nonce' in arm ? String(arm.nonce) : '';
}
