/**
 * A hub that stands alone: nobody else has its log, so nobody else is to be rung. Where the log is kept is the caller's: a file (`sqlite-hub.ts`), or the
 * memory of a test.
 */

import type { ChannelPorts } from '../channels/channels.ts';
import type { Environment } from '../config.ts';
import type { Cursors } from '../cursors/ports.ts';
import { WriteBehindCursors } from '../cursors/write-behind.ts';
import { Arming } from '../expectations/arming.ts';
import type { ExpectationStore } from '../expectations/ports.ts';
import { Appender } from '../log/append/appender.ts';
import type {
  ChannelRecords,
  Directory,
  EventLog,
  IdDigests,
  Redactions,
  StreamStore,
} from '../log/ports.ts';
import { HeadReader, readFollowing } from '../log/read/head-reader.ts';
import { readInTurns } from '../log/read/limited-reads.ts';
import { HeldPolls } from '../poll/held-polls.ts';
import { RepeatLimiter } from '../poll/repeat-limiter.ts';
import { AfterResponse } from '../runtime/after-response.ts';
import { systemLoop } from '../runtime/system.ts';
import { Turns } from '../runtime/turns.ts';
import type { StateStore } from '../state/ports.ts';
import { KnownStreams } from '../streams/known-streams.ts';
import { InProcessBell } from '../wakeup/in-process-bell.ts';
import { LoneMailbox, NO_WAITERS } from '../wakeup/lone-mailbox.ts';
import { WatchRegistry } from '../wakeup/watch-registry.ts';
import { teller } from './expectations.ts';
import { type Base, type HubPorts, type HubSeams, LINGER_MS } from './hub-ports.ts';
import { statesOfIncarnations } from './lone-states.ts';
import {
  cursorDelayMs,
  maxHeldPolls,
  maxHeldPollsPerToken,
  repeatsPerSecond,
  retentionMs,
} from './settings.ts';

/** What is kept. */
export interface LoneStores {
  readonly log: EventLog;
  readonly records: ChannelRecords;
  readonly directory: Directory;
  readonly cursors: Cursors;
  readonly states: StateStore;
  readonly streams: StreamStore;
  readonly digests: IdDigests;
  readonly expectations: ExpectationStore;
  readonly redactions: Redactions;
}

/** `probe` throws while nothing can be written. */
export function loneHub(
  {
    log: events,
    records,
    directory,
    streams,
    digests,
    cursors: table,
    states: kept,
    expectations,
    redactions,
  }: LoneStores,
  probe: () => void,
  env: Environment,
  common: Base,
  { loop = systemLoop, schemas }: HubSeams,
): HubPorts {
  const delayMs = cursorDelayMs(env);
  const late = delayMs === 0 ? undefined : new WriteBehindCursors({ ...common, table, delayMs });
  const cursors = late ?? table;
  const turns = new Turns(common.clock, loop);
  const inTurns = readInTurns(events, turns);
  const headReader = new HeadReader({ log: inTurns, records, clock: common.clock });
  const log = readFollowing(inTurns, headReader);
  const states = statesOfIncarnations(kept, records, turns);
  const mailbox = new LoneMailbox(common);
  const waiters = NO_WAITERS;
  const watching = { ...common, log, headReader, waiters, mailbox };
  const watchRegistry = new WatchRegistry({ ...watching, lingerMs: LINGER_MS, soon: loop.soon });
  const poll = {
    ...common,
    log,
    headReader,
    cursors,
    // Whoever held a poll in an earlier life of this process is gone.
    mailboxes: { send: async () => 'gone' as const },
    mailbox,
    watchRegistry,
    held: new HeldPolls(maxHeldPolls(env), maxHeldPollsPerToken(env)),
    afterResponse: new AfterResponse(common.logger),
    repeatLimiter: new RepeatLimiter(common.clock, repeatsPerSecond(env)),
  };
  const retention = { retentionMs: retentionMs(env) };
  const appender = new Appender({
    ...common,
    ...retention,
    log: events,
    records,
    digests,
    streams,
    arrivals: loop.nextTick,
    isAlone: true,
  });
  const told = () => new Promise<void>((resolve) => loop.soon(resolve));
  // There are no others to ring.
  const bell = new InProcessBell({
    bell: { ring: async () => undefined },
    watchRegistry,
    told,
    written: loop.nextTick,
  });
  const channels: ChannelPorts = {
    ...common,
    log,
    headReader,
    directory,
    cursors,
    probe: async () => probe(),
  };
  const knownStreams = new KnownStreams(common.clock);
  const streaming = { ...poll, log: inTurns, records, streams, appender, bell, knownStreams, schemas };
  const state = { log, headReader, states };
  const expecting = new Arming({ ...common, expectations });
  const publish = { appender, bell, expecting, schemas };
  const erasing = { ...streaming, redactions };
  const ticking = { ...common, expectations, log, headReader, tell: teller(publish) };
  return { poll, publish, bell, streams: streaming, channels, erasing, state, ticking, late };
}
