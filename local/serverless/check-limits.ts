/** A deploy whose limits are out of their ranges is refused before anything is made: every poll would fail, or the deploy half-way. */

import { DEPLOYED } from '../../lib/compose/settings.ts';
import { SETTINGS, wholeWithin } from '../../lib/config.ts';
import type { Service } from '../emulators/service.ts';

/** Parameters that the functions read as environment, and how these read them. */
const READ_BY_FUNCTIONS = Object.entries(DEPLOYED).map(([name, read]) => ({
  parameter: SETTINGS[name as keyof typeof DEPLOYED].parameter,
  read,
}));

/** Throws one error whose message has a line for each wrong parameter, for whoever deploys. */
export function checkLimits(service: Service): void {
  const { custom: { checked = {} } = {} } = service;
  const wrong = [...wrongParameters(checked), ...wrongEnvironment(service)];
  if (wrong.length > 0) throw new Error(wrong.join('\n'));
}

/** What a function would refuse when it starts: once, though several functions are told the same. */
function wrongEnvironment({ functions }: Service): ReadonlySet<string> {
  const wrong = new Set<string>();
  for (const { environment = {} } of Object.values(functions)) {
    // What CloudFormation works out is not known yet.
    const known = Object.entries(environment).filter(([, value]) => typeof value !== 'object');
    const env = Object.fromEntries(known.map(([variable, value]) => [variable, String(value)]));
    for (const { parameter, read } of READ_BY_FUNCTIONS) {
      const message = thrownBy(() => read(env));
      if (message !== undefined) wrong.add(`${parameter}: ${message}`);
    }
  }
  return wrong;
}

function thrownBy(act: () => unknown): string | undefined {
  try {
    act();
    return undefined;
  } catch (error) {
    return (error as Error).message;
  }
}

/** Of API Gateway and Lambda: AWS's documentation of PerExecutionEnvironmentMaxConcurrency has 1600. */
const RANGES = {
  requestsPerSecond: { least: 1, most: 1_000_000 },
  requestsAtOnce: { least: 1, most: 1_000_000 },
  pollConcurrency: { least: 1, most: 1_000_000 },
  managedConcurrency: { least: 1, most: 1_600 },
  managedLeast: { least: 0, most: 10_000 },
  alarmConcurrency: { least: 1, most: 1_000_000 },
  managedMost: { least: 1, most: 10_000 },
  /** CloudFront waits for 60 s for its origin. */
  sharedHold: { least: 20, most: 55 },
} as const;

/** What is on or off. CloudFormation would take another word, as `TRUE`, for off, or fail half-way. */
const SWITCHES = [
  'deletionProtection',
  'adoptTable',
  'sampleProducer',
  'keepConditions',
  'alarms',
  'cdn',
] as const;

/** Whether a parameter of the deploy is switched on. */
export function isOn({ custom: { checked = {} } = {} }: Service, name: (typeof SWITCHES)[number]): boolean {
  return String(checked[name]) === 'true';
}

function wrongParameters(checked: Readonly<Record<string, unknown>>): readonly string[] {
  const texts = Object.fromEntries(Object.entries(checked).map(([name, value]) => [name, String(value)]));
  const number = (name: keyof typeof RANGES) => wholeWithin(texts, name, RANGES[name]);
  const numbers = (Object.keys(RANGES) as ReadonlyArray<keyof typeof RANGES>).map((name) =>
    thrownBy(() => number(name)),
  );
  const switches = SWITCHES.map((name) => {
    const word = texts[name];
    const isSwitch = word === undefined || word === 'true' || word === 'false';
    return isSwitch ? undefined : `${name} must be true or false, got ${JSON.stringify(word)}`;
  });
  const { managedLeast, managedMost, managedSubnets, managedSecurityGroups } = texts;
  const { alarms, alarmTopic, metrics } = texts;
  const { cdn, edgeTokenSecret, originShield, sharedHold = '20', directWait, secretParameter } = texts;
  const isLong = sharedHold !== '20';
  // One that is no number is among the numbers.
  const isCrossed = Number(managedLeast) > Number(managedMost);
  const together = [
    isCrossed
      ? `managedLeast must be at most managedMost, got ${managedLeast} and ${managedMost}`
      : undefined,
    !managedSubnets === !managedSecurityGroups
      ? undefined
      : 'managedSubnets and managedSecurityGroups belong together: give both, or none',
    directWait === 'true' && !secretParameter
      ? 'directWait signs tickets with what is derived from secretParameter: give it too, also beside an identity provider'
      : undefined,
    alarms === 'true' && metrics === 'none'
      ? 'alarms=true needs metrics=counts or all: a sweep that did not run is known by its metric'
      : undefined,
    alarms !== 'true' && alarmTopic ? 'alarmTopic is told by alarms: give it with alarms=true' : undefined,
    cdn !== 'true' && (edgeTokenSecret || originShield || isLong)
      ? 'edgeTokenSecret, originShield and sharedHold are of the CDN: give them with cdn=true'
      : undefined,
    isLong && managedSubnets
      ? 'sharedHold above 20 asks the function at an address of its own, which Managed Instances have not: give one of them'
      : undefined,
  ];
  return [...numbers, ...switches, ...together].filter((one) => one !== undefined);
}
