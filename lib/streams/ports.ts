/** What streams need of the world: the ports of the log, and of the waits on it. */

import type { Appender } from '../log/append/appender.ts';
import type { ChannelRecords, EventLog, Redactions, StreamStore } from '../log/ports.ts';
import type { HeadReader } from '../log/read/head-reader.ts';
import type { HeldPolls } from '../poll/held-polls.ts';
import type { ChannelSchemas } from '../publish/ports.ts';
import type { Clock, Random } from '../runtime/ports.ts';
import type { StateErasure } from '../state/ports.ts';
import type { Meter } from '../telemetry/ports.ts';
import type { Bell } from '../wakeup/bell.ts';
import type { Mailbox } from '../wakeup/mailbox.ts';
import type { WatchRegistry } from '../wakeup/watch-registry.ts';
import type { KnownStreams } from './known-streams.ts';

export interface StreamPorts {
  /** As it is: not followed to the log of a name's present life. */
  readonly log: EventLog;
  readonly records: Pick<ChannelRecords, 'get'>;
  readonly streams: StreamStore;
  readonly headReader: HeadReader;
  readonly clock: Clock;
  readonly random: Random;
}

export interface RedactPorts extends StreamPorts {
  readonly redactions: Redactions;
  /** Of a state that is folded behind the log; absent where it is written with it, or nobody folds. */
  readonly stateErasure?: StateErasure;
  /** Of a process that holds polls too. */
  readonly watchRegistry?: Pick<WatchRegistry, 'startedAnew'>;
}

export type ErasePorts = RedactPorts & StreamWritePorts;

export interface StreamReadPorts extends StreamPorts {
  readonly watchRegistry: WatchRegistry;
  readonly mailbox: Pick<Mailbox, 'listen' | 'quietAt' | 'resume'>;
  readonly held: HeldPolls;
  readonly meter: Meter;
}

export interface StreamWritePorts extends StreamPorts {
  readonly appender: Pick<Appender, 'write'>;
  readonly bell: Pick<Bell, 'ring'>;
  /** Of the streams of JSON whose names they cover; absent where no channel has a schema. */
  readonly schemas?: ChannelSchemas | undefined;
  readonly knownStreams: KnownStreams;
  /** Of a process that holds polls too. */
  readonly watchRegistry?: Pick<WatchRegistry, 'startedAnew'>;
}
