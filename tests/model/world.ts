/**
 * What AWS keeps, as one plain value that is never changed: one channel's log and life, arms, registry, queues. With it, what the adversary
 * may still do, and the ghosts: what has happened, for the properties only; no process can see them.
 */

import type { LogBlock } from '../../lib/log/block.ts';
import type { IdDigest, Incarnation } from '../../lib/log/ports.ts';
import type { Arm, Registration } from '../../lib/wakeup/ports.ts';
import type { Item } from '../support/memory/memory-expressions.ts';
import { isOnly, numberOf, only, onlyOf } from './intern.ts';

export const CHANNEL = 'c';
/** A queue loses letters or is not found at first for this long (SQS API reference, CreateQueue). */
export const YOUNG_MS = 1_000;
/** The longest that a process may sleep while a receive that it has aborted may take doorbells. */
export const ROBBED_MS = 1_000;
/** The longest that a process may sleep between two checks. */
export const SLEEP_MS = 20_000;

/** How far the wall clock of each process is ahead of time, where it was set. */
export type Offsets = Readonly<Record<string, number>>;

/** A doorbell in a queue, and who has sent it. */
export interface Sent {
  readonly by: string;
  readonly text: string;
}

export interface Queue {
  readonly name: string;
  readonly openedAt: number;
  /** In flight or waiting; any may come next. */
  readonly messages: readonly Sent[];
}

/** An event that was given a number. */
export interface Given {
  readonly vid: number;
  readonly epoch: string;
  readonly id: string;
  /** The process that has appended it, and will ring; null when it does not know that it has. */
  readonly by: string | null;
}

/** Whoever sleeps under this arm may sleep past `by`'s events until then: a doorbell or the arm itself was lost. */
export interface Excuse {
  readonly nonce: string;
  /** Absent: past anyone's. */
  readonly by?: string;
  readonly until: number;
}

/** A call that has taken effect and whose answer is on its way. */
export interface Answered {
  readonly by: string;
  readonly call: number;
  readonly value: unknown;
}

/** A call that its process has given up, and that may take effect all the same. */
export interface Stray {
  readonly by: string;
  readonly op: string;
  readonly args: readonly unknown[];
}

export const FAULTS = {
  lose: 'a doorbell is lost',
  double: 'a doorbell is received and comes again',
  rob: 'a receive that was aborted takes a doorbell',
  refuse: 'a young queue is said not to exist',
  swallow: 'a young queue takes a doorbell and loses it',
  tick: 'time passes until the next pause of anyone ends',
  jump: 'time passes by `jumpMs`',
  set: 'the wall clock of a process is set, by one of `setMs`',
  freeze: 'a process that holds polls does not run while time jumps',
  failBefore: 'a call fails and has done nothing',
  failAfter: 'a call seems to fail, but has taken effect',
  failLate: 'a call seems to fail, and takes effect at any time later, or never',
  drop: 'the table of events is dropped and made anew',
} as const;
export type Fault = keyof typeof FAULTS;
export type Faults = Partial<Record<Fault, number>>;

export interface World {
  readonly now: number;
  readonly blocks: readonly LogBlock[];
  /** Of ids, the newest first. */
  readonly digests: readonly IdDigest[];
  readonly life: Incarnation | null;
  /** Items of the table of states. */
  readonly states: readonly Item[];
  readonly arms: readonly Arm[];
  readonly registry: readonly Registration[];
  readonly queues: readonly Queue[];
  readonly answered: readonly Answered[];
  readonly strays: readonly Stray[];
  readonly frozen: readonly string[];
  readonly offsets: Offsets;
  /** What the adversary may still do. */
  readonly left: Faults;
  /** Ghost: every event that was given a number in this life, in the order of their appending. */
  readonly given: readonly Given[];
  /** Ghost: the same of earlier lives. */
  readonly past: readonly Given[];
  /** Ghost. */
  readonly excuses: readonly Excuse[];
  /** Ghost: nonces, once for each time that a queue which exists was said to be gone. */
  readonly refused: readonly string[];
  /** Ghost: who has rung which arm, as `by nonce`. */
  readonly rung: readonly string[];
}

const PARTS = [
  'blocks',
  'digests',
  'states',
  'arms',
  'registry',
  'queues',
  'answered',
  'strays',
  'frozen',
  'offsets',
  'left',
  'given',
  'past',
  'excuses',
  'refused',
  'rung',
] as const satisfies ReadonlyArray<keyof World>;

export const addressOf = (name: string) => `queue:${name}`;

/** The highest number given out in this life; 0 before the first. */
export function highest({ given }: World): number {
  return Math.max(0, ...given.map(({ vid }) => vid));
}

export function spend(world: World, fault: Fault): World {
  return { ...world, left: { ...world.left, [fault]: (world.left[fault] ?? 0) - 1 } };
}

export function may(world: World, fault: Fault): boolean {
  return (world.left[fault] ?? 0) > 0;
}

export function excuse(world: World, more: readonly Excuse[]): World {
  const excuses = [...world.excuses];
  for (const one of more) {
    if (!excuses.some(({ nonce, by }) => nonce === one.nonce && by === one.by)) excuses.push(one);
  }
  return { ...world, excuses: excuses.sort(inOrder) };
}

/** Excuses whoever has armed with `nonce` for as long as it may sleep on after it was armed. */
export function excuseArmed(world: World, nonce: string, armMs: number, by?: string): World {
  const arms = world.arms.filter((arm) => arm.nonce === nonce);
  // Written with a clock that is behind, it began later than it says. That nobody sleeps longer than a sleep
  // is looked at apart from this.
  const behind = Math.max(0, ...Object.values(world.offsets).map((ms) => -ms));
  const excuses = arms.map(({ until, bare }) => ({
    nonce,
    // The arm of a reader who waits directly is relied on for longer.
    until: until + behind - (bare ? 0 : armMs - SLEEP_MS),
    ...(by ? { by } : {}),
  }));
  return excuse(world, excuses);
}

/** Orders values by their text, so that the order in which they came makes no difference. */
export function inOrder(a: object, b: object): number {
  const [one, other] = [JSON.stringify(a), JSON.stringify(b)];
  return one < other ? -1 : one > other ? 1 : 0;
}

/** The one copy of a world, made of one copy of each of its parts. */
export function shared(world: World): World {
  if (isOnly(world)) return world;
  const numberOfPart = (part: (typeof PARTS)[number]) => numberOf(only(world[part]));
  const life = world.life && only(world.life);
  const key = `world ${world.now},${life ? numberOf(life) : ''},${PARTS.map(numberOfPart).join()}`;
  return onlyOf(key, () => ({
    now: world.now,
    blocks: only(world.blocks),
    digests: only(world.digests),
    states: only(world.states),
    life,
    arms: only(world.arms),
    registry: only(world.registry),
    queues: only(world.queues),
    answered: only(world.answered),
    strays: only(world.strays),
    frozen: only(world.frozen),
    offsets: only(world.offsets),
    left: only(world.left),
    given: only(world.given),
    past: only(world.past),
    excuses: only(world.excuses),
    refused: only(world.refused),
    rung: only(world.rung),
  }));
}
