/**
 * The load: producers and readers that behave as badly as real ones, until they are told to stop; then everyone reads up to the end, and
 * an auditor reads every channel from the first event. All of it goes into the history. Uses channels and client ids of its own.
 */

import { setMaxListeners } from 'node:events';
import type { History } from '../history.ts';
import { random } from '../random.ts';
import { Network, type Target } from './network.ts';
import type { Party, Run } from './party.ts';
import type { Memory, Reader } from './polling.ts';
import { produce } from './producer.ts';
import { drain, follow, type Habit } from './reader.ts';
import { noteStandstills } from './standstill.ts';
import { lastStates, watchStates } from './state-reader.ts';

export interface LoadOptions {
  readonly seed: number;
  readonly producers: number;
  readonly readers: number;
  readonly channels: number;
  /** Events per second, of all producers together. */
  readonly rate: number;
  /** How long a reader that polls may wait for an event, in ms. */
  readonly boundMs: number;
  /** Whether events are large now; by default most are small. */
  readonly areLarge?: () => boolean;
}

const HABITS = ['plain', 'shared', 'shared', 'cursor', 'newcomer'] as const satisfies readonly Habit[];
/** Reading up to the end may take so long, of all readers together, and so many at a time: it is no test of the server's breath. */
const DRAIN_MS = 120_000;
const DRAIN_AT_ONCE = 8;
/** Which ways readers have here is known by then, or it is the usual one alone. */
const PROBE_MS = 5_000;
/** Cursors are forgotten this many at a time, and no longer than this. */
const FORGET_AT_ONCE = 4;
const FORGET_MS = 10_000;

/** Returns when all have read up to the end, or could not. Throws `Refused` when the server lets nobody in. */
export async function runLoad(
  options: LoadOptions,
  target: Target,
  history: History,
  until: AbortSignal,
): Promise<void> {
  const refused = new AbortController();
  const prefix = `verify-${options.seed}-${Date.now().toString(36)}`;
  const [first = prefix, ...others] = numbered(options.channels).map((n) => `${prefix}-${n}`);
  const over = AbortSignal.any([until, refused.signal]);
  // Each request under way listens: of ten readers, and the one of states, Node would warn that they leak.
  setMaxListeners(0, over);
  const ways = await waysOf(target, first);
  const run: Run = {
    ...options,
    ...ways,
    target,
    history,
    channels: [first, ...others],
    over,
    heads: new Map(),
  };
  const producers = numbered(options.producers).map((n) => newParty(run, `producer-${n}`));
  const readers = numbered(options.readers).map((n) => newReader(run, prefix, n));
  const auditors = run.channels.map((channel, i) => newAuditor(run, channel, i + 1));
  const observer = newParty(run, 'state-reader');
  const everyone: readonly Party[] = [
    ...producers,
    ...readers.map(({ reader }) => reader),
    ...auditors,
    observer,
  ];
  const stopAll = (error: unknown) => {
    refused.abort(error);
    throw error;
  };
  const unwatch = noteStandstills(history);
  try {
    await Promise.all([
      ...producers.map((party) => produce(party, options.rate / options.producers).catch(stopAll)),
      ...readers.map(({ reader, habit }) => follow(reader, habit).catch(stopAll)),
      watchStates(observer).catch(stopAll),
    ]);
    const unfinished: string[] = [];
    // Before the others, who so read whatever it was given.
    if (!(await lastStates(observer))) unfinished.push(observer.name);
    const deadline = performance.now() + DRAIN_MS;
    await someAtOnce(DRAIN_AT_ONCE, [...readers.map(({ reader }) => reader), ...auditors], async (reader) => {
      if (!(await drain(reader, deadline))) unfinished.push(reader.name);
    });
    history.add({ kind: 'end', unfinished });
    await forget(run, everyone[0]?.network);
  } finally {
    unwatch();
    for (const { network } of everyone) network.close();
  }
}

/** Whether the server answers us so, of a channel of ours: a new one has no event, and is answered at once. */
async function waysOf(
  target: Target,
  channel: string,
): Promise<Required<Pick<Run, 'sharesPolls' | 'waitsDirectly'>>> {
  const network = new Network(target);
  const isServed = async (method: 'GET' | 'POST', path: string) => {
    const outcome = await network.request({ method, path, timeoutMs: PROBE_MS });
    return outcome.kind !== 'cut' && outcome.status === 200;
  };
  const [sharesPolls, waitsDirectly] = await Promise.all([
    isServed('GET', `/v1/shared/${channel}/events`),
    isServed('POST', `/v1/channels/${channel}/waits?maxvid=0`),
  ]);
  network.close();
  return { sharesPolls, waitsDirectly };
}

function newParty(run: Run, name: string): Party {
  return { run, name, network: new Network(run.target), chance: random(run.seed, name) };
}

/** The `n`-th reader: every other one follows several channels; two that share a client id follow the same channel. */
function newReader(run: Run, prefix: string, n: number): { readonly reader: Reader; readonly habit: Habit } {
  const habit = HABITS[(n - 1) % HABITS.length] ?? 'plain';
  const party = newParty(run, `reader-${n}`);
  const sharing = Math.ceil(n / HABITS.length);
  const many = habit !== 'shared' && run.channels.length > 1 && party.chance.chance(0.5);
  const own = habit === 'shared' ? sharing : n;
  const channels = many
    ? run.channels.slice(0, party.chance.integer(2, Math.min(10, run.channels.length)))
    : [run.channels[own % run.channels.length] ?? run.channels[0]];
  const start = habit === 'newcomer' ? undefined : 0;
  const follows = new Map(channels.map((channel): [string, Memory] => [channel, memory(start)]));
  const anonymous = habit === 'newcomer' || (habit === 'plain' && party.chance.chance(0.5));
  const client = habit === 'shared' ? `${prefix}-shared-${sharing}` : `${prefix}-${n}`;
  // Who has no name of its own may share.
  const shares = run.sharesPolls === true && anonymous && !many;
  // A direct wait is superseded by nothing, so it would not be seen who shares an id.
  const waitsDirectly = run.waitsDirectly === true && habit !== 'shared';
  return {
    reader: { ...party, follows, client: anonymous ? undefined : client, shares, waitsDirectly },
    habit,
  };
}

function newAuditor(run: Run, channel: string, n: number): Reader {
  return {
    ...newParty(run, `auditor-${n}`),
    follows: new Map([[channel, memory(0)]]),
    client: undefined,
  };
}

function memory(maxvid: number | undefined): Memory {
  return { maxvid, epoch: undefined, placedAs: undefined };
}

/** Leaves no cursors behind, where that is possible. */
async function forget({ history }: Run, network: Network | undefined): Promise<void> {
  const paths = history.entries.flatMap((entry) => {
    if (entry.kind !== 'poll' || entry.client === undefined) return [];
    return entry.places.map(({ channel }) => `/v1/channels/${channel}/clients/${entry.client}`);
  });
  const deadline = performance.now() + FORGET_MS;
  await someAtOnce(FORGET_AT_ONCE, [...new Set(paths)], async (path) => {
    const timeoutMs = Math.ceil(deadline - performance.now());
    if (timeoutMs > 0) await network?.request({ method: 'DELETE', path, timeoutMs });
  });
}

/** Does each, `atOnce` of them at a time. */
async function someAtOnce<T>(
  atOnce: number,
  items: readonly T[],
  act: (item: T) => Promise<void>,
): Promise<void> {
  const left = [...items];
  const work = async () => {
    for (let item = left.shift(); item !== undefined; item = left.shift()) await act(item);
  };
  await Promise.all(Array.from({ length: atOnce }, work));
}

function numbered(count: number): number[] {
  return Array.from({ length: count }, (_, i) => i + 1);
}
