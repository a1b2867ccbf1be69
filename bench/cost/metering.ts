/**
 * Meters what Doorbell calls AWS for: the real operations and router on the embedded emulators, every call counted where it leaves the SDK. What is metered is exact and
 * the same in each run; no time is taken here.
 */

import { observeCalls } from '../../lib/aws/call-observer.ts';
import { startLeapingProcess } from '../../tests/support/stack/leaping-process.ts';
import { freshClients } from '../../tests/support/stack/process.ts';
import { known } from '../../tests/support/stack/queues.ts';
import type { Stack } from '../../tests/support/stack/stack.ts';
import { until } from '../../tests/support/time/until.ts';
import { add, type Item, itemBytes, NOTHING, type Units, unitsOf } from './units.ts';

/** Calls by kind (`PutItem waiters`, `ReceiveMessage`), and what they are billed as. */
export interface Usage {
  readonly calls: Readonly<Record<string, number>>;
  readonly units: Units;
  /** To and from AWS, bodies only. */
  readonly bytes: number;
}

export interface Metered {
  readonly eventBytes: number;
  /** A poll that is held and ends without an event: arm, check, receive. */
  readonly idlePoll: Usage;
  /** The same by a reader whose cursor is kept. */
  readonly idlePollWithCursor: Usage;
  /** What a poll that a doorbell ended costs more than an idle one: the letter's deletion. */
  readonly delivery: Usage;
  /** A poll that is answered with `CAUGHT_UP` events, each a block of its own, of a channel that has more. */
  readonly catchUp: Usage;
  /** A publish of one event while nobody waits. */
  readonly publish: Usage;
  /** What it costs more for each mailbox that is armed, but for the look. */
  readonly ring: Usage;
  /** Of one arm's row on AWS, which every look reads. */
  readonly armBytes: number;
  /** Of one block's row with one event. */
  readonly blockBytes: number;
  /** Of the answers' bodies. */
  readonly emptyAnswerBytes: number;
  readonly eventAnswerBytes: number;
}

/** Over which a mailbox sleeps only a second at a time. */
const YOUTH_MS = 2_000;
/** Mailboxes armed when the ring is metered. */
const ARMED = 10;
/** Events that the poll brings whose reader was away. */
export const CAUGHT_UP = 100;
/** Bytes that a mailbox's address on AWS is longer than the emulator's; and the step to which a row is rounded up, for the emulator's port has four digits or five. */
const LONGER_ADDRESS = 25;
const ARM_STEP = 64;
const NO_USAGE: Usage = { calls: {}, units: NOTHING, bytes: 0 };

/** On a stack of its own: nothing else may use it meanwhile. */
export async function meter(stack: Stack, eventBytes: number): Promise<Metered> {
  const event = { data: 'x'.repeat(Math.max(0, eventBytes - 2)) };
  const publisher = startMetered(stack);
  const publish = async (channel: string) => {
    publisher.take();
    await publisher.post(channel, event);
    return publisher.take();
  };
  const idle = await meterPolls(stack, publish, 'metered', '');
  const withCursor = await meterPolls(stack, publish, 'metered-cursor', '&client=metered');
  await publish('metered-alone');
  const alone = await publish('metered-alone');
  return {
    eventBytes,
    idlePoll: idle.idle,
    idlePollWithCursor: withCursor.idle,
    delivery: idle.delivery,
    catchUp: await meterCatchUp(stack, publish),
    publish: alone,
    ring: await meterRing(stack, publish, alone),
    armBytes: Math.ceil((idle.armBytes + LONGER_ADDRESS) / ARM_STEP) * ARM_STEP,
    blockBytes: publisher.bytesOf('PutItem events'),
    emptyAnswerBytes: idle.emptyAnswerBytes,
    eventAnswerBytes: idle.eventAnswerBytes,
  };
}

type Publish = (channel: string) => Promise<Usage>;

async function meterPolls(stack: Stack, publish: Publish, channel: string, more: string) {
  const poller = startMetered(stack);
  await publish(channel);
  // It has news, so it opens the mailbox and arms, but does not sleep.
  await poller.get(channel, `maxvid=0${more}`);
  await known(stack.clients.sqs, await poller.poll.mailbox.address());
  poller.clock.leap(YOUTH_MS);
  poller.take();
  const empty = await poller.get(channel, `maxvid=1&wait=1${more}`);
  const idle = poller.take();
  const held = poller.get(channel, `maxvid=1${more}`);
  await poller.asleep();
  await publish(channel);
  const event = await held;
  await poller.poll.afterResponse.flush();
  const delivered = poller.take();
  return {
    idle,
    delivery: minus(delivered, idle),
    armBytes: poller.bytesOf('PutItem waiters'),
    emptyAnswerBytes: Buffer.byteLength(empty),
    eventAnswerBytes: Buffer.byteLength(event),
  };
}

async function meterCatchUp(stack: Stack, publish: Publish): Promise<Usage> {
  const channel = 'metered-behind';
  for (let i = 0; i < CAUGHT_UP + ARMED; i++) await publish(channel);
  const poller = startMetered(stack);
  await poller.get(channel, `maxvid=0&wait=0&limit=${CAUGHT_UP}`);
  return poller.take();
}

async function meterRing(stack: Stack, publish: Publish, alone: Usage): Promise<Usage> {
  const channel = 'metered-ring';
  await publish(channel);
  for (let i = 0; i < ARMED; i++) {
    const poller = startMetered(stack);
    await poller.get(channel, 'maxvid=0');
    await known(stack.clients.sqs, await poller.poll.mailbox.address());
  }
  return share(minus(await publish(channel), alone), ARMED);
}

/** A process whose calls are metered. */
function startMetered(stack: Stack) {
  const clients = freshClients(stack);
  let usage = NO_USAGE;
  let receiving = 0;
  const rowBytes = new Map<string, number>();
  for (const client of [clients.dynamo, clients.sqs])
    observeCalls(client, (call) => {
      const { TableName, Item } = call.input as { TableName?: string; Item?: Item };
      const kind = TableName ? `${call.operation} ${TableName.split('-').at(-1)}` : call.operation;
      if (Item) rowBytes.set(kind, itemBytes(Item));
      if (kind === 'ReceiveMessage') receiving++;
      return (ended) => {
        if (kind === 'ReceiveMessage') receiving--;
        usage = plus(usage, {
          calls: { [kind]: 1 },
          units: unitsOf(call, ended),
          bytes: call.sentBytes + ended.receivedBytes,
        });
      };
    });
  const process = startLeapingProcess(stack, clients);
  const answer = async (path: string, init?: RequestInit) => {
    const response = await process.app.request(path, init);
    const body = await response.text();
    if (!response.ok) throw new Error(`${path} was answered with ${response.status}: ${body}`);
    return body;
  };
  return {
    ...process,
    get: (channel: string, query: string) => answer(`/v1/channels/${channel}/events?${query}`),
    post: (channel: string, body: object) =>
      answer(`/v1/channels/${channel}/events`, {
        method: 'POST',
        body: JSON.stringify(body),
        headers: { 'content-type': 'application/json' },
      }),
    asleep: () => until(async () => receiving > 0, 10_000),
    /** Of the last row written of this kind. */
    bytesOf: (kind: string) => rowBytes.get(kind) ?? 0,
    take: () => {
      const taken = usage;
      usage = NO_USAGE;
      return taken;
    },
  };
}

function plus(a: Usage, b: Usage): Usage {
  return { calls: merge(a.calls, b.calls, 1), units: add(a.units, b.units), bytes: a.bytes + b.bytes };
}

function minus(a: Usage, b: Usage): Usage {
  const { writeUnits, readUnits, sqsRequests } = b.units;
  const negative = { writeUnits: -writeUnits, readUnits: -readUnits, sqsRequests: -sqsRequests };
  return { calls: merge(a.calls, b.calls, -1), units: add(a.units, negative), bytes: a.bytes - b.bytes };
}

function share({ calls, units, bytes }: Usage, among: number): Usage {
  const { writeUnits, readUnits, sqsRequests } = units;
  return {
    calls: Object.fromEntries(Object.entries(calls).map(([kind, count]) => [kind, count / among])),
    units: { writeUnits: writeUnits / among, readUnits: readUnits / among, sqsRequests: sqsRequests / among },
    bytes: bytes / among,
  };
}

/** Kinds that come out as none are left out. */
function merge(a: Usage['calls'], b: Usage['calls'], sign: 1 | -1): Usage['calls'] {
  const kinds = new Set([...Object.keys(a), ...Object.keys(b)]);
  const sums = [...kinds].map((kind) => [kind, (a[kind] ?? 0) + sign * (b[kind] ?? 0)] as const);
  return Object.fromEntries(sums.filter(([, count]) => count !== 0));
}
