/**
 * Waiting without a process (PROTOCOL.md, "Direct waits"). A reader asks: its own mailbox is armed, then the log is checked. It is told what has come,
 * and given a ticket to wait with: whatever it wants and is appended after the check rings that mailbox. A bell is only a hint to ask again, as is the
 * end of the ticket; so a lost one costs a ticket's time, and no event.
 */

import type { Caller } from '../auth/caller.ts';
import type { Ticket, WaitTickets } from '../auth/wait-tickets.ts';
import { PushError } from '../errors.ts';
import { LIMITS, type PollAnswer, type WaitTicket } from '../protocol/doorbell.ts';
import type { Random } from '../runtime/ports.ts';
import type { Meter } from '../telemetry/ports.ts';
import type { DirectMailboxes } from '../wakeup/direct-mailboxes.ts';
import { YOUNG_MS } from '../wakeup/mailbox-lease.ts';
import type { Waiters, WantedKeys } from '../wakeup/ports.ts';
import { wantedOf } from '../wakeup/wanted-keys.ts';
import { ArmedCheck } from './armed-check.ts';
import type { NewMailboxLimiter } from './new-mailbox-limiter.ts';
import { ownerOf } from './nonce.ts';
import { admit, meterAnswers, type PollRequest } from './poll.ts';
import type { Reader } from './reader.ts';
import type { RepeatLimiter } from './repeat-limiter.ts';
import { SingleCheck } from './single-check.ts';
import { type Allowed, type LookPorts, look } from './start.ts';
import { tell } from './tell.ts';

/**
 * For how long waits may be begun with one ticket, in ms: five of them, one after the other. It is what a lost bell costs; each ticket costs an ask with an arm,
 * a check and a look at the ticket, and that is a third of what a quiet reader costs at 60 s (docs/evidence/cost.md).
 */
export const TICKET_MS = 100_000;
/** How long the arm of a ticket counts, in ms: its time, its last wait, and 40 s for a publisher whose clock is ahead. */
export const DIRECT_ARM_MS = TICKET_MS + LIMITS.waitSeconds * 1_000 + 40_000;

/** How long one wait on a young mailbox lasts, in seconds: what the loss of a bell costs there. */
const WARY_SECONDS = 1;

/** Characters of what a ticket says of the keys that are wanted: it stands in an address. Whoever wants more hears of all. */
const MAX_WANTED_LENGTH = 2_000;

/** Where its readers' mailboxes are. */
export interface DirectGround {
  readonly mailboxes: Pick<DirectMailboxes, 'lease'>;
  readonly waiters: Pick<Waiters, 'arm'>;
  readonly limiter: Pick<NewMailboxLimiter, 'admit'>;
}

export interface DirectWaitPorts extends LookPorts {
  readonly tickets: Pick<WaitTickets, 'sign' | 'read'>;
  readonly repeatLimiter: RepeatLimiter;
  readonly random: Random;
  readonly meter: Meter;
  /** Absent in a process that holds the waits itself (`heldWait`): it arms when they come. */
  readonly ground?: DirectGround;
}

export interface DirectAnswer {
  /** Of the channels that have news, in the order asked; of all of them, empty, where none has. */
  readonly answers: readonly PollAnswer[];
  /** Absent where there is more to read. */
  readonly wait?: WaitTicket;
}

/**
 * What has come after the reader's place, at once, and a ticket to wait for more. `ticket`: the one of before, whose last wait has been answered; without it
 * the reader gets another mailbox. `waitMs` of the request says nothing. May be repeated with the same `maxvid`.
 * Throws as `poll`; `forbidden` for a ticket that is not its caller's or of other channels; `too-many-requests` for more mailboxes than one caller may have made.
 */
export async function directWait(
  ports: DirectWaitPorts,
  caller: Caller,
  request: PollRequest,
  ticket?: string,
): Promise<DirectAnswer> {
  const allowed = admit(ports, caller, request);
  const owner = ownerOf(caller);
  const last = ticket === undefined ? undefined : await ownTicket(ports, ticket, owner, request);
  const wanted = wantedOn(allowed);
  const given = await armed(ports, caller, owner, last, wanted);
  const sessionOwner = request.client === undefined ? '' : owner;
  const readers = await look(ports, allowed, sessionOwner, given.checkOf);
  const { answers, stand: before } = await tell(ports, readers, request.limit);
  meterAnswers(ports.meter, answers);
  const place = new Map(answers.map(({ channel, maxvid }) => [channel, maxvid]));
  const stand = before.map((one) => ({ ...one, after: place.get(one.channel) ?? one.after }));
  const isAll = stand.every(({ after, sight }) => after >= sight.head.vid);
  if (!isAll) return { answers };
  const wait = await ticketFor(ports, given.ticket, stand, wanted);
  ports.meter.count('TicketsGiven');
  return { answers, wait };
}

/** Throws `forbidden`. */
async function ownTicket(
  { tickets }: DirectWaitPorts,
  text: string,
  owner: string,
  { cursors }: PollRequest,
): Promise<Ticket> {
  const ticket = await tickets.read(text);
  const isOwn = ticket.owner === owner;
  const isSame =
    ticket.places.length === cursors.length &&
    ticket.places.every(({ channel }, i) => channel === cursors[i]?.channel);
  if (isOwn && isSame) return ticket;
  const whose = isOwn ? 'of other channels' : "another token's";
  throw new PushError('forbidden', `This ticket is ${whose}: ask for one, without it.`, { field: 'ticket' });
}

/** By channel, where the reader wants some keys only. */
type Wanted = ReadonlyMap<string, WantedKeys | undefined>;

function wantedOn({ cursors, narrow, narrows }: Allowed): Wanted {
  return new Map(cursors.map(({ channel }, i) => [channel, wantedOf((narrows ? narrows[i] : narrow)?.keys)]));
}

interface Given {
  readonly ticket: Omit<Ticket, 'places'>;
  readonly checkOf: (channel: string) => SingleCheck;
}

/** What arms each channel before it is checked, and what the ticket says of that. */
async function armed(
  ports: DirectWaitPorts,
  caller: Caller,
  owner: string,
  before: Ticket | undefined,
  wanted: Wanted,
): Promise<Given> {
  const { ground, clock, random, meter } = ports;
  const seconds = LIMITS.waitSeconds;
  // The tickets of one reader may come from processes whose clocks differ, and its arms may come late: a newer one must stand above.
  const turnOf = (now: number) => Math.max(now, (before?.turn ?? 0) + 1);
  if (!ground) {
    const now = clock.now();
    const ticket = { owner, turn: turnOf(now), seconds, untilMs: now + TICKET_MS };
    return { ticket, checkOf: (channel) => new SingleCheck(ports, channel) };
  }
  const admit = () => {
    ground.limiter.admit(caller.principal);
    meter.count('ReaderMailboxesMade');
  };
  const { mailbox, address } = await ground.mailboxes.lease(before?.mailbox, admit);
  // After the lease, which may take a while.
  const now = clock.now();
  const turn = turnOf(now);
  const arm = { mailbox: address, nonce: random.id(), turn, until: now + DIRECT_ARM_MS, bare: true } as const;
  // A young queue may lose a bell, so its reader soon asks again.
  const isYoung = now - mailbox.openedAt < YOUNG_MS;
  const life = isYoung
    ? { seconds: WARY_SECONDS, untilMs: now + WARY_SECONDS * 1_000 }
    : { seconds, untilMs: now + TICKET_MS };
  return {
    ticket: { mailbox, owner, turn, ...life },
    checkOf: (channel) => {
      const keys = wanted.get(channel);
      const own = keys ? { ...arm, wanted: keys } : arm;
      return new ArmedCheck(ports, channel, () => ground.waiters.arm(channel, own));
    },
  };
}

async function ticketFor(
  { tickets, clock }: DirectWaitPorts,
  ticket: Omit<Ticket, 'places'>,
  stand: readonly Reader[],
  wanted: Wanted,
): Promise<WaitTicket> {
  // Of a reader with a mailbox, its arms say what it wants.
  const isSaid = !ticket.mailbox && JSON.stringify([...wanted.values()]).length <= MAX_WANTED_LENGTH;
  const places = stand.map(({ channel, after, sight }) => {
    const keys = isSaid ? wanted.get(channel) : undefined;
    return { channel, vid: after, epoch: sight.head.epoch, ...(keys ? { wanted: keys } : {}) };
  });
  const life = Math.max(0, Math.ceil((ticket.untilMs - clock.now()) / 1_000));
  return { ticket: await tickets.sign({ ...ticket, places }), seconds: ticket.seconds, life };
}
