/** A deploy whose limits are out of their ranges is refused before anything is made: every poll would fail. */

import { maxHeldPolls, maxHeldPollsPerToken, repeatsPerSecond } from '../lib/config.ts';
import type { Service } from './service.ts';

/** Throws an error whose message is for whoever deploys. */
export function checkLimits({ functions }: Service): void {
  for (const [name, { environment = {} }] of Object.entries(functions)) {
    // What CloudFormation works out is not known yet.
    const known = Object.entries(environment).filter(([, value]) => typeof value !== 'object');
    const env = Object.fromEntries(known.map(([variable, value]) => [variable, String(value)]));
    try {
      for (const read of [maxHeldPolls, maxHeldPollsPerToken, repeatsPerSecond]) read(env);
    } catch (error) {
      throw new Error(`${name}: ${(error as Error).message}`, { cause: error });
    }
  }
}
