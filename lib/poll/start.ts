/**
 * Where a poll begins: every channel is looked at, the client's cursors are read and saved, and each reader is placed. A held poll arms what it looks at; one that
 * does not wait only looks.
 */

import type { Cursor, Position } from '../cursors/ports.ts';
import type { EventLog } from '../log/ports.ts';
import type { HeadReader } from '../log/read/head-reader.ts';
import { newsAnswer } from '../log/read/page.ts';
import { RecentBlocks } from '../log/read/recent-blocks.ts';
import type { ChannelWatch } from '../wakeup/channel-watch.ts';
import type { Mailbox } from '../wakeup/mailbox.ts';
import { ClientSession, type ClientSessionPorts, type Visit } from './client-session.ts';
import { isLost, type Reader, reader, type Sight, stands } from './reader.ts';

export interface StartPorts extends ClientSessionPorts {
  readonly log: EventLog;
  readonly headReader: HeadReader;
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
}

const NO_CURSORS: readonly undefined[] = [];
const isArmed = (watch: ChannelWatch) => watch.isArmed;

/** A single look at every channel, without an arm, for `principal` (`principalOf`). */
export async function look(
  ports: StartPorts,
  request: PollRequest,
  owner: string,
): Promise<readonly Reader[]> {
  const { client } = request;
  const session = client === undefined ? undefined : new ClientSession(ports, client, owner, undefined);
  const [looks, cursors] = await Promise.all([
    Promise.all(request.cursors.map(({ channel }) => sightOf(ports, channel))),
    session?.visit(visits(request)) ?? [],
  ]);
  const sights = await Promise.all(
    looks.map((sight, i) => {
      const visit = visits(request)[i];
      return visit && doubtful(visit, cursors[i], sight, true) ? sightOf(ports, visit.channel) : sight;
    }),
  );
  const readers = placed(request, cursors, sights);
  if (session) await settle(session, request, cursors, readers);
  return readers;
}

/** Where the readers stand, when nothing need be asked for: no cursor is kept, and this process sleeps on every channel already. Undefined: `arrive`. */
export function atOnce(
  request: PollRequest,
  watches: readonly ChannelWatch[],
): readonly Reader[] | undefined {
  if (request.client !== undefined || !watches.every(isArmed)) return undefined;
  const readers = placed(request, NO_CURSORS, watches);
  // A lost reader may know of more than the last check proved.
  return readers.some(isLost) ? undefined : readers;
}

/**
 * Arms and checks every channel that is not armed, and meets the client's cursors. `nonce` names the poll for
 * its client's next one; it is held for its wait at most. `principal`: whose it is.
 */
export async function arrive(
  ports: StartPorts,
  request: PollRequest,
  watches: readonly ChannelWatch[],
  nonce: string | undefined,
  owner: string,
): Promise<readonly Reader[]> {
  const session = await present(ports, request, nonce, owner);
  const arriving = watches.every(isArmed) ? [] : watches.map((watch) => watch.arrive());
  const [arrivals, cursors] = await Promise.all([
    Promise.all(arriving),
    session?.visit(visits(request)) ?? [],
  ]);
  const doubted = request.cursors.flatMap((seen, i) => {
    const watch = watches[i];
    const fresh = arrivals[i]?.fresh === true;
    return watch && doubtful({ channel: seen.channel, seen }, cursors[i], watch, fresh) ? [watch] : [];
  });
  if (doubted.length > 0) await Promise.all(doubted.map((watch) => watch.checkAgain()));
  const readers = placed(request, cursors, watches);
  if (session) await settle(session, request, cursors, readers);
  return readers;
}

async function sightOf({ headReader, log }: StartPorts, channel: string): Promise<Sight> {
  const { head, block } = await headReader.check(channel);
  const tail = new RecentBlocks();
  if (block) tail.add(block);
  return {
    head,
    async answer(after, limit) {
      const blocks = tail.after(after, head) ?? (await log.read(channel, after, limit));
      return newsAnswer(channel, after, head, blocks, limit);
    },
  };
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
  session: ClientSession,
  request: PollRequest,
  cursors: ReadonlyArray<Cursor | undefined>,
  readers: readonly Reader[],
): Promise<void> {
  await Promise.all(
    visits(request).map(async ({ channel, seen }, i) => {
      const one = readers[i];
      if (!one) return;
      if (stands(one) === 'reset') await session.retract(channel, cursors[i], seen);
      else await session.settle(channel, cursors[i], seen, one.after, one.sight.head);
    }),
  );
}
