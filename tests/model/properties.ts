/** What must hold: of every effect and answer when it happens, and of every state. */

import type { Output } from './actors/actor.ts';
import type { Local } from './machine.ts';
import { isWanted, wrongMap } from './state-properties.ts';
import { highest, SLEEP_MS, type World } from './world.ts';

export const PROPERTIES = {
  wake: 'No reader sleeps past an event that it wants and whose publisher has rung, unless that doorbell was lost. None sleeps past an event of its own process, and none for longer than a sleep lasts.',
  end: 'No poll is held past the end of its wait.',
  numbers:
    'Numbers are 1, 2, 3 … and none is given out twice. Some may be skipped only where every block has expired.',
  once: 'No event is appended twice, even if its publisher had to try again.',
  acknowledged: 'An event that was acknowledged to its publisher is in the log.',
  delivery: 'One cursor gets each event once and in order, and no event that the log holds is skipped.',
  life: 'A reader whose channel was made anew gets a reset, and no other reader gets one.',
  mailboxes: 'No mailbox in use is deleted. After a sweep no mailbox is left whose time was over.',
  thrift:
    'No publisher rings one arm twice, and none rings an arm whose reader wants nothing of what it has appended.',
  state:
    'The state at N is the fold of events 1 to N. A reader that begins with it and polls on has the same map as one that read everything.',
  progress: 'Every process under way goes on by itself, or waits for a time that comes. None spins.',
} as const;
export type Property = keyof typeof PROPERTIES;

export interface Violation<P extends string = Property> {
  readonly property: P;
  readonly what: string;
}

export function broken<P extends string>(property: P, what: string): Violation<P> {
  return { property, what };
}

/** A poll may outlast its wait by the receive that is then in flight. */
const GRACE_MS = 1_000;

/** What an output breaks, if anything. */
export function outputViolation(output: Output, world: World): Violation | undefined {
  switch (output.kind) {
    case 'answer':
      return wrongAnswer(output, world);
    case 'refused':
      return wronglyRefused(output, world);
    case 'published': {
      const all = [...world.given, ...world.past];
      const missing = output.ids.find((id) => !all.some((one) => one.id === id));
      return missing === undefined
        ? undefined
        : broken('acknowledged', `${missing} is acknowledged and not in the log`);
    }
    case 'unpublished':
      return undefined;
    case 'map': {
      const wrong = wrongMap(output, world);
      return wrong === undefined ? undefined : broken('state', wrong);
    }
    case 'swept':
      return leftBehind(output.since, world);
  }
}

/**
 * Events from the reader's place on, each number once, none passed over that the log still holds. As the client sends the last number
 * as its next place, no event comes twice to one cursor and none is skipped.
 */
function wrongAnswer(
  { client, after, epoch, answer, keys }: Output & { kind: 'answer' },
  world: World,
): Violation | undefined {
  const { events, maxvid, passed: unwanted = 0 } = answer;
  if (epoch !== undefined && answer.epoch !== epoch)
    return broken('life', `${client} follows ${epoch} and is answered from ${answer.epoch}`);
  const life = [...world.given, ...world.past].filter((one) => one.epoch === answer.epoch);
  let place = after;
  for (const { vid, id } of events) {
    if (vid <= place) return broken('delivery', `${client} gets ${vid} after ${place}`);
    if (!life.some((one) => one.vid === vid && one.id === id))
      return broken('delivery', `${client} gets ${vid} ${id}, which is not so in the log`);
    if (!isWanted(id, keys)) return broken('delivery', `${client} gets ${id}, which it does not want`);
    place = vid;
  }
  if (maxvid < place) return broken('delivery', `${client} is told to go back to ${maxvid} from ${place}`);
  const passed = life.filter(
    ({ vid, id }) =>
      vid > after && vid <= maxvid && isWanted(id, keys) && !events.some((event) => event.vid === vid),
  );
  const held = passed.find(({ vid, epoch: of }) =>
    world.blocks.some(
      ({ epoch: its, first, entries, expires }) =>
        its === of && first <= vid && vid < first + entries.length && expires >= world.now,
    ),
  );
  if (held)
    return broken(
      'delivery',
      `${client} is led from ${after} to ${maxvid} past ${held.vid}, which the log holds`,
    );
  if (answer.missed !== maxvid - after - events.length - unwanted)
    return broken('delivery', `${client} is told that it missed ${answer.missed}`);
  return undefined;
}

function wronglyRefused(
  { client, after, epoch, code }: Output & { kind: 'refused' },
  { given, past }: World,
): Violation | undefined {
  if (code === 'unavailable') return undefined;
  const follows = epoch ?? [...past, ...given].at(0)?.epoch;
  // Its life is over, or was never known: it has to hear of that.
  if (code === 'reset' && !given.some((one) => one.epoch === follows)) return undefined;
  return broken('life', `${client} at ${after} is refused: ${code}`);
}

function leftBehind(since: number, { registry, queues }: World): Violation | undefined {
  const late = registry.find(({ until }) => until < since);
  if (late) return broken('mailboxes', `the sweep leaves ${late.name} in the registry`);
  const orphan = queues.find(
    ({ name, openedAt }) => openedAt < since && !registry.some((one) => one.name === name),
  );
  return orphan && broken('mailboxes', `the sweep leaves the queue ${orphan.name}, which is not registered`);
}

/** A process in one state, and what the state holds for it. */
export interface Standing {
  readonly name: string;
  readonly local: Local;
  /** Something happens to it sooner or later by itself: it has a call open, or a letter waits for it. */
  readonly goesOn: boolean;
}

/**
 * What is wrong with those that do nothing now. As a process that has died does nothing, and the others cannot tell why, this holds every
 * state to the promises also for the case that others never go on.
 */
export function stateViolation(world: World, all: readonly Standing[]): Violation | undefined {
  for (const { name, local, goesOn } of all) {
    if (local.spinning) return broken('progress', `${name} spins without end`);
    if (goesOn || local.finished || world.frozen.includes(name)) continue;
    for (const { client, until } of local.waiting) {
      if (world.now > until + GRACE_MS) return broken('end', `${client} is held past the end of its wait`);
    }
    const violation = overslept(world, all, name, local);
    if (violation) return violation;
    // A reader who waits directly has no clock of its own: its receive ends.
    const receives = local.calls.some(({ op }) => op === 'mailboxes.receive');
    const direct = local.waiting.some(({ sleepMs }) => sleepMs !== undefined);
    const stuck = local.offers.length === 0 && local.due === undefined && !(direct && receives);
    if (stuck) return broken('progress', `${name} waits for nothing`);
  }
  return undefined;
}

/** Someone who sleeps past an event that should have woken it. */
function overslept(
  world: World,
  all: readonly Standing[],
  name: string,
  local: Local,
): Violation | undefined {
  for (const { client, after, epoch, until, sleepMs = SLEEP_MS, keys } of local.waiting) {
    // It only lets its last receive end.
    if (world.now >= until) continue;
    const news = world.given.filter(
      (one) =>
        (one.vid > after || (epoch !== undefined && one.epoch !== epoch)) &&
        // With the first event of a life it hears that the one before is over.
        (isWanted(one.id, keys) || one.vid === 1),
    );
    const [first] = news;
    if (!first) continue;
    const story = `${client} sleeps at ${after}, and the log ends at ${highest(world)}`;
    if (world.now >= local.armedAt + sleepMs) return broken('wake', `${story}, longer than a sleep`);
    // Of what its own process has appended it is told at once, whoever else is still to be rung.
    const own = news.find(({ by }) => by === name);
    if (own) return broken('wake', `${story}, though its own process has appended that`);
    const rung = news.find(({ by }) => by !== null && !isRinging(all, by) && !isExcused(world, local, by));
    if (rung) return broken('wake', `${story}, though ${rung.by} has rung`);
  }
  return undefined;
}

/** A publisher between its append and its last doorbell; where it dies there, only the end of the sleep helps. */
function isRinging(all: readonly Standing[], by: string): boolean {
  const after = ['waiters.armed', 'mailboxes.send', 'waiters.disarm', 'records.begin'];
  const local = all.find(({ name }) => name === by)?.local;
  return local !== undefined && (local.pauses.length > 0 || local.calls.some(({ op }) => after.includes(op)));
}

function isExcused({ excuses, now }: World, { nonce }: Local, publisher: string): boolean {
  return excuses.some(
    ({ nonce: arm, by, until }) => arm === nonce && (by === undefined || by === publisher) && now < until,
  );
}
