/**
 * Where a poll begins: every channel is checked, the client's cursors are read and saved, and each reader is placed. A poll that waits arms what
 * it checks; one that does not wait only checks.
 */

import type { Cursor, Position } from '../cursors/ports.ts';
import type { Narrow } from '../log/read/narrow.ts';
import { placeAt, placeBefore } from '../log/read/place-at.ts';
import type { ChannelWatch } from '../wakeup/channel-watch.ts';
import type { Mailbox } from '../wakeup/mailbox.ts';
import { ClientSession, type ClientSessionPorts, type Visit } from './client-session.ts';
import { isLost, type Reader, reader, type Sight, stands } from './reader.ts';
import { SingleCheck, type SingleCheckPorts } from './single-check.ts';

/** What a look needs that holds nothing. */
export interface LookPorts extends ClientSessionPorts, SingleCheckPorts {}

export interface StartPorts extends LookPorts {
  readonly mailbox: Pick<Mailbox, 'address'>;
}

export interface PollRequest {
  /** 1..10 different channels. Without `maxvid`: from the client's cursor, or else from now on. */
  readonly cursors: ReadonlyArray<Position & { readonly channel: string }>;
  /** Keeps a cursor for this reader. */
  readonly client?: string | undefined;
  /** How long to wait for an event, 0..20,000 ms. */
  readonly waitMs: number;
  /** Most events per channel, 1..1000. */
  readonly limit: number;
  /** Which events are wanted; absent: all. */
  readonly narrow?: Narrow;
  /** The same for each channel, in order; where present, it goes before `narrow`. */
  readonly narrows?: ReadonlyArray<Narrow | undefined>;
  /** Where to begin on channels without `maxvid`. It moves no cursor that is there. */
  readonly begin?: Begin;
}

/** A request of which each channel is narrowed to what its caller may have (`narrowFor`). */
export type Allowed = PollRequest;

/** At a time, in ms since the Unix epoch; or so many events before the head. */
export type Begin = { readonly sinceMs: number } | { readonly last: number };

/** What a poll looks at: a channel that it arms, and shares with other polls, or a single check. */
type Checked = Sight & Pick<ChannelWatch, 'isArmed' | 'arrive' | 'checkAgain'>;

const NO_CURSORS: readonly undefined[] = [];
const NO_PLACES: readonly undefined[] = [];
const NOBODY: ReadonlyArray<{ readonly fresh: boolean }> = [];
const isArmed = (one: Pick<ChannelWatch, 'isArmed'>) => one.isArmed;

/** A single check of every channel, by default without an arm. `owner`: whose poll it is (`ownerOf`). */
export function look(
  ports: LookPorts,
  request: Allowed,
  owner: string,
  checkOf: (channel: string) => SingleCheck = (channel) => new SingleCheck(ports, channel),
): Promise<readonly Reader[]> {
  const { client, cursors } = request;
  const session = client === undefined ? undefined : new ClientSession(ports, client, owner, undefined);
  return start(
    ports,
    session,
    request,
    cursors.map(({ channel }) => checkOf(channel)),
  );
}

/** Where the readers stand, when nothing need be asked for: no cursor is kept, and this process sleeps on every channel already. Undefined: `arrive`. */
export function atOnce(request: Allowed, watches: readonly ChannelWatch[]): readonly Reader[] | undefined {
  if (request.client !== undefined || isLookedUp(request.begin) || !watches.every(isArmed)) return undefined;
  const readers = placed(request, NO_CURSORS, watches, NO_PLACES);
  // A lost reader may know of more than the last check proved.
  return readers.some(isLost) ? undefined : readers;
}

/**
 * Arms and checks every channel that is not armed, and meets the client's cursors. `nonce` names the poll for
 * its client's next one; it is held for its wait at most. `owner`: whose poll it is.
 */
export async function arrive(
  ports: StartPorts,
  request: Allowed,
  watches: readonly ChannelWatch[],
  nonce: string | undefined,
  owner: string,
): Promise<readonly Reader[]> {
  return start(ports, await present(ports, request, nonce, owner), request, watches);
}

/** Checks the channels while the client's cursors are read; checks those again where a cursor knows of more, and places every reader. */
async function start(
  ports: LookPorts,
  session: ClientSession | undefined,
  request: Allowed,
  channels: readonly Checked[],
): Promise<readonly Reader[]> {
  const visiting = visits(request);
  const arriving = channels.every(isArmed) ? NOBODY : Promise.all(channels.map((one) => one.arrive()));
  const visited = session?.visit(visiting) ?? NO_CURSORS;
  // A client that goes on finds both at hand, in a hub, and is not made to wait for either.
  const isAtHand = arriving === NOBODY && !(visited instanceof Promise);
  const [arrivals, cursors] = isAtHand ? [NOBODY, visited] : await Promise.all([arriving, visited]);
  const doubted = channels.filter((one, i) => {
    const visit = visiting[i];
    return visit && doubtful(visit, cursors[i], one, arrivals[i]?.fresh === true);
  });
  if (doubted.length > 0) await Promise.all(doubted.map((one) => one.checkAgain()));
  const places = isLookedUp(request.begin)
    ? await placesAt(ports, request, channels, request.begin)
    : NO_PLACES;
  const readers = placed(request, cursors, channels, places);
  const settling = session ? settle(session, visiting, cursors, readers) : [];
  if (settling.length > 0) await Promise.all(settling);
  return readers;
}

/** The client's session, held in this process's mailbox; opening that costs nothing once it is open. */
async function present(
  ports: StartPorts,
  { client, waitMs }: PollRequest,
  nonce: string | undefined,
  owner: string,
): Promise<ClientSession | undefined> {
  if (client === undefined || nonce === undefined) return undefined;
  const until = ports.clock.now() + waitMs;
  return new ClientSession(ports, client, owner, { mailbox: await ports.mailbox.address(), nonce, until });
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

/** `places`: where those begin for whom the log was read. */
function placed(
  { cursors, begin, narrow, narrows }: Allowed,
  kept: ReadonlyArray<Cursor | undefined>,
  sights: readonly Sight[],
  places: ReadonlyArray<number | undefined>,
): readonly Reader[] {
  return cursors.map((seen, i) => {
    const sight = sights[i];
    if (!sight) throw new Error('a channel of the poll was not looked at');
    const place = begin && !isLookedUp(begin) ? sight.head.vid : places[i];
    return reader(seen.channel, seen, kept[i], sight, {
      begin: place,
      narrow: narrows ? narrows[i] : narrow,
    });
  });
}

/** Whether the log must be read to know where a reader begins. */
function isLookedUp(begin: Begin | undefined): begin is Begin {
  return begin !== undefined && !('last' in begin && begin.last === 0);
}

function placesAt(
  { log }: LookPorts,
  { cursors }: PollRequest,
  sights: readonly Sight[],
  begin: Begin,
): Promise<ReadonlyArray<number | undefined>> {
  return Promise.all(
    cursors.map(async ({ channel, maxvid }, i) => {
      const head = sights[i]?.head;
      if (maxvid !== undefined || !head) return undefined;
      return 'last' in begin
        ? placeBefore(log, channel, begin.last, head)
        : placeAt(log, channel, begin.sinceMs, head);
    }),
  );
}

/** Completes the cursors of those who had no place yet, and takes back what cannot be true. */
function settle(
  session: ClientSession,
  visiting: readonly Visit[],
  cursors: ReadonlyArray<Cursor | undefined>,
  readers: readonly Reader[],
): ReadonlyArray<Promise<void>> {
  return visiting.flatMap(({ channel, seen }, i) => {
    const one = readers[i];
    if (!one) return [];
    if (stands(one) === 'reset') return session.retract(channel, cursors[i], seen);
    return session.settle(channel, cursors[i], seen, one.after, one.sight.head) ?? [];
  });
}
