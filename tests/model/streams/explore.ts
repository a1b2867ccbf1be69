/** The search through one configuration of streams. */

import { numberOf } from '../intern.ts';
import { type Explored, search } from '../search.ts';
import type { StreamConfig } from './config.ts';
import { type State, StreamModel } from './model.ts';
import type { StreamMutation } from './mutation.ts';
import { type Property, stateViolation } from './properties.ts';
import { shared } from './world.ts';

/** No configuration is meant to be larger; one that is has lost its bounds. */
const MOST = 200_000;
/** Three processes that each do a whole request, with pauses. */
const ENDLESS = 150;

export function explore(
  config: StreamConfig,
  mutation?: StreamMutation,
  doubleCheck = false,
): Promise<Explored<Property>> {
  const model = new StreamModel(config, mutation, doubleCheck);
  return search<State, Property>({
    name: config.name,
    machines: model.machines,
    most: MOST,
    endless: ENDLESS,
    first: () => model.initial(),
    tidied: ({ world, locals }) => ({ world: shared(world), locals }),
    keyOf: ({ world, locals }) => `${numberOf(world)} ${locals.join()}`,
    look: (state) => ({
      moves: model.moves(state),
      violation: stateViolation(state.world, model.standings(state)),
    }),
  });
}
