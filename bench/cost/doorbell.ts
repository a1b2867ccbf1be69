/**
 * What Doorbell costs a month in its five shapes: classic Lambda (a held poll holds a Lambda), direct waits (API Gateway receives from the reader's mailbox), shared polls behind CloudFront, Lambda Managed Instances and the hub on Fargate (one process holds many). From
 * metered calls and the assumptions below; free tiers are left out. Pure.
 */

import { ASSUMPTIONS, type Assumptions } from './assumptions.ts';
import { type Bill, line } from './bill.ts';
import type { Metered } from './metering.ts';
import { answered, called, kept, logged, publishing, rung, scale, seconds } from './parts.ts';
import { channelsPerProcess, GB, MONTH_HOURS, polls, type Workload } from './workload.ts';

/** Seconds from a ring until its process waits on the channel again. */
const PROCESS_TURNAROUND = 0.02;
/** How often the hold of an idle client is renewed: lib/cursors/cached-cursor.ts, `unsaved`; in steps of its polls. */
const RENEWED_SECONDS = 80;
/** A ticket's time: lib/poll/direct-wait.ts, TICKET_MS. */
const TICKET_SECONDS = 100;
/** Between two asks of a hidden page: packages/client/src/hidden-rest.ts, REST_MS. */
const REST_SECONDS = 60;
/** How often the lease of a reader's mailbox is renewed: lib/wakeup/direct-mailboxes.ts. */
const LEASE_SECONDS = 300;
/** Bytes of SQS's answer to a receive, with a bell or without. */
const BELL_BYTES = 500;
/** CloudWatch metrics by name that a healthy stack writes each hour, by default: `Count` without what only failures bring. */
const METRICS = 11;
/** For two zones at least, so that one may fail. */
const LEAST_TASKS = 2;
/** One in each of three zones; AWS's default and least. */
const LEAST_INSTANCES = 3;
const INSTANCE_VCPUS = 2;
const ZONES = 3;
const ALB = { connectionsPerLcu: 3_000, gbPerLcuHour: 1 };

/** Every waiting reader holds a Lambda and has a mailbox of its own. */
export function classic(work: Workload, metered: Metered, assumed: Assumptions = ASSUMPTIONS): Bill {
  const each = polls(work.eventsPerSecond / work.channels, assumed.turnaround);
  const perSecond = scale(each, work.clients);
  const month = seconds(work);
  const invocations = perSecond.rate * month;
  const idle = work.cursors ? metered.idlePollWithCursor : metered.idlePoll;
  return {
    name: 'classic Lambda',
    lines: [
      line('computing', 'lambdaGbSecond', invocations * assumed.pollGb * (each.held + assumed.pollSeconds)),
      line('requests', 'lambdaRequest', invocations),
      line('requests', 'httpApiRequest', invocations),
      ...called(idle, invocations),
      ...called(metered.delivery, perSecond.bringing * month),
      ...logged(invocations, assumed),
      ...publishing(work, metered, assumed, work.clients / work.channels),
      ...rung(work, metered, assumed, perSecond.bringing),
      ...answered(work, metered, assumed, perSecond),
      ...kept(work, metered),
    ],
  };
}

/** Waiting readers hold nothing: each has a mailbox that API Gateway receives from, and asks a Lambda after a bell, and each minute. */
export function direct(work: Workload, metered: Metered, assumed: Assumptions = ASSUMPTIONS): Bill {
  const perChannel = work.eventsPerSecond / work.channels;
  const asks = scale(polls(perChannel, assumed.turnaround, TICKET_SECONDS), work.clients);
  // One receive after the other, for as long as a reader waits.
  const receives = (asks.rate * asks.held) / polls(perChannel, 0).held;
  const month = seconds(work);
  const computed = assumed.pollGb * (assumed.pollSeconds + assumed.ticketSeconds);
  const { units } = metered.idlePoll;
  const armAndCheck = { ...metered.idlePoll, units: { ...units, sqsRequests: 0 } };
  return {
    name: 'direct waits',
    lines: [
      // Of `poll` for each ask, and of `ticket` for its ticket.
      line('computing', 'lambdaGbSecond', asks.rate * month * computed),
      line('requests', 'lambdaRequest', 2 * asks.rate * month),
      line('requests', 'httpApiRequest', (asks.rate + receives) * month),
      ...called(armAndCheck, asks.rate * month),
      line('DynamoDB', 'writeUnit', (work.clients / LEASE_SECONDS) * month),
      line('SQS', 'sqsRequest', receives * month),
      // The second writes no metrics.
      ...logged(1.5 * asks.rate * month, assumed),
      ...publishing(work, metered, assumed, work.clients / work.channels),
      ...rung(work, metered, assumed, asks.bringing),
      ...answered(work, metered, assumed, asks),
      line('transfer', 'transferGb', (receives * month * (assumed.headerBytes + BELL_BYTES)) / GB),
      ...kept(work, metered),
    ],
  };
}

/** A page that is hidden, where other ways to wait are offered: it asks once a minute and waits for nothing (packages/client/src/hidden-rest.ts). */
export function hiddenPage(metered: Metered, assumed: Assumptions = ASSUMPTIONS): Bill {
  const work = {
    clients: 1,
    channels: 1,
    eventsPerSecond: 0,
    eventBytes: 0,
    cursors: false,
    hours: MONTH_HOURS,
  };
  const asks = seconds(work) / (REST_SECONDS + assumed.turnaround);
  const each = { rate: asks / seconds(work), bringing: 0, held: 0 };
  return {
    name: 'a hidden page',
    lines: [
      line('computing', 'lambdaGbSecond', asks * assumed.pollGb * assumed.pollSeconds),
      line('requests', 'lambdaRequest', asks),
      line('requests', 'httpApiRequest', asks),
      line('DynamoDB', 'readUnit', asks * metered.idlePoll.units.readUnits),
      ...logged(asks, assumed),
      ...answered(work, metered, assumed, each),
    ],
  };
}

/** Shared polls behind CloudFront: classic Lambda holds one for each channel and place, and the edge answers everybody. */
export function shared(work: Workload, metered: Metered, assumed: Assumptions = ASSUMPTIONS): Bill {
  const each = polls(work.eventsPerSecond / work.channels, assumed.turnaround, assumed.sharedHold);
  const perSecond = scale(each, work.clients);
  const requests = perSecond.rate * seconds(work);
  const clients = Math.min(work.clients, work.channels * assumed.cdnPlaces);
  const origin = classic({ ...work, clients, cursors: false }, metered, assumed);
  const answers = answered(work, metered, assumed, perSecond);
  return {
    name: 'shared polls',
    lines: [
      // What goes from an origin in AWS to CloudFront costs nothing.
      ...origin.lines.filter(({ reason }) => reason !== 'transfer'),
      line('requests', 'cdnRequest', requests),
      line('requests', 'edgeFunction', requests),
      line('requests', 'edgeRead', requests),
      ...answers.map(({ units }) => line('transfer', 'cdnGb', units)),
    ],
  };
}

/** Many polls in each environment, on instances that run all month. */
export function managedInstances(work: Workload, metered: Metered, assumed: Assumptions = ASSUMPTIONS): Bill {
  const perSecond = scale(polls(work.eventsPerSecond / work.channels, assumed.turnaround), work.clients);
  const instances = Math.max(
    LEAST_INSTANCES,
    Math.ceil(work.clients / assumed.pollsPerEnvironment),
    Math.ceil(perSecond.rate / (assumed.answersPerVcpu * INSTANCE_VCPUS)),
  );
  const invocations = perSecond.rate * seconds(work);
  const shared = sharing(work, metered, assumed, instances * INSTANCE_VCPUS, perSecond.rate);
  return {
    name: 'Managed Instances',
    lines: [
      line('computing', 'managedInstanceHour', instances * MONTH_HOURS),
      line('computing', 'managedInstanceFee', instances * MONTH_HOURS),
      line('requests', 'lambdaRequest', invocations),
      line('requests', 'httpApiRequest', invocations),
      // Instances are in a VPC: DynamoDB has a gateway there for nothing, SQS an endpoint in each zone.
      line('network', 'endpointHour', ZONES * MONTH_HOURS),
      line('network', 'endpointGb', shared.sqsBytes / GB),
      ...logged(invocations, assumed),
      ...shared.lines,
      ...answered(work, metered, assumed, perSecond),
      ...kept(work, metered),
    ],
  };
}

/** Tasks behind a load balancer; publishing stays with Lambda. */
export function hub(work: Workload, metered: Metered, assumed: Assumptions = ASSUMPTIONS): Bill {
  const perSecond = scale(polls(work.eventsPerSecond / work.channels, assumed.turnaround), work.clients);
  const tasks = Math.max(
    LEAST_TASKS,
    Math.ceil(work.clients / assumed.pollsPerTask),
    Math.ceil(perSecond.rate / assumed.answersPerVcpu),
  );
  const answers = answered(work, metered, assumed, perSecond);
  const transferGb = answers.reduce((sum, { units }) => sum + units, 0);
  const lcus = Math.max(work.clients / ALB.connectionsPerLcu, transferGb / work.hours / ALB.gbPerLcuHour);
  return {
    name: 'hub on Fargate',
    lines: [
      line('computing', 'fargateVcpuHour', tasks * MONTH_HOURS),
      line('computing', 'fargateGbHour', tasks * 2 * MONTH_HOURS),
      line('network', 'balancerHour', MONTH_HOURS),
      line('network', 'balancerLcuHour', lcus * work.hours),
      // A public address each, and two of the balancer's: cheaper than a NAT gateway.
      line('network', 'addressHour', (tasks + 2) * MONTH_HOURS),
      line('logs', 'metricMonth', METRICS),
      ...sharing(work, metered, assumed, tasks, savedLate(work, assumed)).lines,
      ...answers,
      ...kept(work, metered),
    ],
  };
}

/** How often a second a hub saves where its clients are: so long after each has moved, and of idle ones that they are still there. */
function savedLate(work: Workload, assumed: Assumptions): number {
  const { bringing } = polls(work.eventsPerSecond / work.channels, assumed.turnaround);
  const moves = bringing === 0 ? 0 : 1 / (assumed.cursorDelay + 1 / bringing);
  return work.clients * (moves + 1 / RENEWED_SECONDS);
}

/** What so many processes, which hold the polls of all clients between them, call AWS for; and the publishers with them. `saves`: of cursors, a second. */
function sharing(work: Workload, metered: Metered, assumed: Assumptions, processes: number, saves: number) {
  const month = seconds(work);
  const channels = channelsPerProcess(work, processes);
  const perChannel = work.eventsPerSecond / work.channels;
  const turns = scale(polls(perChannel, PROCESS_TURNAROUND), processes * channels);
  const receives = scale(polls(perChannel * channels, PROCESS_TURNAROUND), processes);
  const { writeUnits, readUnits } = metered.idlePoll.units;
  const cursorWrites = work.cursors ? saves * month : 0;
  const receiveCost = {
    ...metered.idlePoll,
    units: { ...metered.idlePoll.units, writeUnits: 0, readUnits: 0 },
  };
  return {
    sqsBytes: (receives.rate * 500 + receives.bringing * metered.ring.bytes) * month,
    lines: [
      line('DynamoDB', 'writeUnit', turns.rate * month * writeUnits + cursorWrites),
      line('DynamoDB', 'readUnit', turns.rate * month * readUnits),
      ...called(receiveCost, receives.rate * month),
      ...called(metered.delivery, receives.bringing * month),
      ...publishing(work, metered, assumed, Math.min(work.clients, processes * channels) / work.channels),
      ...rung(work, metered, assumed, turns.bringing),
    ],
  };
}
