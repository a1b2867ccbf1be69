/**
 * Everything that may happen next in a state. `protocol`: a call takes effect, an answer or a doorbell comes, a short pause ends; it happens
 * sooner or later by itself. `outside`: users, time and the adversary; nobody may count on it.
 *
 * A crash needs no move: a process that has died takes no further move, and every state is also the state of a world in which some never
 * go on. `properties.ts` asks every state for those who are left.
 */

import { ARM_MS } from '../../lib/wakeup/channel-watch.ts';
import type { Call, Input } from './control.ts';
import type { Outcome } from './effects/effect.ts';
import { isExpired } from './effects/log.ts';
import { nonceIn, queueAt, taken } from './effects/mailboxes.ts';
import type { Local } from './machine.ts';
import type { Model, State } from './model.ts';
import type { Property, Standing, Violation } from './properties.ts';
import { NOBODY } from './remembered.ts';
import type { Move as SearchMove } from './search.ts';
import { isFolded } from './state-properties.ts';
import { excuse, excuseArmed, type Fault, may, ROBBED_MS, type Sent, spend, type World } from './world.ts';

export type Move = SearchMove<State, Property>;

/**
 * Reads of a process that hears doorbells meanwhile: the answer comes apart from the effect. For every other call that makes no difference: a
 * process that does nothing else until the answer comes cannot tell a late answer from a late next call.
 */
const APART = ['log.last', 'log.read', 'records.get'];

/** A dropped table is gone for this long at least, so that a process that looks every 10 s notices (see INVARIANTS.md, known gaps). */
const DROP_MS = 11_000;

/** One process in one state. */
interface Place {
  readonly model: Model;
  readonly state: State;
  readonly at: number;
  readonly name: string;
  readonly local: Local;
  readonly frozen: boolean;
  readonly hears: boolean;
}

/** The moves, and how each process stands before them. */
export function movesOf(
  model: Model,
  state: State,
): { moves: readonly Move[]; standings: readonly Standing[] } {
  const moves: Move[] = [];
  const standings: Standing[] = [];
  for (const [at, { name }] of model.machines.entries()) {
    const local = model.local(state, at);
    const frozen = state.world.frozen.includes(name);
    const hears = name in model.config.pollers;
    const place: Place = { model, state, at, name, local, frozen, hears };
    const own = model.remembered.moves(state, at, 'all', () => ofOne(place));
    standings.push({ name, local, goesOn: own.some(({ kind }) => kind === 'protocol') });
    moves.push(...own);
    if (frozen) moves.push(thaw(place));
  }
  const ofWorld = () => [...ofMessages(state), ...ofTables(model, state)];
  moves.push(...model.remembered.moves(state, NOBODY, 'all', ofWorld));
  moves.push(...ofDrop(model, state), ...ofTime(model, state));
  return { moves, standings };
}

/** What happens to one process, but that it thaws. */
function ofOne(place: Place): readonly Move[] {
  const { state, name, local, frozen } = place;
  const moves = local.calls.flatMap((call) => ofCall(place, call));
  for (const { address, until } of local.abandoned)
    if (until > state.world.now) moves.push(...ofAbandoned(state, name, address));
  if (!frozen) moves.push(...ofProcess(place));
  return moves;
}

function step(
  { model, state, at, name }: Place,
  kind: Move['kind'],
  what: string,
  input: Input,
  world: World = state.world,
): Move {
  const { state: next, violation } = model.step(state, at, input, world);
  return { label: `${name} ${what}`, kind, state: next, violation };
}

function ofCall(place: Place, call: Call): readonly Move[] {
  const { model, state, name, frozen, hears } = place;
  const { world } = state;
  const answered = world.answered.find((one) => one.by === name && one.call === call.id);
  if (answered) {
    if (frozen) return [];
    const left = world.answered.filter((one) => one !== answered);
    const input = { answer: call.id, value: answered.value };
    return [step(place, 'protocol', `has its answer to ${call.op}`, input, { ...world, answered: left })];
  }
  if (call.op === 'mailboxes.receive') return frozen ? [] : ofReceive(place, call);
  const apart = frozen || (hears && !model.config.together && APART.includes(call.op));
  const moves = model.outcomes(state, name, call).map((outcome): Move => {
    const { world: after, answer, note = '', violation } = outcome;
    const what = `${call.op} ${note}`;
    if (!apart) {
      const made = step(place, 'protocol', what, { answer: call.id, value: answer }, after);
      return { ...made, violation: violation ?? made.violation };
    }
    const kept = [...after.answered, { by: name, call: call.id, value: answer }];
    const next = { world: { ...after, answered: kept }, locals: state.locals };
    return { label: `${name} ${what}`, kind: 'protocol', state: next, violation };
  });
  const mayFail = !frozen && model.config.failing?.includes(call.op);
  return mayFail ? [...moves, ...ofFailure(place, call)] : moves;
}

function ofFailure(place: Place, call: Call): readonly Move[] {
  const { model, state, name } = place;
  const { world } = state;
  const fails = (what: string, after: World) =>
    step(place, 'outside', `${call.op} ${what}`, { fail: call.id }, unheard(after, name, call));
  const moves: Move[] = [];
  if (may(world, 'failBefore')) moves.push(fails('fails', spend(world, 'failBefore')));
  if (may(world, 'failLate')) {
    const stray = { by: name, op: call.op, args: call.args };
    moves.push(
      fails('seems to fail, and is under way', {
        ...spend(world, 'failLate'),
        strays: [...world.strays, stray],
      }),
    );
  }
  const [outcome] = may(world, 'failAfter') ? model.outcomes(state, name, call) : [];
  if (outcome) {
    const made = fails('seems to fail, but takes effect', spend(unknown(world, outcome), 'failAfter'));
    moves.push({ ...made, violation: outcome.violation ?? made.violation });
  }
  return moves;
}

/** A publisher that could not look or ring: whoever it has not reached sleeps on. */
function unheard(world: World, by: string, { op, args }: Call): World {
  if (op === 'waiters.armed')
    return world.arms.reduce((after, { nonce }) => excuseArmed(after, nonce, ARM_MS, by), world);
  return op === 'mailboxes.send' ? excuseArmed(world, nonceIn(String(args[1])), ARM_MS, by) : world;
}

/** The outcome of a call whose process does not know of it: what it has appended, nobody need ring. */
function unknown(before: World, { world }: Outcome): World {
  const known = before.given.length;
  return { ...world, given: world.given.map((one, i) => (i < known ? one : { ...one, by: null })) };
}

function ofReceive(place: Place, call: Call): readonly Move[] {
  const { world } = place.state;
  const [address, seconds] = call.args;
  const queue = queueAt(world, String(address));
  if (!queue) return [step(place, 'protocol', 'receives: gone', { answer: call.id, value: 'gone' })];
  const brings = (sent: readonly Sent[], after: World, how: string) => {
    const value = sent.map(({ text }, i) => ({ body: text, receipt: String(i) }));
    const told = sent.map(doorbell).join(' and ');
    return step(place, 'protocol', `receives ${told}${how}`, { answer: call.id, value }, after);
  };
  const moves: Move[] = [];
  for (const message of queue.messages) {
    moves.push(brings([message], taken(world, queue, [message]), ''));
    if (may(world, 'double'))
      moves.push(brings([message], spend(world, 'double'), ', which will come again'));
  }
  const [one, two] = queue.messages;
  if (one && two) {
    moves.push(brings([one, two], taken(world, queue, [one, two]), ''));
    moves.push(brings([two, one], taken(world, queue, [one, two]), ''));
  }
  const over = world.now >= call.at + Number(seconds) * 1_000;
  if (over && queue.messages.length === 0) moves.push(brings([], world, 'nothing'));
  return moves;
}

function doorbell({ by, text }: Sent): string {
  const first = /"first":(\d+)/.exec(text)?.[1];
  return `${by}'s ring for ${nonceIn(text)} about ${first}`;
}

function ofProcess(place: Place): readonly Move[] {
  const { pauses, offers } = place.local;
  return [
    ...ofClock(place),
    ...pauses.map((pause) => step(place, 'protocol', 'has paused', { over: pause })),
    ...offers.map((what) => step(place, 'outside', `is asked: ${what}`, { do: what })),
  ];
}

/**
 * One that has a call open may know its time from before: whether it asks the time before or after that call
 * makes no difference that matters.
 */
function ofClock(place: Place): readonly Move[] {
  const { model, state, name, local } = place;
  const { world } = state;
  const open = local.calls.some(({ op }) => op !== 'mailboxes.receive');
  if (!may(world, 'set') || local.finished || open) return [];
  return (model.config.setMs ?? []).map((ms) => {
    const offsets = { ...world.offsets, [name]: (world.offsets[name] ?? 0) + ms };
    const what = `has its clock set ${ms < 0 ? 'back' : 'forward'} by ${Math.abs(ms)} ms`;
    return step(place, 'outside', what, { setMs: ms }, { ...spend(world, 'set'), offsets });
  });
}

function thaw(place: Place): Move {
  const { world } = place.state;
  const thawed = { ...world, frozen: world.frozen.filter((one) => one !== place.name) };
  return step(place, 'outside', 'thaws', { now: world.now, late: true }, thawed);
}

function ofMessages({ world, locals }: State): readonly Move[] {
  if (!may(world, 'lose')) return [];
  return world.queues.flatMap((queue) =>
    queue.messages.map((message): Move => {
      const { by, text } = message;
      const lost = excuseArmed(taken(spend(world, 'lose'), queue, [message]), nonceIn(text), ARM_MS, by);
      return { label: `${doorbell(message)} is lost`, kind: 'outside', state: { world: lost, locals } };
    }),
  );
}

/** Whoever has aborted a receive sleeps shortly while that may take doorbells. */
function ofAbandoned({ world, locals }: State, name: string, address: string): readonly Move[] {
  const queue = queueAt(world, address);
  if (!queue || !may(world, 'rob')) return [];
  return queue.messages.map((message): Move => {
    const { by, text } = message;
    const excused = { nonce: nonceIn(text), by, until: world.now + ROBBED_MS };
    const robbed = excuse(taken(spend(world, 'rob'), queue, [message]), [excused]);
    const label = `${doorbell(message)} is taken by a receive that ${name} has aborted`;
    return { label, kind: 'outside', state: { world: robbed, locals } };
  });
}

/** What happens to the tables without a process: TTL and late effects. */
function ofTables(model: Model, state: State): readonly Move[] {
  const { world, locals } = state;
  const moves: Move[] = [];
  const outside = (label: string, next: World, violation?: Violation) =>
    moves.push({ label, kind: 'outside', state: { world: next, locals }, violation });
  for (const block of world.blocks) {
    if (!isExpired(block, world) || (model.config.folders && !isFolded(world, block))) continue;
    const blocks = world.blocks.filter((one) => one !== block);
    outside(`block ${block.first} expires`, { ...world, blocks });
  }
  for (const item of world.states) {
    if (!item.expires || Number(item.expires.N) * 1_000 >= world.now) continue;
    const states = world.states.filter((one) => one !== item);
    outside(`the table forgets that ${item.key?.S} was deleted`, { ...world, states });
  }
  for (const stray of world.strays) {
    const [outcome] = model.outcomes(state, stray.by, stray);
    if (!outcome) continue;
    const strays = world.strays.filter((one) => one !== stray);
    const note = `${stray.by}'s late ${stray.op} takes effect: ${outcome.note ?? ''}`;
    outside(note, { ...unknown(world, outcome), strays }, outcome.violation);
  }
  return moves;
}

/** The table of events is dropped and made anew, while nobody asks it anything. */
function ofDrop(model: Model, state: State): readonly Move[] {
  const { world, locals } = state;
  if (!may(world, 'drop')) return [];
  const inUse = model.machines.some((_, at) =>
    model.local(state, at).calls.some(({ op }) => op.startsWith('log.') || op.startsWith('records.')),
  );
  if (inUse) return [];
  const { given, past } = world;
  const empty = {
    ...spend(world, 'drop'),
    blocks: [],
    digests: [],
    life: null,
    given: [],
    past: [...past, ...given],
  };
  return [pass(model, { world: empty, locals }, world.now + DROP_MS, 'the table of events is made anew')];
}

function ofTime(model: Model, state: State): readonly Move[] {
  const { world } = state;
  const moves: Move[] = [];
  const spent = (fault: Fault) => ({ ...state, world: spend(world, fault) });
  const due = may(world, 'tick') ? nextDue(model, state) : undefined;
  if (due !== undefined) moves.push(pass(model, spent('tick'), due, `${due - world.now} ms pass`));
  const { jumpMs } = model.config;
  const busy = model.machines.some(
    ({ name }, at) => !(name in model.config.pollers) && model.local(state, at).calls.length > 0,
  );
  if (jumpMs === undefined || !may(world, 'jump') || (busy && model.config.retentionMs !== undefined))
    return moves;
  const then = world.now + jumpMs;
  const spentJump = spent('jump');
  moves.push(pass(model, spentJump, then, `${jumpMs} ms pass`));
  if (!may(world, 'freeze')) return moves;
  for (const name of Object.keys(model.config.pollers)) {
    const frozen = { ...spend(spentJump.world, 'freeze'), frozen: [...world.frozen, name] };
    moves.push(pass(model, { ...state, world: frozen }, then, `${name} freezes, ${jumpMs} ms pass`));
  }
  return moves;
}

/** When the next pause of anyone ends, or the next receive. */
function nextDue(model: Model, state: State): number | undefined {
  const dues = model.machines.flatMap(({ name }, at) => {
    if (state.world.frozen.includes(name)) return [];
    const { calls, due } = model.local(state, at);
    const receives = calls
      .filter(({ op }) => op === 'mailboxes.receive')
      .map(({ at: asked, args }) => asked + Number(args[1]) * 1_000);
    return due === undefined ? receives : [...receives, due];
  });
  const later = dues.filter((due) => due > state.world.now);
  return later.length > 0 ? Math.min(...later) : undefined;
}

/** Time goes on to `now`; whoever runs does what it had planned for the time between. */
function pass(model: Model, state: State, now: number, label: string): Move {
  let next: State = { ...state, world: { ...state.world, now } };
  let violation: Violation | undefined;
  for (const [at, { name }] of model.machines.entries()) {
    const { due } = model.local(next, at);
    if (due === undefined || due > now || next.world.frozen.includes(name)) continue;
    const made = model.step(next, at, { now, late: false }, next.world);
    next = made.state;
    violation ??= made.violation;
  }
  return { label, kind: 'outside', state: next, violation };
}
