/** What is measured. A case is one scenario at one size; every server gets a fresh start for each. */

/** Readers that wait, events that are published, and what came of it. */
export interface LoadCase {
  readonly kind: 'load';
  /** On each channel. */
  readonly readers: number;
  readonly channels: number;
  /** Published in all, in turn to each channel, after a warm-up of `warmUp`. */
  readonly events: number;
  readonly warmUp: number;
  /** Of an event's JSON. */
  readonly bytes: number;
  readonly pace: { readonly everyMs: number } | { readonly inFlight: number };
  /** By server-sent events, and not by polls. */
  readonly streams?: boolean;
  /** Each reader hangs up at random times, this long apart in the mean. */
  readonly hangUpMeanMs?: number;
}

/** Readers that wait, and what they weigh. */
export interface IdleCase {
  readonly kind: 'idle';
  readonly readers: number;
}

export type Case = LoadCase | IdleCase;

export type Scenario =
  | 'latency'
  | 'fan-out'
  | 'streams'
  | 'burst'
  | 'hang-ups'
  | 'idle'
  | 'size'
  | 'channels';

export interface NamedCase {
  readonly scenario: Scenario;
  /** What varies inside the scenario: readers, bytes or channels. */
  readonly size: number;
  readonly what: Case;
}

const USUAL: LoadCase = {
  kind: 'load',
  readers: 1,
  channels: 1,
  events: 50,
  warmUp: 5,
  bytes: 100,
  pace: { everyMs: 100 },
};

/** 10,000 readers take a Node server and this generator about half a second for each event: at 10/s a queue would be measured, not a server. */
const HUGE = { events: 10, warmUp: 2, pace: { everyMs: 2_000 } };

const CASES: readonly NamedCase[] = [
  load('latency', 1, { events: 300, warmUp: 30, pace: { everyMs: 50 } }),
  ...[10, 100, 1_000].map((readers) => load('fan-out', readers, { readers })),
  load('fan-out', 10_000, { readers: 10_000, ...HUGE }),
  load('streams', 1_000, { readers: 1_000, streams: true }),
  load('streams', 10_000, { readers: 10_000, streams: true, ...HUGE }),
  load('burst', 2_000, { events: 2_000, warmUp: 100, pace: { inFlight: 16 } }),
  load('hang-ups', 20, { readers: 20, events: 200, pace: { everyMs: 50 }, hangUpMeanMs: 300 }),
  ...[100, 1_000, 10_000].map((readers) => idle(readers)),
  ...[100, 10_240, 204_800].map((bytes) => load('size', bytes, { readers: 10, bytes })),
  ...[1, 10, 100].map((channels) => load('channels', channels, spread(channels))),
];

/** As many events and deliveries in all, whatever the number of channels: 100 events/s, each to 10 readers. */
function spread(channels: number): Partial<LoadCase> {
  return { readers: 10, channels, events: 300, warmUp: 3 * channels, pace: { everyMs: 10 } };
}

/** Enough to see that everything works, in a few seconds for each server. Not for figures. */
const QUICK_EVENTS = 20;
const QUICK_BURST = 200;
const QUICK_READERS = 1_000;

export const SCENARIOS: readonly Scenario[] = [...new Set(CASES.map(({ scenario }) => scenario))];

/** The cases of these scenarios, in the order in which they are run. */
export function casesOf(scenarios: readonly Scenario[], quick: boolean): readonly NamedCase[] {
  const chosen = CASES.filter(({ scenario }) => scenarios.includes(scenario));
  return quick ? chosen.filter(({ what }) => what.readers <= QUICK_READERS).map(shortened) : chosen;
}

function shortened(one: NamedCase): NamedCase {
  const { what } = one;
  if (what.kind === 'idle') return one;
  const events = Math.min(what.events, 'inFlight' in what.pace ? QUICK_BURST : QUICK_EVENTS);
  return { ...one, what: { ...what, events, warmUp: Math.min(what.warmUp, 5 * what.channels) } };
}

function load(scenario: Scenario, size: number, what: Partial<LoadCase>): NamedCase {
  return { scenario, size, what: { ...USUAL, ...what } };
}

function idle(readers: number): NamedCase {
  return { scenario: 'idle', size: readers, what: { kind: 'idle', readers } };
}
