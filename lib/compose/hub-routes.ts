/** The routes of a process that serves everything: a hub, and the server of somebody's test. */

import type { Health } from '../channels/health.ts';
import type { Environment } from '../config.ts';
import type { Mount } from '../http/app.ts';
import { streamReadRoutes } from '../http/durable-streams/read.ts';
import { STREAMED } from '../http/durable-streams/sse.ts';
import { streamWriteRoutes } from '../http/durable-streams/write.ts';
import { backendRoutes } from '../http/legacy/backend.ts';
import { type Assets, siteRoutes } from '../http/site/site.ts';
import { channelRoutes } from '../http/v1/channels.ts';
import { deadLetterRoutes } from '../http/v1/dead-letters.ts';
import { eraseRoutes } from '../http/v1/erase.ts';
import { streamRoutes } from '../http/v1/event-stream.ts';
import { pollRoutes } from '../http/v1/poll.ts';
import { type PublishRoutePorts, publishRoutes } from '../http/v1/publish.ts';
import { schemaRoutes } from '../http/v1/schema.ts';
import { sharedRoutes } from '../http/v1/shared.ts';
import { stateRoutes } from '../http/v1/state.ts';
import { waitRoutes } from '../http/v1/waits.ts';
import type { Base, Gate, HubPorts } from './hub-ports.ts';
import { backendChannel, everyShared, sharedHoldSeconds } from './settings.ts';
import { heldWaits } from './waits.ts';

export interface HubRoutesOptions {
  readonly env: Environment;
  readonly common: Base;
  /** Who is let in: what signs tokens signs tickets. */
  readonly gate: Gate;
  readonly health: Health;
  readonly assets: Assets;
  /** As `PublishRoutePorts.admit`: whatever way a body comes, it counts together. */
  readonly admit?: PublishRoutePorts['admit'];
}

/** Throws an error whose message is for the operator where a setting is out of its range. */
export function hubRoutes(
  { poll, publish, streams, channels, erasing, state, deadLetters = () => undefined }: HubPorts,
  { env, common, gate, health, assets, admit }: HubRoutesOptions,
): readonly Mount[] {
  const writing = { ...common, ...(admit ? { admit } : {}) };
  return [
    streamRoutes(poll),
    // Its direct waits are polls that it holds, and cost it more requests than polls do.
    pollRoutes(poll, { shared: everyShared(env), direct: false }),
    sharedRoutes(poll, everyShared(env), sharedHoldSeconds(env)),
    waitRoutes(heldWaits(env, common, gate, poll)),
    backendRoutes({ ...poll, ...common }, backendChannel(env)),
    publishRoutes({ ...publish, ...writing }),
    schemaRoutes(publish),
    eraseRoutes(erasing),
    deadLetterRoutes({ ...writing, schemas: publish.schemas }, deadLetters),
    streamReadRoutes(streams, STREAMED),
    streamWriteRoutes({ ...streams, ...writing }),
    channelRoutes({ ...channels, cursors: poll.cursors }),
    ...(state ? [stateRoutes(state)] : []),
    siteRoutes(health, assets),
  ];
}
