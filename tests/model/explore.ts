/** The search through one configuration of Doorbell. */

import type { Config } from './config.ts';
import { numberOf } from './intern.ts';
import { Model, type State } from './model.ts';
import { movesOf } from './moves.ts';
import type { Mutation } from './mutation.ts';
import { type Property, stateViolation } from './properties.ts';
import { type Explored, search } from './search.ts';
import { addressOf, shared, type World } from './world.ts';

export { story } from './search.ts';

/** No configuration is meant to be larger; one that is has lost its bounds. */
const MOST = 200_000;
const MOST_IF_LARGE = 1_000_000;
/** The longest run that ends has about 20. */
const ENDLESS = 25;

/** `doubleCheck`: every step is also taken by code that came to its state another way, to see that it was one state. */
export function explore(
  config: Config,
  mutation?: Mutation,
  doubleCheck = false,
): Promise<Explored<Property>> {
  const model = new Model(config, mutation, doubleCheck);
  return search<State, Property>({
    name: config.name,
    machines: model.machines,
    most: config.large ? MOST_IF_LARGE : MOST,
    endless: ENDLESS,
    first: () => model.initial(),
    tidied: (state) => tidied(model, state),
    keyOf,
    look(state) {
      const { moves, standings } = movesOf(model, state);
      return { moves, violation: stateViolation(state.world, standings) };
    },
  });
}

function keyOf({ world, locals }: State): string {
  return `${numberOf(world)} ${locals.join()}`;
}

/** The state without what nobody will ever look at again: letters that nobody receives, excuses that count no more. */
function tidied(model: Model, state: State): State {
  const { world, locals } = state;
  const some = world.excuses.length > 0 || world.queues.some(({ messages }) => messages.length > 0);
  if (!some) return { locals, world: shared(world) };
  const live = model.machines.map((_, at) => model.local(state, at)).filter(({ finished }) => !finished);
  const calls = live.flatMap((local) => local.calls);
  const receiving = calls.filter(({ op }) => op === 'mailboxes.receive').map(({ args }) => args[0]);
  const finished = model.machines.filter((_, at) => model.local(state, at).finished).map(({ name }) => name);
  const nobody = (mailbox: string) =>
    !receiving.includes(addressOf(mailbox)) &&
    finished.some((name) => mailbox.startsWith(`mailbox-${name}.`));
  const nonces = new Set(live.map(({ nonce }) => nonce));
  const counts = ({ nonce, until }: World['excuses'][number]) => until > world.now && nonces.has(nonce);
  const unread = world.queues.some(({ name, messages }) => messages.length > 0 && nobody(name));
  const queues = world.queues.map((queue) => (nobody(queue.name) ? { ...queue, messages: [] } : queue));
  const excuses = world.excuses.filter(counts);
  return {
    locals,
    world: shared({
      ...world,
      queues: unread ? queues : world.queues,
      excuses: excuses.length < world.excuses.length ? excuses : world.excuses,
    }),
  };
}
