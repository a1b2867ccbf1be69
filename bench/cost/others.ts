/**
 * What others would cost for the same work: the same readers, open as long, sent the same events. None of them keeps events for a reader that was away, so the same log is
 * written beside them; what a reader would need to ask it is not counted, in their favour. Pure.
 */

import { ASSUMPTIONS, type Assumptions } from './assumptions.ts';
import { type Bill, type Line, line } from './bill.ts';
import type { Metered } from './metering.ts';
import { kept } from './parts.ts';
import { READ_UNIT_BYTES } from './units.ts';
import { GB, type Workload } from './workload.ts';

/** Bytes of framing and envelope around an event. */
const FRAME_BYTES = 100;
/** API Gateway ends a connection after 2 h, and after 10 min in which nothing was sent: so it is pinged every 9. */
const SOCKET_HOURS = 2;
const PING_MINUTES = 9;
/** Of a connection's row: id, channel and TTL. */
const CONNECTION_BYTES = 120;

/** API Gateway WebSockets: connections are kept in a table, and a Lambda sends each event to each of them. */
export function webSockets(work: Workload, metered: Metered, assumed: Assumptions = ASSUMPTIONS): Bill {
  const { published, delivered, minutes } = amounts(work);
  const perEvent = messages(work, 32 * 1024);
  const connects = minutes / 60 / SOCKET_HOURS;
  const pings = minutes / PING_MINUTES;
  const look = Math.max(1, Math.ceil(((work.clients / work.channels) * CONNECTION_BYTES) / READ_UNIT_BYTES));
  const invocations = published + 2 * connects + pings;
  const fanOut = published * assumed.publishSeconds + delivered * assumed.doorbellSeconds;
  return {
    name: 'API Gateway WebSockets',
    lines: [
      line('requests', 'socketMinute', minutes),
      line('requests', 'socketMessage', delivered * perEvent + pings),
      line('requests', 'httpApiRequest', published),
      line('requests', 'lambdaRequest', invocations),
      line('computing', 'lambdaGbSecond', assumed.publishGb * (fanOut + 2 * connects * assumed.pollSeconds)),
      line('DynamoDB', 'writeUnit', 2 * connects),
      line('DynamoDB', 'readUnit', published * look),
      line('logs', 'logGb', (invocations * assumed.logBytes) / GB),
      ...log(work, metered, published),
      ...transfer(work, delivered),
    ],
  };
}

/** AppSync Events: publishing, each delivery and each connection are operations. */
export function appSyncEvents(work: Workload, metered: Metered): Bill {
  const { published, delivered, minutes } = amounts(work);
  const perEvent = messages(work, 5 * 1024);
  return {
    name: 'AppSync Events',
    lines: [
      line('requests', 'appsyncMinute', minutes),
      line('requests', 'appsyncOperation', (published + delivered) * perEvent),
      ...log(work, metered, published),
      ...transfer(work, delivered),
    ],
  };
}

/** IoT Core, MQTT over WebSockets. */
export function iotCore(work: Workload, metered: Metered): Bill {
  const { published, delivered, minutes } = amounts(work);
  const perEvent = messages(work, 5 * 1024);
  return {
    name: 'IoT Core (MQTT)',
    lines: [
      line('requests', 'iotMinute', minutes),
      line('requests', 'iotMessage', (published + delivered) * perEvent),
      ...log(work, metered, published),
      ...transfer(work, delivered),
    ],
  };
}

function amounts({ clients, channels, eventsPerSecond, hours }: Workload) {
  const published = eventsPerSecond * hours * 3600;
  return { published, delivered: (published * clients) / channels, minutes: clients * hours * 60 };
}

function messages({ eventBytes }: Workload, metering: number): number {
  return Math.max(1, Math.ceil(eventBytes / metering));
}

function log(work: Workload, metered: Metered, published: number): Line[] {
  const { writeUnits } = metered.publish.units;
  return [line('DynamoDB', 'writeUnit', published * writeUnits), ...kept(work, metered)];
}

function transfer({ eventBytes }: Workload, delivered: number): Line[] {
  return [line('transfer', 'transferGb', (delivered * (eventBytes + FRAME_BYTES)) / GB)];
}
