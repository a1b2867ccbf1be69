/** What must hold of states: of the table whenever something is written to it, and of everyone who has begun with a state. */

import type { LogBlock } from '../../lib/log/block.ts';
import type { Output } from './actors/actor.ts';
import { CHANNEL, type Given, type World } from './world.ts';

/** Which key an event is about, by its id: `a=1` gives key `a` a value, `a!2` deletes it. Undefined: about none. */
export function keyOfId(id: string): string | undefined {
  return /^(\w)[=!]/.exec(id)?.[1];
}

/** Whether a reader of these keys wants the event; of no keys: every event. */
export function isWanted(id: string, keys: readonly string[] | undefined): boolean {
  const key = keyOfId(id);
  return keys === undefined || (key !== undefined && keys.includes(key));
}

export function isDeletion(id: string): boolean {
  return id[1] === '!';
}

/** Of each epoch: how far it is folded, and each key's event, where it is not deleted. */
function foldedIn({ states }: World) {
  const epochs = new Map<string, { upTo: number; readonly ids: Map<string, string> }>();
  for (const { channel, key, upTo, id } of states) {
    const [, epoch = ''] = channel?.S?.split('#') ?? [];
    const of = epochs.get(epoch) ?? { upTo: 0, ids: new Map<string, string>() };
    epochs.set(epoch, of);
    if (upTo) of.upTo = Number(upTo.N);
    else if (id) of.ids.set(key?.S ?? '', id.S ?? '');
  }
  return epochs;
}

/** Whether the state has everything of a block. */
export function isFolded(world: World, { epoch, last }: Pick<LogBlock, 'epoch' | 'last'>): boolean {
  return (foldedIn(world).get(epoch)?.upTo ?? 0) >= last;
}

/** After a write: whatever is said to be folded stands in the table, or something newer of its key does. */
export function foldViolation(before: World, after: World): string | undefined {
  const was = foldedIn(before);
  for (const [epoch, { upTo, ids }] of foldedIn(after)) {
    const least = was.get(epoch)?.upTo ?? 0;
    if (upTo < least) return `what is folded goes back from ${least} to ${upTo}`;
    const wrong = wrongKey(lifeOf(after, epoch), upTo, ids, []);
    if (wrong) return `${CHANNEL} is folded up to ${upTo}, and ${wrong}`;
  }
  return undefined;
}

/** A reader's map is the fold of all events up to its `maxvid`; of some keys it may know something newer already. */
export function wrongMap(output: Output & { kind: 'map' }, world: World): string | undefined {
  const { reader, epoch, maxvid, map, keys } = output;
  const life = lifeOf(world, epoch);
  for (const [key, { vid, id }] of map) {
    const made = life.find((one) => one.vid === vid && keyOfId(one.id) === key);
    if (!made || (id !== undefined && made.id !== id))
      return `${reader} has ${id} as ${key} in ${epoch}, which is not so in the log`;
  }
  // Of a life that is over it is told when it polls on.
  if (!world.given.some((one) => one.epoch === epoch)) return undefined;
  const ids = new Map([...map].flatMap(([key, { id }]) => (id === undefined ? [] : [[key, id] as const])));
  const wrong = wrongKey(life, maxvid, ids, keys);
  return wrong && `${reader} is at ${maxvid}, and ${wrong}`;
}

/** The first key whose event is neither its newest up to `upTo` nor a newer one. */
function wrongKey(
  life: readonly Given[],
  upTo: number,
  ids: ReadonlyMap<string, string>,
  wanted: readonly string[],
): string | undefined {
  const keys = new Set(life.flatMap(({ id }) => keyOfId(id) ?? []));
  for (const key of wanted.length > 0 ? wanted : keys) {
    const events = life.filter(({ id }) => keyOfId(id) === key);
    const newest = events.findLast(({ vid }) => vid <= upTo);
    const allowed = [newest, ...events.filter(({ vid }) => vid > upTo)];
    const have = ids.get(key);
    const fits = allowed.some((one) => (one && !isDeletion(one.id) ? one.id : undefined) === have);
    if (!fits) return `${key} is ${have ?? 'not there'}, not ${newest?.id ?? 'away'}`;
  }
  return undefined;
}

function lifeOf({ given, past }: World, epoch: string): readonly Given[] {
  return [...past, ...given].filter((one) => one.epoch === epoch).sort((a, b) => a.vid - b.vid);
}
