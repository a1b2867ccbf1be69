/** Ports that stand in front of other ports: to count what is asked of them, and to let them fail. */

import { PushError } from '../../../lib/errors.ts';
import type { ProblemCode } from '../../../lib/protocol/problems.ts';
import type { InvocationMeter } from '../../../lib/telemetry/metrics.ts';
import type { Count, Logger, Measure, Meter } from '../../../lib/telemetry/ports.ts';

/** The port with some of its methods replaced; the others stay its own. */
export function replacing<P extends object>(port: P, methods: Partial<P>): P {
  return new Proxy(port, {
    get(target, key) {
      const owner = key in methods ? methods : target;
      const value: unknown = Reflect.get(owner, key);
      return typeof value === 'function' ? value.bind(owner) : value;
    },
  });
}

/** The port, and how often each of its methods has been called. */
export function counting<P extends object>(port: P, calls: Calls): P {
  return new Proxy(port, {
    get(target, key) {
      const value: unknown = Reflect.get(target, key);
      if (typeof value !== 'function') return value;
      return (...args: unknown[]) => {
        calls.note(String(key));
        return Reflect.apply(value, target, args);
      };
    },
  });
}

export class Calls {
  readonly #counts = new Map<string, number>();

  note(name: string): void {
    this.#counts.set(name, this.of(name) + 1);
  }

  of(name: string): number {
    return this.#counts.get(name) ?? 0;
  }

  clear(): void {
    this.#counts.clear();
  }

  get all(): Readonly<Record<string, number>> {
    return Object.fromEntries(this.#counts);
  }
}

/** For tests that do not look at metrics. */
export const UNCOUNTED: InvocationMeter = {
  count: () => undefined,
  record: () => undefined,
  refused: () => undefined,
  flush: () => undefined,
};

export class MemoryMeter implements Meter {
  readonly #counts = new Map<Count, number>();
  /** What was recorded, in the order it came. */
  readonly recorded: Array<readonly [Measure, number]> = [];
  readonly refusals: ProblemCode[] = [];

  record(name: Measure, value: number): void {
    this.recorded.push([name, value]);
  }

  refused(code: ProblemCode): void {
    this.refusals.push(code);
  }

  /** The values of one measure. */
  all(name: Measure): readonly number[] {
    return this.recorded.filter(([one]) => one === name).map(([, value]) => value);
  }

  count(name: Count, value = 1): void {
    this.#counts.set(name, this.of(name) + value);
  }

  of(name: Count): number {
    return this.#counts.get(name) ?? 0;
  }
}

export class MemoryLogger implements Logger {
  readonly lines: Array<{ readonly level: string; readonly message: string; readonly fields: object }> = [];

  debug(message: string, fields: object = {}): void {
    this.lines.push({ level: 'debug', message, fields });
  }

  info(message: string, fields: object = {}): void {
    this.lines.push({ level: 'info', message, fields });
  }

  warn(message: string, fields: object = {}): void {
    this.lines.push({ level: 'warn', message, fields });
  }

  error(message: string, fields: object = {}): void {
    this.lines.push({ level: 'error', message, fields });
  }
}

/** What a throttled or unreachable service comes to. */
export function unavailable(): PushError {
  return new PushError('unavailable', 'The service is busy. Try again.');
}
