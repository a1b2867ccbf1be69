/**
 * The long poll: arm, check, sleep, wake, answer. Answers as soon as any of its channels has events after the reader's place, or empty
 * when the wait ends. Nothing is taken from anybody: what a lost answer carried is read again with the old `maxvid`.
 */

import { newsAnswer } from './answer.ts';
import { type Caller, requireClient, requireRead } from './auth/caller.ts';
import type { Deferred } from './deferred.ts';
import { PushError } from './errors.ts';
import type { Heads } from './heads.ts';
import type { Mailbox } from './mailbox.ts';
import type { Pace } from './pace.ts';
import type { Acknowledgement, Chance, Cursor, EventLog, Meter } from './ports.ts';
import { Presence, type PresencePorts, type Visit } from './presence.ts';
import { LIMITS, type PollAnswer } from './protocol.ts';
import { atRest, news, type Reader, reader, type Sight, stands } from './reader.ts';
import { Tail } from './tail.ts';
import { type Hangup, Wait } from './wait.ts';
import type { ChannelWatch, Watcher } from './watcher.ts';

export interface PollPorts extends PresencePorts {
  readonly log: EventLog;
  readonly heads: Heads;
  readonly mailbox: Pick<Mailbox, 'address' | 'listen' | 'quietAt' | 'resume'>;
  readonly watcher: Watcher;
  readonly deferred: Deferred;
  readonly pace: Pace;
  readonly chance: Chance;
  readonly meter: Meter;
}

export interface PollRequest {
  /** 1..10 different channels. Without `maxvid`: from the client's cursor, or else from now on. */
  readonly cursors: ReadonlyArray<Acknowledgement & { readonly channel: string }>;
  /** Keeps a cursor for this reader. */
  readonly client?: string | undefined;
  /** How long to wait for an event, 0..20,000 ms. */
  readonly waitMs: number;
  /** Most events per channel, 1..1000. */
  readonly limit: number;
}

/**
 * Answers for the channels that have news, in the order asked; for all of them, empty, when the wait ends or a newer poll of the same client
 * has come. May be repeated with the same `maxvid`. `signal` aborts when the client is known to be gone.
 * Throws `forbidden`, `too-many-requests` (also when the caller holds as many as one may), `unavailable` when no more polls can be held, and `reset` for a reader who is ahead of the log or of another epoch.
 */
export async function poll(
  ports: PollPorts,
  caller: Caller,
  request: PollRequest,
  signal?: Hangup,
): Promise<readonly PollAnswer[]> {
  for (const { channel } of request.cursors) requireRead(caller, channel);
  if (request.client !== undefined) {
    requireClient(caller, request.client);
    ports.pace.admit(request.client, placeOf(request));
  }
  const { deferred, meter } = ports;
  const flushing = deferred.isEmpty ? undefined : deferred.flush();
  try {
    const answers = await (request.waitMs > 0
      ? heldPoll(ports, caller, request, signal)
      : glance(ports, request));
    meterAnswers(meter, answers);
    return answers;
  } finally {
    if (flushing) await flushing;
  }
}

/** A poll that does not wait: one check, no arm. */
async function glance(ports: PollPorts, request: PollRequest): Promise<readonly PollAnswer[]> {
  const presence = request.client === undefined ? undefined : new Presence(ports, request.client, undefined);
  const [looks, cursors] = await Promise.all([
    Promise.all(request.cursors.map(({ channel }) => glanceAt(ports, channel))),
    presence?.enter(visits(request)) ?? [],
  ]);
  const sights = await Promise.all(
    looks.map((sight, i) => {
      const visit = visits(request)[i];
      return visit && doubtful(visit, cursors[i], sight, true) ? glanceAt(ports, visit.channel) : sight;
    }),
  );
  const readers = placed(request, cursors, sights);
  if (presence) await settle(presence, request, cursors, readers);
  const { behind, lost } = sorted(readers);
  if (lost) throw await resetOf(ports.log, lost);
  return behind.length > 0 ? news(behind, request.limit, LIMITS.answerBytes) : atRest(readers, false);
}

async function glanceAt({ heads, log }: PollPorts, channel: string): Promise<Sight> {
  const { head, block } = await heads.check(channel);
  const tail = new Tail();
  if (block) tail.add(block);
  return {
    head,
    async answer(after, limit) {
      const blocks = tail.after(after, head) ?? (await log.read(channel, after, limit));
      return newsAnswer(channel, after, head, blocks, limit);
    },
  };
}

async function heldPoll(
  ports: PollPorts,
  { holder }: Caller,
  request: PollRequest,
  signal?: Hangup,
): Promise<readonly PollAnswer[]> {
  const { clock, chance, held, mailbox, watcher } = ports;
  mailbox.resume();
  const deadline = clock.now() + request.waitMs;
  const nonce = request.client === undefined ? undefined : chance.id();
  const wait = new Wait();
  const release = held.hold(nonce ?? wait, (why) => wait.end(why), holder);
  const hungUp = () => wait.end('gone');
  if (signal?.aborted) hungUp();
  signal?.addEventListener('abort', hungUp);
  const watches = request.cursors.map(({ channel }) => watcher.join(channel));
  try {
    const readers = await arrive(ports, request, watches, nonce, deadline);
    for (;;) {
      const { behind, lost } = sorted(readers);
      if (lost) throw await resetOf(ports.log, lost);
      if (behind.length > 0) return await news(behind, request.limit, LIMITS.answerBytes);
      if (!(await wait.sleep((wake) => wakings(mailbox, watches, readers, deadline, wake))))
        return atRest(readers, wait.over === 'superseded');
    }
  } finally {
    release();
    signal?.removeEventListener('abort', hungUp);
    for (const watch of watches) watch.leave();
  }
}

/** Looks at every channel, and places the poll's readers there. Costs nothing where the process sleeps on them already and no cursor is kept. */
async function arrive(
  ports: PollPorts,
  request: PollRequest,
  watches: readonly ChannelWatch[],
  nonce: string | undefined,
  until: number,
): Promise<readonly Reader[]> {
  const presence = await present(ports, request.client, nonce, until);
  const arriving = watches.every((watch) => watch.isArmed) ? [] : watches.map((watch) => watch.arrive());
  const [arrivals, cursors] =
    arriving.length > 0 || presence
      ? await Promise.all([Promise.all(arriving), presence?.enter(visits(request)) ?? []])
      : [[], []];
  const doubted = request.cursors.flatMap((seen, i) => {
    const watch = watches[i];
    const fresh = arrivals[i]?.fresh === true;
    return watch && doubtful({ channel: seen.channel, seen }, cursors[i], watch, fresh) ? [watch] : [];
  });
  if (doubted.length > 0) await Promise.all(doubted.map((watch) => watch.checkAgain()));
  const readers = placed(request, cursors, watches);
  if (presence) await settle(presence, request, cursors, readers);
  return readers;
}

/** The client's presence, held in this process's mailbox; opening that costs nothing once it is open. */
async function present(
  ports: PollPorts,
  client: string | undefined,
  nonce: string | undefined,
  until: number,
): Promise<Presence | undefined> {
  if (client === undefined || nonce === undefined) return undefined;
  return new Presence(ports, client, { mailbox: await ports.mailbox.address(), nonce, until });
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

/** Where a client asks from. A poll that leaves it to the cursor asks from one place: where that stands is not known yet. */
function placeOf({ cursors }: PollRequest): string {
  return cursors.map(({ channel, maxvid, epoch }) => [channel, maxvid, epoch].join(':')).join(' ');
}

function visits({ cursors }: PollRequest) {
  return cursors.map(({ channel, ...seen }) => ({ channel, seen }));
}

/**
 * True when a reader or a cursor seems to be ahead of the log, but may only know of more than the check proved: the cursor was read at the
 * same time as the check or later, and the check may have begun before this poll.
 */
function doubtful(
  { channel, seen }: Visit,
  cursor: Cursor | undefined,
  sight: Sight,
  checkedSinceCalled: boolean,
): boolean {
  if ((cursor?.maxvid ?? 0) > sight.head.vid) return true;
  const saysItself = seen.maxvid !== undefined;
  return stands(reader(channel, seen, cursor, sight)) === 'reset' && !(saysItself && checkedSinceCalled);
}

function placed(
  { cursors }: PollRequest,
  kept: ReadonlyArray<Cursor | undefined>,
  sights: readonly Sight[],
): readonly Reader[] {
  return cursors.map((seen, i) => {
    const sight = sights[i];
    if (!sight) throw new Error('a channel of the poll was not looked at');
    return reader(seen.channel, seen, kept[i], sight);
  });
}

/** Completes the cursors of those who had no place yet, and takes back what cannot be true. */
async function settle(
  presence: Presence,
  request: PollRequest,
  cursors: ReadonlyArray<Cursor | undefined>,
  readers: readonly Reader[],
): Promise<void> {
  await Promise.all(
    visits(request).map(async ({ channel, seen }, i) => {
      const one = readers[i];
      if (!one) return;
      if (stands(one) === 'reset') await presence.retract(channel, cursors[i], seen);
      else await presence.settle(channel, cursors[i], seen, one.after, one.sight.head);
    }),
  );
}

/** Those that have something to read, and the first that cannot go on from where it stands. */
function sorted(readers: readonly Reader[]): {
  readonly behind: readonly Reader[];
  readonly lost: Reader | undefined;
} {
  return {
    behind: readers.filter((one) => stands(one) === 'behind'),
    lost: readers.find((one) => stands(one) === 'reset'),
  };
}

async function resetOf(log: EventLog, { channel, after, sight }: Reader): Promise<PushError> {
  const [oldest] = await log.read(channel, 0, 1);
  return new PushError(
    'reset',
    `Channel ${channel} does not go on from maxvid ${after} in the life that you followed: ` +
      'it was made anew, or that number was never given out. Poll again with maxvid=0 and the epoch given here.',
    { channel, earliest: oldest?.first ?? null, head: sight.head.vid, epoch: sight.head.epoch },
  );
}

function meterAnswers(meter: Meter, answers: readonly PollAnswer[]): void {
  let delivered = 0;
  let superseded = false;
  for (const answer of answers) {
    delivered += answer.events.length;
    superseded ||= answer.superseded === true;
  }
  if (delivered > 0) meter.count('EventsDelivered', delivered);
  meter.count(superseded ? 'PollsSuperseded' : delivered > 0 ? 'PollsAnswered' : 'PollsEmpty');
}
