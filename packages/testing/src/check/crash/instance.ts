/**
 * A Doorbell as a child process that is killed and started again, on one port and one data folder. The folder is its own; `end` takes the
 * process and the folder away, whatever state they are in.
 */

import { type ChildProcess, spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { SignJWT } from 'jose';
import { freePort, isFree } from './free-port.ts';
import type { Server, Stage } from './servers.ts';

/** Longer than any loop. */
const TOKEN_LIFE = '7 days';
const ROOT = join(import.meta.dirname, '../../../../..');
const START_LIMIT_MS = 60_000;
/** The kernel takes a killed process apart in milliseconds. */
const DEATH_LIMIT_MS = 10_000;
const ASK_EVERY_MS = 50;
const ANSWER_MS = 2_000;
const KEPT_CHARACTERS = 2_000;

/** It ended by itself, or did not answer in time. The message holds what it said last. */
export class NotStarted extends Error {
  override readonly name = 'NotStarted';
}

export class Instance {
  readonly url: string;
  /** May do everything there. */
  readonly token: string;
  readonly #secret: string;
  readonly #port: number;
  readonly #folder: string;
  readonly #server: Server;
  #child: ChildProcess | undefined;
  #said = '';
  #over = false;

  constructor(
    port: number,
    folder: string,
    server: Server,
    { secret, token }: { readonly secret: string; readonly token: string },
  ) {
    this.#secret = secret;
    this.token = token;
    this.url = `http://127.0.0.1:${port}`;
    this.#port = port;
    this.#folder = folder;
    this.#server = server;
  }

  /** Starts it on the data that it has; resolves when it is that far, throws `NotStarted` when it never gets there. */
  async start(stage: Stage): Promise<void> {
    if (this.#over) throw new NotStarted('It has been taken away.');
    const child = this.#spawn();
    const deadline = performance.now() + START_LIMIT_MS;
    while (!(await this.#has(stage, child))) {
      const late = performance.now() > deadline;
      if (hasEnded(child) || late) {
        throw new NotStarted(`The server ${late ? 'did not answer' : endOf(child)}. ${this.#said}`.trim());
      }
      await sleep(ASK_EVERY_MS);
    }
  }

  /** Resolves when it answers without having been started again; throws `NotStarted` when it does not in time. */
  async recovers(): Promise<void> {
    const deadline = performance.now() + START_LIMIT_MS;
    while (!(await this.#answers())) {
      if (performance.now() > deadline)
        throw new NotStarted(`The server did not recover by itself. ${this.#said}`.trim());
      await sleep(ASK_EVERY_MS);
    }
  }

  /** Resolves when it says that it does not work, as it should on a full disk, and at the latest after that time. */
  async fails(withinMs: number): Promise<void> {
    const deadline = performance.now() + withinMs;
    while (performance.now() < deadline && (await this.#answers())) await sleep(ASK_EVERY_MS);
  }

  /** SIGKILL: nothing in it can react. */
  async kill(): Promise<void> {
    const child = this.#child;
    if (!child || hasEnded(child)) return;
    const ended = once(child, 'exit');
    killGroup(child);
    await ended;
    // That was the shell, if there is one; what it has started is gone when its port is.
    const deadline = performance.now() + DEATH_LIMIT_MS;
    while (!(await isFree(this.#port)) && performance.now() < deadline) await sleep(ASK_EVERY_MS);
  }

  /** It cannot be started again. */
  async end(): Promise<void> {
    this.#over = true;
    await this.kill();
    // Retried, because files of a killed process may still be going.
    await rm(this.#folder, { recursive: true, force: true, maxRetries: 5 });
  }

  #spawn(): ChildProcess {
    const env = {
      ...process.env,
      PORT: String(this.#port),
      HOST: '127.0.0.1',
      DATA_DIR: this.#folder,
      DOORBELL_SECRET: this.#secret,
      // Some readers share their polls, and some wait without one.
      SHARED_CHANNELS: '*',
      DIRECT_WAIT: 'true',
      ...this.#server.env,
    };
    const { file, args, shell } = this.#server;
    const child = spawn(file, args, {
      cwd: ROOT,
      env,
      shell,
      // A group of its own lets one signal reach all that it starts, and keeps Ctrl-C from it.
      detached: true,
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    this.#said = '';
    // Serverless writes its errors to stdout.
    for (const stream of [child.stdout, child.stderr]) {
      stream.setEncoding('utf8').on('data', (text: string) => {
        this.#said = (this.#said + text).slice(-KEPT_CHARACTERS);
      });
    }
    this.#child = child;
    return child;
  }

  async #has(stage: Stage, child: ChildProcess): Promise<boolean> {
    if (stage === 'spawned') return true;
    return stage === 'answers' ? this.#answers() : this.#holdsFolder(child);
  }

  async #answers(): Promise<boolean> {
    const signal = AbortSignal.timeout(ANSWER_MS);
    const response = await fetch(`${this.url}/healthz`, { signal }).catch(() => undefined);
    await response?.arrayBuffer();
    return response?.ok ?? false;
  }

  /** What `npm start` writes elsewhere, its bundles, it has written by then. */
  async #holdsFolder({ pid }: ChildProcess): Promise<boolean> {
    try {
      // The file of the one before it outlives a kill.
      return JSON.parse(await readFile(join(this.#folder, 'instance.json'), 'utf8')).pid === pid;
    } catch {
      return false;
    }
  }
}

/** Nothing is started yet. Its folder is made in `parent`. */
export async function newInstance(server: Server, parent = tmpdir()): Promise<Instance> {
  const folder = await mkdtemp(join(parent, 'doorbell-crash-'));
  const secret = randomBytes(32).toString('base64');
  // As PROTOCOL.md describes one, section 1.1.
  const token = await new SignJWT({ read: ['*'], write: ['*'], share: ['*'] })
    .setProtectedHeader({ alg: 'HS256' })
    .setExpirationTime(TOKEN_LIFE)
    .sign(new TextEncoder().encode(secret));
  return new Instance(await freePort(), folder, server, { secret, token });
}

function hasEnded({ exitCode, signalCode }: ChildProcess): boolean {
  return exitCode !== null || signalCode !== null;
}

function endOf({ exitCode, signalCode }: ChildProcess): string {
  return `ended by itself (${signalCode ?? `exit code ${exitCode}`})`;
}

function killGroup(child: ChildProcess): void {
  try {
    process.kill(-(child.pid ?? 0), 'SIGKILL');
  } catch {
    // No groups on Windows.
    child.kill('SIGKILL');
  }
}
