/**
 * What a hub is made of, wherever it keeps its log: `lib/compose/base.ts` composes it on AWS, `lib/compose/sqlite-hub.ts` on one file. Types, and the few numbers that
 * both share; so a hub loads only the ground that it stands on.
 */

import type { Keys } from '../auth/keys.ts';
import type { Carriers } from '../auth/settings.ts';
import type { Verifier } from '../auth/verifier.ts';
import type { ChannelPorts } from '../channels/channels.ts';
import type { WriteBehindCursors } from '../cursors/write-behind.ts';
import type { TickPorts } from '../expectations/tick.ts';
import type { Access } from '../http/app.ts';
import type { PollPorts } from '../poll/poll.ts';
import type { ChannelSchemas, DeadLetterQueues } from '../publish/ports.ts';
import type { PublishPorts } from '../publish/publish.ts';
import type { Clock, EventLoop, Random } from '../runtime/ports.ts';
import type { StatePorts } from '../state/read-state.ts';
import type { ErasePorts, StreamReadPorts, StreamWritePorts } from '../streams/ports.ts';
import type { InvocationMeter } from '../telemetry/metrics.ts';
import type { Logger } from '../telemetry/ports.ts';
import type { InProcessBell } from '../wakeup/in-process-bell.ts';
import type { Mailbox } from '../wakeup/mailbox.ts';

/** What every process has. */
export interface Base {
  readonly clock: Clock;
  readonly random: Random;
  readonly logger: Logger;
  readonly meter: InvocationMeter;
}

/** A process that serves everything and lives on: what it publishes itself, its own readers hear of without SQS. */
export interface HubPorts<M = Pick<Mailbox, 'listenForGood' | 'close'>> {
  /** Listen to `poll.mailbox` as long as the process lives, and flush `poll.afterResponse` now and then. */
  readonly poll: PollPorts & { readonly mailbox: M };
  readonly publish: PublishPorts;
  readonly bell: InProcessBell;
  readonly streams: StreamReadPorts & StreamWritePorts;
  readonly channels: ChannelPorts;
  readonly erasing: ErasePorts;
  /** Absent where no store keeps the state beside the log: on a stack whose table of states the hub does not know. */
  readonly state?: StatePorts;
  /** What was put aside of an ingest queue, as soon and as long as the hub knows of one. Absent: it never does. */
  readonly deadLetters?: () => DeadLetterQueues | undefined;
  /** Of a hub that ticks itself; absent where the sweep of a stack does. */
  readonly ticking?: TickPorts;
  /** Where its clients have come to, and what is to be flushed before it ends; absent where each poll saves that. */
  readonly late: WriteBehindCursors | undefined;
}

export interface HubSeams {
  /** Told of every attempt of an AWS call. */
  readonly onCall?: (operation: string) => void;
  readonly loop?: EventLoop;
  /** Of the channels that have one. */
  readonly schemas?: ChannelSchemas | undefined;
}

/** Who is let in; a hub checks tokens before its router does. */
export type Gate = Access & {
  readonly verifier: Verifier;
  readonly carriers: Carriers;
  /** What tokens are signed with where that is a shared secret. */
  readonly secrets?: Keys;
};

/** Makes a hub's ports. Throws an error whose message is for the operator where a setting is missing or out of its range. */
export type Compose = (common: Base, seams: HubSeams) => { readonly ports: HubPorts; readonly gate: Gate };

/** How long a hub keeps a channel in mind that nobody polls: longer than a client takes to come again after an error (30 s at most). */
export const LINGER_MS = 45_000;
