/**
 * The built functions as Lambda runs them, with what CloudWatch would know of them: the metrics that they print, errors, throttles, and how many run at once
 * (https://docs.aws.amazon.com/lambda/latest/dg/monitoring-metrics-types.html). They run in this process, with its environment.
 */

import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { SERVICE_DIR } from '../../../local/emulators/service.ts';
import { type Sample, samplesOf } from './alarm.ts';

export interface Answer {
  readonly statusCode?: number;
  readonly body?: string;
  readonly batchItemFailures?: ReadonlyArray<{ readonly itemIdentifier: string }>;
}

type Handler = (event: unknown, context: object) => Promise<Answer | undefined>;

export class RunningFunction {
  /** A value of each invocation. */
  readonly errors: number[] = [];
  readonly throttles: number[] = [];
  readonly atOnce: number[] = [];
  readonly #name: string;
  readonly #env: Readonly<Record<string, string>>;
  readonly #reserved: number;
  #busy = 0;
  static #loaded = 0;
  #handler: Promise<Handler> | undefined;

  /** `reserved`: how many may run at once; more are throttled. */
  constructor(name: string, env: Readonly<Record<string, string>>, reserved = Number.POSITIVE_INFINITY) {
    this.#name = name;
    this.#env = env;
    this.#reserved = reserved;
  }

  /** Undefined where it failed or was throttled. Never rejects. */
  async invoke(event: unknown): Promise<Answer | undefined> {
    if (this.#busy >= this.#reserved) {
      this.throttles.push(1);
      return undefined;
    }
    this.#busy++;
    this.atOnce.push(this.#busy);
    this.throttles.push(0);
    try {
      this.#handler ??= this.#load();
      const handler = await this.#handler;
      const answer = await handler(event, { awsRequestId: 'request', functionName: this.#name });
      this.errors.push(0);
      return answer;
    } catch {
      // On Lambda one that could not begin begins anew with each invocation, and fails again.
      this.errors.push(1);
      return undefined;
    } finally {
      this.#busy--;
    }
  }

  /** A module of its own, which reads the environment as it is now. */
  async #load(): Promise<Handler> {
    for (const [name, value] of Object.entries(this.#env)) process.env[name] = value;
    const { href } = pathToFileURL(join(SERVICE_DIR, 'dist', `${this.#name}.mjs`));
    const module = (await import(/* @vite-ignore */ `${href}?${++RunningFunction.#loaded}`)) as {
      readonly handler: Handler;
    };
    return module.handler;
  }
}

/** What functions print as metrics while `act` runs. Other lines are left out. */
export async function printedDuring(act: () => Promise<unknown>): Promise<readonly Sample[]> {
  const lines: string[] = [];
  const { write } = process.stdout;
  process.stdout.write = ((text: string | Uint8Array) => {
    lines.push(...String(text).split('\n'));
    return true;
  }) as typeof write;
  try {
    await act();
  } finally {
    process.stdout.write = write;
  }
  return lines.filter((line) => line.includes('"_aws"')).flatMap((line) => samplesOf(line, 0));
}
