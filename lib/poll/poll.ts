/**
 * The long poll: arm, check, sleep, wake, answer. Answers as soon as any of its channels has events after the reader's place, or empty
 * when the wait ends. Nothing is taken from anybody: what a lost answer carried is read again with the old `maxvid`.
 */

import { type Caller, requireClient } from '../auth/caller.ts';
import type { PollAnswer } from '../protocol/doorbell.ts';
import type { AfterResponse } from '../runtime/after-response.ts';
import type { Random } from '../runtime/ports.ts';
import type { Meter } from '../telemetry/ports.ts';
import type { ChannelWatch } from '../wakeup/channel-watch.ts';
import type { Mailbox } from '../wakeup/mailbox.ts';
import type { WatchRegistry } from '../wakeup/watch-registry.ts';
import { catchUp } from './catch-up.ts';
import { newNonce, ownerOf } from './nonce.ts';
import { atRest, isBehind, isLost, type Reader } from './reader.ts';
import type { RepeatLimiter } from './repeat-limiter.ts';
import { type Allowed, arrive, atOnce, look, type PollRequest, type StartPorts } from './start.ts';
import { meterLag, resetOf, tell } from './tell.ts';
import { type DisconnectSignal, Wait } from './wait.ts';
import { narrowFor } from './wish.ts';

export type { PollRequest };

export interface PollPorts extends StartPorts {
  readonly mailbox: Pick<Mailbox, 'address' | 'listen' | 'quietAt' | 'resume'>;
  readonly watchRegistry: WatchRegistry;
  readonly afterResponse: AfterResponse;
  readonly repeatLimiter: RepeatLimiter;
  readonly random: Random;
  readonly meter: Meter;
}

/**
 * Answers for the channels that have news, in the order asked; for all of them, empty, when the wait ends or a newer poll of the same client
 * and principal has come. May be repeated with the same `maxvid`. `signal` aborts when the client is known to be gone.
 * Throws `forbidden`, `too-many-requests` (also when the caller holds as many as one may), `unavailable` when no more polls can be held, and `reset` for a reader who is ahead of the log or of another epoch.
 */
export async function poll(
  ports: PollPorts,
  caller: Caller,
  request: PollRequest,
  signal?: DisconnectSignal,
): Promise<readonly PollAnswer[]> {
  const allowed = admit(ports, caller, request);
  const { afterResponse, meter } = ports;
  const flushing = afterResponse.isEmpty ? undefined : afterResponse.flush();
  try {
    const answers = await (request.waitMs > 0
      ? heldPoll(ports, caller, allowed, signal)
      : glance(ports, caller, allowed));
    // An answer to nobody is none.
    if (!signal?.aborted) meterAnswers(meter, answers);
    return answers;
  } finally {
    if (flushing) await flushing;
  }
}

/** What of the request the caller may have now. Throws `forbidden`, and `too-many-requests` for a client that repeats itself. */
export function admit(
  { repeatLimiter }: Pick<PollPorts, 'repeatLimiter'>,
  caller: Caller,
  request: PollRequest,
): Allowed {
  const allowed = allowedTo(caller, request);
  if (request.client !== undefined) {
    requireClient(caller, request.client);
    repeatLimiter.admit(request.client, request.cursors, caller.principal);
  }
  return allowed;
}

function allowedTo(caller: Caller, request: PollRequest): Allowed {
  const { cursors } = request;
  let isWhole = true;
  const narrows = cursors.map(({ channel }, i) => {
    const asked = request.narrows ? request.narrows[i] : request.narrow;
    const given = narrowFor(caller, channel, asked);
    if (given !== asked) isWhole = false;
    return given;
  });
  return isWhole ? request : { ...request, narrows };
}

/** A poll that does not wait: one check, no arm. */
async function glance(ports: PollPorts, caller: Caller, request: Allowed): Promise<readonly PollAnswer[]> {
  const readers = await look(ports, request, request.client === undefined ? '' : ownerOf(caller));
  return (await tell(ports, readers, request.limit)).answers;
}

async function heldPoll(
  ports: PollPorts,
  caller: Caller,
  request: Allowed,
  signal?: DisconnectSignal,
): Promise<readonly PollAnswer[]> {
  const { clock, random, held, mailbox, watchRegistry, meter } = ports;
  mailbox.resume();
  const begun = clock.elapsed();
  const deadline = begun + request.waitMs;
  // Only polls that may be ended have names, which cost a digest.
  const owner = request.client === undefined ? '' : ownerOf(caller);
  const nonce = request.client === undefined ? undefined : newNonce(owner, random);
  const wait = new Wait();
  const inTime = () => wait.over === undefined && clock.elapsed() < deadline;
  const release = held.hold(nonce, (why) => wait.end(why), caller.principal);
  const hungUp = () => wait.end('gone');
  if (signal?.aborted) hungUp();
  signal?.addEventListener('abort', hungUp);
  const watches = request.cursors.map(({ channel }) => watchRegistry.join(channel));
  try {
    let readers = atOnce(request, watches) ?? (await arrive(ports, request, watches, nonce, owner));
    for (let slept = false; ; slept = true) {
      const lost = readers.find(isLost);
      if (lost) throw await resetOf(ports.log, lost);
      const behind = readers.filter(isBehind);
      if (behind.length > 0) {
        if (!slept) meterLag(meter, behind);
        const { answers, stand } = await catchUp(readers, request.limit, inTime);
        if (answers) {
          if (slept && !wait.over) meter.record('WakeTime', clock.elapsed() - wokenAt(watches));
          return answers;
        }
        readers = stand;
        // There is more to look at than one poll may.
        if (readers.some(isBehind)) return atRest(readers, wait.over === 'superseded');
      }
      if (!(await wait.sleep((wake) => wakings(mailbox, watches, readers, deadline, wake))))
        return atRest(readers, wait.over === 'superseded');
    }
  } finally {
    if (wait.over !== 'gone') meter.record('HoldTime', clock.elapsed() - begun);
    release();
    signal?.removeEventListener('abort', hungUp);
    for (const watch of watches) watch.leave();
  }
}

/** What wakes a poll: news on any of its channels, or the end of its wait. While it sleeps, the mailbox is listened to. */
function wakings(
  mailbox: PollPorts['mailbox'],
  watches: readonly ChannelWatch[],
  readers: readonly Reader[],
  deadline: number,
  wake: (news: boolean) => void,
): ReadonlyArray<() => void> {
  return [
    mailbox.listen(deadline),
    ...watches.map((watch, i) => watch.sleep(readers[i]?.after ?? 0, () => wake(true), deadline)),
    mailbox.quietAt(deadline, () => wake(false)),
  ];
}

/** When the watch that woke the poll had its news: the newest instant of all, as the others' may be of long ago. */
function wokenAt(watches: readonly ChannelWatch[]): number {
  let newest = 0;
  for (const watch of watches) newest = Math.max(newest, watch.wokenAt);
  return newest;
}

export function meterAnswers(meter: Meter, answers: readonly PollAnswer[]): void {
  let delivered = 0;
  let superseded = false;
  for (const answer of answers) {
    delivered += answer.events.length;
    superseded ||= answer.superseded === true;
  }
  if (delivered > 0) meter.count('EventsDelivered', delivered);
  meter.count(superseded ? 'PollsSuperseded' : delivered > 0 ? 'PollsAnswered' : 'PollsEmpty');
}
