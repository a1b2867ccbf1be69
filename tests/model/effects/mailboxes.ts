/** Arms, the registry of mailboxes and the queues themselves. */

import { ARM_MS } from '../../../lib/wakeup/channel-watch.ts';
import { parseDoorbell } from '../../../lib/wakeup/doorbell.ts';
import type { Arm, Registration } from '../../../lib/wakeup/ports.ts';
import { mayWant } from '../../../lib/wakeup/wanted-keys.ts';
import { broken, type Violation } from '../properties.ts';
import { keyOfId } from '../state-properties.ts';
import {
  addressOf,
  excuse,
  excuseArmed,
  inOrder,
  may,
  type Queue,
  type Sent,
  SLEEP_MS,
  spend,
  type World,
  YOUNG_MS,
} from '../world.ts';
import { type Effects, just, type Outcome } from './effect.ts';

/** Writes an arm over whatever stands there. */
export function armed(world: World, arm: Arm): World {
  const others = world.arms.filter(({ mailbox }) => mailbox !== arm.mailbox);
  return { ...world, arms: [...others, arm].sort(inOrder) };
}

export const ARMS: Effects = {
  'waiters.arm': (world, _rules, _by, _channel: string, arm: Arm) => {
    const before = world.arms.find(({ mailbox }) => mailbox === arm.mailbox);
    if (before && before.turn > arm.turn) return just(world, undefined, `${arm.nonce}: too late`);
    return just(armed(world, arm), undefined, arm.nonce);
  },
  'waiters.armed': (world, _rules, by) =>
    just(
      excuseTakenForExpired(world, by),
      world.arms,
      world.arms.map(({ nonce }) => nonce).join(' ') || 'nobody',
    ),
  'waiters.disarm': (world, _rules, _by, _channel: string, { mailbox, nonce }: Arm) => {
    const arms = world.arms.filter((arm) => arm.mailbox !== mailbox || arm.nonce !== nonce);
    return just({ ...excuseDropped(world, mailbox, nonce), arms }, undefined, nonce);
  },
};

/**
 * Where two clocks are far apart, an arm of the one has run out by the other (see INVARIANTS.md, known gaps).
 */
function excuseTakenForExpired(world: World, by: string): World {
  const wall = world.now + (world.offsets[by] ?? 0);
  const expired = world.arms.filter(({ until }) => until <= wall);
  return expired.length > 0 && Object.keys(world.offsets).length > 0
    ? excuse(
        world,
        expired.map(({ nonce }) => ({ nonce, by, until: world.now + SLEEP_MS })),
      )
    : world;
}

/** An arm may be dropped when its queue is gone, or was said to be gone twice; whoever sleeps on a young one checks again soon. */
function excuseDropped(world: World, mailbox: string, nonce: string): World {
  if (!queueAt(world, mailbox)) return excuseArmed(world, nonce, ARM_MS);
  const refusals = world.refused.filter((one) => one === nonce).length;
  return refusals > 1 ? excuse(world, [{ nonce, until: world.now + YOUNG_MS }]) : world;
}

function entered(world: World, entry: Registration): World {
  const others = world.registry.filter(({ name }) => name !== entry.name);
  return { ...world, registry: [...others, entry].sort(inOrder) };
}

/** Takes an entry out of use, whatever it says. */
export function retired(world: World, entry: Registration): World {
  return entered(world, { ...entry, fenced: true });
}

export const REGISTER: Effects = {
  'registry.add': (world, _rules, _by, name: string, until: number) =>
    just(entered(world, { name, until, fenced: false }), undefined, name),
  'registry.renew': (world, _rules, _by, name: string, until: number) => {
    const entry = world.registry.find((one) => one.name === name);
    if (!entry || entry.fenced) return just(world, false, `${name}: refused`);
    return just(entered(world, { ...entry, until }), true, name);
  },
  'registry.fence': (world, _rules, _by, { name, until }: Registration) => {
    const entry = world.registry.find((one) => one.name === name);
    if (entry?.until !== until) return just(world, false, `${name}: refused`);
    return just(retired(world, entry), true, name);
  },
  'registry.remove': (world, _rules, _by, name: string) =>
    just({ ...world, registry: world.registry.filter((one) => one.name !== name) }, undefined, name),
  'registry.list': (world) =>
    just(world, world.registry, world.registry.map(({ name }) => name).join(' ') || 'none'),
};

function put(world: World, queue: Queue): World {
  const others = world.queues.filter(({ name }) => name !== queue.name);
  return { ...world, queues: [...others, queue].sort(inOrder) };
}

export function queueAt(world: World, address: string): Queue | undefined {
  return world.queues.find(({ name }) => addressOf(name) === address);
}

/** The world with `letters` taken out of the queue. */
export function taken(world: World, queue: Queue, messages: readonly Sent[]): World {
  const left = [...queue.messages];
  for (const message of messages) left.splice(left.indexOf(message), 1);
  return put(world, { ...queue, messages: left });
}

/** The arm that a doorbell answers. */
export function nonceIn(text: string): string {
  return /"nonce":"([^"]*)"/.exec(text)?.[1] ?? '';
}

/** A doorbell about events of which the arm's reader wants none. */
function rungInVain(world: World, by: string, nonce: string, text: string): Violation | undefined {
  const wanted = world.arms.find((arm) => arm.nonce === nonce)?.wanted;
  const ring = parseDoorbell(text);
  if (!wanted || ring?.kind !== 'ring' || ring.first === 1) return undefined;
  const about = world.given.filter(
    ({ vid, epoch }) => epoch === ring.epoch && vid >= ring.first && vid <= ring.last,
  );
  return about.some(({ id }) => mayWant(wanted, keyOfId(id)))
    ? undefined
    : broken('thrift', `${by} rings ${nonce} about what its reader does not want`);
}

function send(world: World, by: string, address: string, text: string): readonly Outcome[] {
  const nonce = nonceIn(text);
  const queue = queueAt(world, address);
  if (!queue) return just(world, 'gone', `${nonce}: gone`);
  const ring = `${by} ${nonce}`;
  const violation = world.rung.includes(ring)
    ? broken('thrift', `${by} rings ${nonce} twice`)
    : rungInVain(world, by, nonce, text);
  const sent: World = { ...world, rung: [...world.rung, ring].sort() };
  const arrived = put(sent, { ...queue, messages: [...queue.messages, { by, text }].sort(inOrder) });
  const outcomes: Outcome[] = [{ world: arrived, answer: 'sent', note: nonce, violation }];
  if (world.now - queue.openedAt >= YOUNG_MS) return outcomes;
  if (may(world, 'refuse')) {
    const refused = { ...spend(world, 'refuse'), refused: [...world.refused, nonce].sort() };
    outcomes.push({ world: refused, answer: 'gone', note: `${nonce}: gone, the queue is young` });
  }
  if (may(world, 'swallow')) {
    const swallowed = excuse(spend(sent, 'swallow'), [{ nonce, by, until: world.now + YOUNG_MS }]);
    outcomes.push({ world: swallowed, answer: 'sent', note: `${nonce}: lost, the queue is young` });
  }
  return outcomes;
}

export const QUEUES: Effects = {
  'mailboxes.open': (world, _rules, _by, name: string) => {
    const queue = world.queues.find((one) => one.name === name);
    const opened = queue ? world : put(world, { name, openedAt: world.now, messages: [] });
    return just(opened, addressOf(name), name);
  },
  'mailboxes.send': (world, _rules, by, address: string, text: string) => send(world, by, address, text),
  'mailboxes.close': (world, { awake }, _by, name: string) => {
    const queues = world.queues.filter((one) => one.name !== name);
    const entry = world.registry.find((one) => one.name === name);
    const promised = entry === undefined || entry.until >= world.now;
    const exists = queues.length < world.queues.length;
    const live = exists && promised && awake(name.replace(/^mailbox-/, '').replace(/\..*$/, ''));
    const violation = live ? broken('mailboxes', `${name} is deleted, and its process lives`) : undefined;
    return [{ world: { ...world, queues }, answer: undefined, note: name, violation }];
  },
  'mailboxes.list': (world) =>
    just(
      world,
      world.queues.map(({ name }) => name),
      world.queues.map(({ name }) => name).join(' ') || 'none',
    ),
};
