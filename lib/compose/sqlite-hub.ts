/** The composition root of a hub on one file. The only file in `lib/` that knows `lib/sqlite`. */

import type { ChannelPorts } from '../channels/channels.ts';
import type { StateRows } from '../channels/transfer.ts';
import type { Environment } from '../config.ts';
import type { Cursors } from '../cursors/ports.ts';
import { WriteBehindCursors } from '../cursors/write-behind.ts';
import { Appender } from '../log/append/appender.ts';
import type { ChannelRecords, Directory, EventLog, IdDigests, StreamStore } from '../log/ports.ts';
import { HeadReader, readFollowing } from '../log/read/head-reader.ts';
import { HeldPolls } from '../poll/held-polls.ts';
import { RepeatLimiter } from '../poll/repeat-limiter.ts';
import { AfterResponse } from '../runtime/after-response.ts';
import type { Clock } from '../runtime/ports.ts';
import { systemLoop, systemRandom } from '../runtime/system.ts';
import { SqliteChannelRecords } from '../sqlite/channel-records.ts';
import { SqliteCursors } from '../sqlite/cursors.ts';
import { Database } from '../sqlite/database.ts';
import { SqliteEventLog } from '../sqlite/event-log.ts';
import { SqliteIdDigests } from '../sqlite/id-digests.ts';
import { Retention } from '../sqlite/retention.ts';
import { SqliteStateStore } from '../sqlite/state-store.ts';
import { SqliteStreamStore } from '../sqlite/stream-store.ts';
import type { StateStore } from '../state/ports.ts';
import { keepPurged } from '../streams/keep-purged.ts';
import type { Logger } from '../telemetry/ports.ts';
import { InProcessBell } from '../wakeup/in-process-bell.ts';
import { LoneMailbox, NO_WAITERS } from '../wakeup/lone-mailbox.ts';
import { WatchRegistry } from '../wakeup/watch-registry.ts';
import { gateOf } from './auth.ts';
import { type Base, type Compose, type HubPorts, type HubSeams, LINGER_MS } from './hub-ports.ts';
import {
  cursorDelayMs,
  cursorMs,
  durability,
  maxHeldPolls,
  maxHeldPollsPerToken,
  repeatsPerSecond,
  retentionMs,
} from './settings.ts';

/** What is kept in the file. */
export interface FileStores {
  readonly log: EventLog;
  readonly records: ChannelRecords;
  readonly directory: Directory;
  readonly cursors: Cursors;
  readonly states: StateStore & StateRows;
  readonly streams: StreamStore;
  readonly digests: IdDigests;
}

export interface HubFile {
  readonly file: string;
  readonly stores: FileStores;
  readonly compose: Compose;
  /** Deletes what has expired, a little at a time, and moves the write-ahead log into the file, until it is stopped. */
  keepTidy(): { stop(): Promise<void> };
  /** Nothing may be read or written afterwards. */
  close(): void;
}

/**
 * Opens the file, and makes it when it is missing; `:memory:` keeps nothing. Throws an error whose message is for the operator where a setting
 * is out of its range, or the file is in use, another program's, of a newer version or damaged.
 */
export function openHubFile(
  file: string,
  env: Environment,
  { clock, logger }: { readonly clock: Clock; readonly logger: Logger },
): HubFile {
  const keepMs = cursorMs(env);
  const db = Database.open({ file, durability: durability(env), logger });
  const streams = new SqliteStreamStore(db);
  const records = new SqliteChannelRecords(db, clock, streams);
  const states = new SqliteStateStore(db);
  const log = new SqliteEventLog(db, states);
  const digests = new SqliteIdDigests(db);
  const cursors = new SqliteCursors(db);
  const stores = { log, records, streams, digests, directory: records, cursors, states };
  return {
    file: db.file,
    stores,
    compose: (common, seams) => ({
      ports: portsOn(stores, () => db.probe(), env, common, seams),
      gate: gateOf(env, common),
    }),
    keepTidy() {
      const retention = new Retention({ db, clock, logger, keepMs }).start();
      const stopCheckpoints = db.keepCheckpointed(clock);
      const headReader = new HeadReader({ log, records, clock });
      const purging = keepPurged({ log, records, streams, headReader, clock, random: systemRandom }, logger);
      return {
        stop() {
          retention.stop();
          purging.stop();
          return stopCheckpoints();
        },
      };
    },
    close: () => db.close(),
  };
}

function portsOn(
  { log: events, records, directory, streams, digests, cursors: table, states }: FileStores,
  probe: () => void,
  env: Environment,
  common: Base,
  { loop = systemLoop }: HubSeams,
): HubPorts {
  const delayMs = cursorDelayMs(env);
  const late = delayMs === 0 ? undefined : new WriteBehindCursors({ ...common, table, delayMs });
  const cursors = late ?? table;
  const headReader = new HeadReader({ log: events, records, clock: common.clock });
  const log = readFollowing(events, headReader);
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
  const streaming = { ...poll, log: events, records, streams, appender, bell };
  const state = { log, headReader, states };
  return { poll, publish: { appender, bell }, bell, streams: streaming, channels, state, late };
}
