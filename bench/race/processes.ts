/** Starts, weighs and ends the processes of a server under test. Only what was started here is ever signalled. Needs Linux: /proc. */

import { type ChildProcess, spawn } from 'node:child_process';
import { openSync, readdirSync, readFileSync } from 'node:fs';
import { connect } from 'node:net';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

const UP_LIMIT_MS = 60_000;
const DOWN_LIMIT_MS = 5_000;
const ASK_EVERY_MS = 20;
/** One tick of /proc/PID/stat: USER_HZ is 100 on every Linux that Node runs on. */
const TICK_MS = 10;

export interface Process {
  readonly pid: number;
  readonly child: ChildProcess;
  /** The end of what it has said so far, for an error. */
  said(): string;
}

export interface Start {
  /** Its working folder, and where its output goes. */
  readonly folder: string;
  readonly command: string;
  readonly args: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
}

export function start({ folder, command, args, env = {} }: Start): Process {
  const log = join(folder, `${command.replaceAll(/[^\w.-]/g, '_').slice(-40)}-${openLogs++}.log`);
  const output = openSync(log, 'a');
  const child = spawn(command, args, {
    cwd: folder,
    stdio: ['ignore', output, output],
    env: { ...process.env, ...env },
  });
  // Without a listener a command that is not there would end the generator; `up` reports it.
  child.on('error', () => undefined);
  const { pid = 0 } = child;
  alive.add(pid);
  child.on('exit', () => alive.delete(pid));
  return { pid, child, said: () => readFileSync(log, 'utf8').slice(-1_000) };
}

/** Those of a server that failed half-way through its start, too. */
const alive = new Set<number>();
let openLogs = 0;

/** Resolves when something listens on `port`; throws with what the process said when it ends before that. */
export async function up(port: number, server: Process): Promise<void> {
  await until(() => listens(port), server, `port ${port}`);
}

/** The same for any sign that it is ready. */
export async function until(
  ready: () => boolean | Promise<boolean>,
  server: Process,
  what: string,
): Promise<void> {
  for (const end = performance.now() + UP_LIMIT_MS; !(await ready()); await sleep(ASK_EVERY_MS)) {
    const { exitCode, pid } = server.child;
    if (pid === undefined || exitCode !== null)
      throw new Error(`it ended with ${exitCode}: ${server.said()}`);
    if (performance.now() > end)
      throw new Error(`${what} is not there after ${UP_LIMIT_MS} ms: ${server.said()}`);
  }
}

function listens(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1', () => {
      socket.destroy();
      resolve(true);
    });
    socket.on('error', () => resolve(false));
  });
}

/** SIGTERM, then SIGKILL for what is left of them and of their children. */
export async function stopAll(processes: readonly Process[]): Promise<void> {
  const family = familyOf(processes.map(({ pid }) => pid));
  for (const { child } of processes) child.kill('SIGTERM');
  for (const end = performance.now() + DOWN_LIMIT_MS; family.some(isAlive); await sleep(ASK_EVERY_MS)) {
    if (performance.now() > end) break;
  }
  for (const pid of family.filter(isAlive)) process.kill(pid, 'SIGKILL');
}

/** Whatever was started here and is left: at once, and without a promise, for a generator that is told to end. */
export function killStarted(): void {
  for (const pid of familyOf([...alive]).filter(isAlive)) process.kill(pid, 'SIGKILL');
}

/** These processes and all that they have started, by /proc/PID/stat; dead ones are left out. */
export function familyOf(pids: readonly number[]): readonly number[] {
  const parents = readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map((name) => ({ pid: Number(name), parent: Number(statOf(Number(name))?.[1]) }));
  const family = new Set(pids.filter((pid) => pid > 0 && statOf(pid) !== undefined));
  // A set is iterated over what is added meanwhile, too.
  for (const pid of family) for (const one of parents) if (one.parent === pid) family.add(one.pid);
  return [...family];
}

/** kB of memory that is theirs, each shared page divided among those who share it (PSS). Sockets' kernel memory is not in it. */
export function memoryKb(pids: readonly number[]): number {
  return sum(familyOf(pids), (pid) =>
    Number(/^Pss:\s+(\d+)/m.exec(procFile(pid, 'smaps_rollup') ?? '')?.[1] ?? 0),
  );
}

/** ms of CPU that they have used so far, user and system, and what their children that have ended used. */
export function cpuMs(pids: readonly number[]): number {
  return sum(familyOf(pids), (pid) => {
    const fields = statOf(pid) ?? [];
    return sum(fields.slice(11, 15), Number) * TICK_MS;
  });
}

/** Whether this process, and so all that it starts, has real-time priority: policy 1 or 2 of sched(7). */
export function isAhead(): boolean {
  return ['1', '2'].includes(statOf(process.pid)?.[38] ?? '');
}

/** The fields of /proc/PID/stat after the name: state, parent, … */
function statOf(pid: number): readonly string[] | undefined {
  const stat = procFile(pid, 'stat');
  return stat?.slice(stat.lastIndexOf(')') + 2).split(' ');
}

function procFile(pid: number, name: string): string | undefined {
  try {
    return readFileSync(`/proc/${pid}/${name}`, 'latin1');
  } catch {
    // It has ended.
    return undefined;
  }
}

function isAlive(pid: number): boolean {
  const state = statOf(pid)?.[0];
  return state !== undefined && state !== 'Z';
}

function sum<T>(items: readonly T[], value: (item: T) => number): number {
  return items.reduce((total, item) => total + value(item), 0);
}
