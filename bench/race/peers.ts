/** Everybody in the race, in the order of the report. */

import type { Peer } from './peer.ts';
import { bareNode } from './peers/bare-node.ts';
import { bareSqs } from './peers/bare-sqs.ts';
import { centrifugo } from './peers/centrifugo.ts';
import { dbPolling } from './peers/db-polling.ts';
import { doorbellHub, doorbellHubPower, doorbellHubStreams, doorbellStart } from './peers/doorbell.ts';
import { doorbellHubSdk } from './peers/doorbell-sdk.ts';
import { durableStreams } from './peers/durable-streams.ts';
import { gearman } from './peers/gearman.ts';
import { nchan } from './peers/nchan.ts';
import { pushpin } from './peers/pushpin.ts';

export const PEERS: readonly Peer[] = [
  gearman,
  dbPolling,
  nchan,
  pushpin,
  durableStreams,
  centrifugo,
  bareNode,
  bareSqs,
  doorbellStart,
  doorbellHub,
  doorbellHubPower,
  doorbellHubStreams,
  doorbellHubSdk,
];
