/** A deploy whose limits are out of their ranges is refused before anything is made: every poll would fail, or the deploy half-way. */

import {
  cursorMs,
  maxHeldPolls,
  maxHeldPollsPerToken,
  repeatsPerSecond,
  retentionMs,
  whole,
} from '../../lib/config.ts';
import type { Service } from '../emulators/service.ts';

/** Throws an error whose message is for whoever deploys. */
export function checkLimits({ functions, custom: { checked = {} } = {} }: Service): void {
  checkParameters(checked);
  for (const [name, { environment = {} }] of Object.entries(functions)) {
    // What CloudFormation works out is not known yet.
    const known = Object.entries(environment).filter(([, value]) => typeof value !== 'object');
    const env = Object.fromEntries(known.map(([variable, value]) => [variable, String(value)]));
    try {
      for (const read of [maxHeldPolls, maxHeldPollsPerToken, repeatsPerSecond, retentionMs, cursorMs])
        read(env);
    } catch (error) {
      throw new Error(`${name}: ${(error as Error).message}`, { cause: error });
    }
  }
}

/** Of API Gateway and Lambda: AWS's documentation of PerExecutionEnvironmentMaxConcurrency has 1600. */
const RANGES = {
  requestsPerSecond: { least: 1, most: 1_000_000 },
  requestsAtOnce: { least: 1, most: 1_000_000 },
  pollConcurrency: { least: 1, most: 1_000_000 },
  managedConcurrency: { least: 1, most: 1_600 },
  managedLeast: { least: 0, most: 10_000 },
  managedMost: { least: 1, most: 10_000 },
} as const;

/** What is on or off. CloudFormation would take another word for off, or fail half-way. */
const SWITCHES = ['deletionProtection', 'adoptTable', 'sampleProducer'] as const;

/** Whether a parameter of the deploy is switched on. */
export function isOn({ custom: { checked = {} } = {} }: Service, name: (typeof SWITCHES)[number]): boolean {
  return String(checked[name]) === 'true';
}

function checkParameters(checked: Readonly<Record<string, unknown>>): void {
  const texts = Object.fromEntries(Object.entries(checked).map(([name, value]) => [name, String(value)]));
  const number = (name: keyof typeof RANGES) => whole(texts, name, RANGES[name].least, RANGES[name]);
  for (const name of Object.keys(RANGES) as ReadonlyArray<keyof typeof RANGES>) number(name);
  for (const name of SWITCHES) {
    const word = texts[name];
    if (word !== undefined && word !== 'true' && word !== 'false')
      throw new Error(`${name} must be true or false, got ${JSON.stringify(word)}`);
  }
  if (number('managedLeast') > number('managedMost'))
    throw new Error(
      `managedLeast must be at most managedMost, got ${texts.managedLeast} and ${texts.managedMost}`,
    );
  if (!texts.managedSubnets !== !texts.managedSecurityGroups)
    throw new Error('managedSubnets and managedSecurityGroups belong together: give both, or none');
}
