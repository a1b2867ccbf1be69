/**
 * One execution environment: a process of its own that runs AWS's Runtime Interface Client on an unpacked package.
 *
 *   starting ──ready──▶ frozen ──invoke──▶ busy ──answered, next──▶ frozen
 *      └─────────────────── killed, from anywhere ───────────────────▶ gone
 *
 * Between invocations it is stopped (SIGSTOP), so nothing that it left behind goes on. It is killed (SIGKILL) when its function's time is over,
 * when it needs more memory than it may have, and when it is no longer wanted; Lambda tells a function without extensions nothing before that.
 */

import { type ChildProcess, spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import type { Clock } from '../../lib/runtime/ports.ts';
import { Cutter } from './cutter.ts';
import { waitedForProcessorMs } from './processor.ts';
import { type Posted, RuntimeApi } from './runtime-api.ts';

/** Lambda's own limit: https://docs.aws.amazon.com/lambda/latest/dg/lambda-runtime-environment.html */
const INIT_MS = 10_000;
/** Tests' machines are slower than Lambda, and start many at once. */
const INIT_TIMEOUT = 6;
const MIB = 1024 * 1024;

/** A function as it is deployed. */
export interface Deployed {
  readonly name: string;
  readonly arn: string;
  /** Where its package is unpacked. */
  readonly folder: string;
  /** `file.export`. */
  readonly handler: string;
  readonly timeoutMs: number;
  readonly memoryMib: number;
  readonly environment: Readonly<Record<string, string>>;
}

/** Programs and services that an environment needs. */
export interface Machine {
  readonly clock: Clock;
  readonly node: string;
  /** The entry of the runtime interface client. */
  readonly client: string;
  readonly sqsEndpoint: string;
  readonly dynamodbEndpoint: string;
  /** ms: a freeze that is longer costs the environment its connections. */
  readonly idleConnectionMs: number;
  /** What functions print, line by line. */
  readonly print: (functionName: string, text: string) => void;
}

export type Failure = 'error' | 'timeout' | 'memory' | 'crashed' | 'init';
export type Outcome =
  | { readonly kind: 'answer'; readonly payload: string }
  | { readonly kind: Failure; readonly detail: string };

export class Sandbox {
  readonly id: string = randomUUID();
  readonly #function: Deployed;
  readonly #machine: Machine;
  readonly #cutters: readonly Cutter[];
  #api: RuntimeApi | undefined;
  #child: ChildProcess | undefined;
  #frozenAt: number | undefined;
  #stalledAt: number | undefined;
  #stalledMs = 0;
  /** When its invocation began, and while it lasts. */
  #waitedBeforeMs = 0;
  #waitedMs = 0;
  #current: { readonly requestId: string; settle(outcome: Outcome): void } | undefined;
  #next: PromiseWithResolvers<void> = Promise.withResolvers();
  #gone: Failure | undefined;
  /** ms from the start of the process to its first question for work. */
  initMs = 0;
  mostMemoryMib = 0;
  invocations = 0;

  private constructor(deployed: Deployed, machine: Machine, cutters: readonly Cutter[]) {
    this.#function = deployed;
    this.#machine = machine;
    this.#cutters = cutters;
    this.#next.promise.catch(() => undefined);
  }

  /** Resolves when it waits for its first invocation, frozen. Rejects, and leaves nothing, when its code cannot be loaded. */
  static async start(deployed: Deployed, machine: Machine): Promise<Sandbox> {
    const cutters = await Promise.all([
      Cutter.before(machine.sqsEndpoint),
      Cutter.before(machine.dynamodbEndpoint),
    ]);
    const sandbox = new Sandbox(deployed, machine, cutters);
    try {
      await sandbox.#start();
      return sandbox;
    } catch (error) {
      sandbox.kill('init');
      throw error;
    }
  }

  get isGone(): boolean {
    return this.#gone !== undefined;
  }

  /** How long `stall` has kept it from its invocation so far, in ms. */
  get stalledMs(): number {
    const since = this.#stalledAt;
    return this.#stalledMs + (since === undefined ? 0 : this.#machine.clock.elapsed() - since);
  }

  /** How long its process was ready to work on its invocation so far, and waited for a processor, in ms. */
  get waitedMs(): number {
    // A process that is gone says 0.
    this.#waitedMs = Math.max(this.#waitedMs, waitedForProcessorMs(this.#child?.pid) - this.#waitedBeforeMs);
    return this.#waitedMs;
  }

  /** One at a time. Resolves when the answer is there; the environment can be used again when `rested` resolves. */
  async invoke(event: string): Promise<Outcome> {
    const { timeoutMs, arn } = this.#function;
    const requestId = randomUUID();
    const { promise, resolve } = Promise.withResolvers<Outcome>();
    this.#current = { requestId, settle: resolve };
    this.#next = Promise.withResolvers();
    this.#next.promise.catch(() => undefined);
    this.invocations += 1;
    this.#stalledMs = 0;
    this.#stalledAt = undefined;
    this.#waitedBeforeMs = waitedForProcessorMs(this.#child?.pid);
    this.#waitedMs = 0;
    this.#thaw();
    this.#api?.hand({
      requestId,
      event,
      deadlineMs: this.#machine.clock.now() + timeoutMs,
      functionArn: arn,
    });
    const timer = setTimeout(() => this.kill('timeout'), timeoutMs);
    try {
      return await promise;
    } finally {
      // Also what it still does after its answer counts towards its time; here that ends with the next question.
      void this.rested().finally(() => clearTimeout(timer));
    }
  }

  /** Resolves when it is frozen again; false when it is gone. */
  rested(): Promise<boolean> {
    return this.#next.promise.then(
      () => true,
      () => false,
    );
  }

  /** From anywhere, at once. May be repeated. */
  kill(why: Failure): void {
    if (this.#gone) return;
    this.#gone = why;
    void this.waitedMs;
    this.#child?.kill('SIGKILL');
    this.#api?.close();
    for (const cutter of this.#cutters) cutter.close();
    this.#current?.settle({ kind: why, detail: `${this.#function.name}: ${why}` });
    this.#next.reject(new Error(why));
  }

  /** Stops it in the middle of whatever it does, for as long as a test likes; its time goes on. */
  stall(): void {
    this.#stalledAt ??= this.#machine.clock.elapsed();
    this.#child?.kill('SIGSTOP');
    for (const cutter of this.#cutters) cutter.cut();
  }

  unstall(): void {
    this.#stalledMs = this.stalledMs;
    this.#stalledAt = undefined;
    if (this.#current) this.#child?.kill('SIGCONT');
  }

  async #start(): Promise<void> {
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    const begun = this.#machine.clock.elapsed();
    const api = await RuntimeApi.start({
      onNext: () => {
        this.#rest();
        resolve();
      },
      onPosted: (requestId, posted) => this.#settle(requestId, posted),
      onInitError: (type) => reject(new Error(`${this.#function.name} cannot be loaded: ${type}`)),
    });
    this.#api = api;
    const child = spawn(this.#machine.node, [this.#machine.client, this.#function.handler], {
      cwd: this.#function.folder,
      env: this.#environment(api.address),
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    this.#child = child;
    for (const stream of [child.stdout, child.stderr])
      stream.on('data', (chunk: Buffer) => this.#machine.print(this.#function.name, chunk.toString()));
    child.on('error', reject);
    child.on('exit', () => {
      reject(new Error(`${this.#function.name} ended before it was ready`));
      this.kill('crashed');
    });
    const timer = setTimeout(() => reject(new Error('init took too long')), INIT_MS * INIT_TIMEOUT);
    await promise.finally(() => clearTimeout(timer));
    this.initMs = this.#machine.clock.elapsed() - begun;
  }

  #settle(requestId: string, posted: Posted): void {
    if (this.#current?.requestId !== requestId) return;
    this.#current.settle(
      posted.kind === 'answer' ? posted : { kind: 'error', detail: `${this.#function.name}: ${posted.type}` },
    );
  }

  /** It asked for its next invocation. */
  #rest(): void {
    this.#current = undefined;
    const memory = this.#memoryMib();
    this.mostMemoryMib = Math.max(this.mostMemoryMib, memory);
    if (memory > this.#function.memoryMib) {
      this.kill('memory');
      return;
    }
    this.#child?.kill('SIGSTOP');
    this.#frozenAt = this.#machine.clock.elapsed();
    this.#next.resolve();
  }

  #thaw(): void {
    const frozenMs = this.#machine.clock.elapsed() - (this.#frozenAt ?? 0);
    if (frozenMs > this.#machine.idleConnectionMs) for (const cutter of this.#cutters) cutter.cut();
    this.#child?.kill('SIGCONT');
  }

  /** What the system holds in memory for it; 0 where that cannot be read. */
  #memoryMib(): number {
    try {
      const status = readFileSync(`/proc/${this.#child?.pid}/status`, 'utf8');
      return (Number(/^VmRSS:\s+(\d+) kB/m.exec(status)?.[1] ?? 0) * 1024) / MIB;
    } catch {
      return 0;
    }
  }

  #environment(runtimeApi: string): NodeJS.ProcessEnv {
    const { name, folder, memoryMib, handler, environment } = this.#function;
    const [sqs, dynamodb] = this.#cutters;
    return {
      ...environment,
      PATH: process.env.PATH,
      TZ: ':UTC',
      LANG: 'en_US.UTF-8',
      _HANDLER: handler,
      LAMBDA_TASK_ROOT: folder,
      AWS_LAMBDA_RUNTIME_API: runtimeApi,
      AWS_LAMBDA_FUNCTION_NAME: name,
      AWS_LAMBDA_FUNCTION_VERSION: '$LATEST',
      AWS_LAMBDA_FUNCTION_MEMORY_SIZE: String(memoryMib),
      AWS_LAMBDA_LOG_GROUP_NAME: `/aws/lambda/${name}`,
      AWS_LAMBDA_LOG_STREAM_NAME: `local/[$LATEST]${this.id}`,
      AWS_LAMBDA_INITIALIZATION_TYPE: 'on-demand',
      AWS_EXECUTION_ENV: 'AWS_Lambda_nodejs24.x',
      AWS_SESSION_TOKEN: 'local',
      AWS_ENDPOINT_URL_SQS: sqs?.endpoint,
      AWS_ENDPOINT_URL_DYNAMODB: dynamodb?.endpoint,
    };
  }
}
