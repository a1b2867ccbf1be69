/** Parts of the bills of Doorbell's shapes: what a publish costs, a ring, an answer, a log line. Pure. */

import type { Assumptions } from './assumptions.ts';
import { type Line, line } from './bill.ts';
import type { Metered, Usage } from './metering.ts';
import { READ_UNIT_BYTES } from './units.ts';
import { GB, MONTH_HOURS, type Polls, type Workload } from './workload.ts';

const KEPT_SECONDS = 7 * 24 * 3600;

/** A publish each event: its own call, and the look at the channel's arms. */
export function publishing(work: Workload, metered: Metered, assumed: Assumptions, armed: number): Line[] {
  const publishes = work.eventsPerSecond * seconds(work);
  const look = Math.max(1, Math.ceil((armed * metered.armBytes) / READ_UNIT_BYTES));
  return [
    line('requests', 'httpApiRequest', publishes),
    line('requests', 'lambdaRequest', publishes),
    line('computing', 'lambdaGbSecond', publishes * assumed.publishGb * assumed.publishSeconds),
    line('DynamoDB', 'writeUnit', publishes * metered.publish.units.writeUnits),
    line('DynamoDB', 'readUnit', publishes * (metered.publish.units.readUnits - 1 + look)),
    ...logged(publishes, assumed),
  ];
}

/** An arm is good for one ring, and what an arm was for is what a poll or turn brings. */
export function rung(work: Workload, metered: Metered, assumed: Assumptions, ringsPerSecond: number): Line[] {
  const rings = ringsPerSecond * seconds(work);
  return [
    ...called(metered.ring, rings),
    line('computing', 'lambdaGbSecond', rings * assumed.publishGb * assumed.doorbellSeconds),
  ];
}

/** What goes out to the readers: each event to each of them, and the rest of each answer. */
export function answered(
  work: Workload,
  metered: Metered,
  { headerBytes }: Assumptions,
  each: Polls,
): Line[] {
  const perEvent = metered.eventAnswerBytes - metered.emptyAnswerBytes;
  const events = (work.clients * work.eventsPerSecond) / work.channels;
  const bytes = events * perEvent + each.rate * (metered.emptyAnswerBytes + headerBytes);
  return [line('transfer', 'transferGb', (bytes * seconds(work)) / GB)];
}

/** The log of seven days. */
export function kept(work: Workload, metered: Metered): Line[] {
  const share = work.hours / MONTH_HOURS;
  return [
    line('DynamoDB', 'tableGbMonth', (work.eventsPerSecond * share * KEPT_SECONDS * metered.blockBytes) / GB),
  ];
}

/** What so many invocations log. */
export function logged(invocations: number, { logBytes }: Assumptions): Line[] {
  return [line('logs', 'logGb', (invocations * logBytes) / GB)];
}

/** What so many of these operations call. */
export function called({ units }: Usage, times: number): Line[] {
  return [
    line('DynamoDB', 'writeUnit', units.writeUnits * times),
    line('DynamoDB', 'readUnit', units.readUnits * times),
    line('SQS', 'sqsRequest', units.sqsRequests * times),
  ];
}

/** The polls of so many readers. */
export function scale({ rate, bringing, held }: Polls, by: number): Polls {
  return { rate: rate * by, bringing: bringing * by, held };
}

/** In which the readers are there. */
export function seconds({ hours }: Workload): number {
  return hours * 3600;
}
