/** The composition root of a hub on one file. The only file in `lib/` that knows `lib/sqlite`. */

import type { StateRows } from '../channels/transfer.ts';
import type { Environment } from '../config.ts';
import type { StreamListing } from '../log/ports.ts';
import { HeadReader } from '../log/read/head-reader.ts';
import type { Clock } from '../runtime/ports.ts';
import { systemRandom } from '../runtime/system.ts';
import { SqliteChannelRecords } from '../sqlite/channel-records.ts';
import { SqliteCursors } from '../sqlite/cursors.ts';
import { Database } from '../sqlite/database.ts';
import { SqliteEventLog } from '../sqlite/event-log.ts';
import { SqliteExpectations } from '../sqlite/expectations.ts';
import { SqliteIdDigests } from '../sqlite/id-digests.ts';
import { SqliteRedactions } from '../sqlite/redactions.ts';
import { Retention } from '../sqlite/retention.ts';
import { SqliteStateStore } from '../sqlite/state-store.ts';
import { SqliteStreamStore } from '../sqlite/stream-store.ts';
import { keepPurged } from '../streams/keep-purged.ts';
import type { Logger } from '../telemetry/ports.ts';
import { gateOf } from './auth.ts';
import type { Compose } from './hub-ports.ts';
import { type LoneStores, loneHub } from './lone-hub.ts';
import { cursorMs, durability } from './settings.ts';

export interface HubFile {
  readonly file: string;
  readonly stores: LoneStores & { readonly states: StateRows; readonly streams: StreamListing };
  readonly compose: Compose;
  /** Deletes what has expired, a little at a time, and moves the write-ahead log into the file, until it is stopped. */
  keepTidy(): { stop(): Promise<void> };
  /** Nothing may be read or written afterwards. False where not all of it is in the file itself (`Database.close`): then the file must not be moved alone. */
  close(): boolean;
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
  const expectations = new SqliteExpectations(db);
  const redactions = new SqliteRedactions(db);
  const cursors = new SqliteCursors(db);
  const stores = {
    log,
    records,
    streams,
    digests,
    directory: records,
    cursors,
    states,
    expectations,
    redactions,
  };
  return {
    file: db.file,
    stores,
    compose: (common, seams) => ({
      ports: loneHub(stores, () => db.probe(), env, common, seams),
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
