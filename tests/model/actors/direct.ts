/**
 * A reader who waits directly, and the functions that it asks: the real `directWait` and `DirectMailboxes`, put together as `lib/compose/waits.ts` does.
 * No process stays with its mailbox: it asks, waits with the ticket by the gateway's receives, and asks again as PROTOCOL.md says.
 */

import { TRUSTED } from '../../../lib/auth/caller.ts';
import type { Ticket } from '../../../lib/auth/wait-tickets.ts';
import { PushError } from '../../../lib/errors.ts';
import { HeadReader } from '../../../lib/log/read/head-reader.ts';
import { type DirectWaitPorts, directWait, TICKET_MS } from '../../../lib/poll/direct-wait.ts';
import { HeldPolls } from '../../../lib/poll/held-polls.ts';
import { NewMailboxLimiter } from '../../../lib/poll/new-mailbox-limiter.ts';
import { RepeatLimiter } from '../../../lib/poll/repeat-limiter.ts';
import { narrowOf } from '../../../lib/poll/wish.ts';
import type { WaitTicket } from '../../../lib/protocol/doorbell.ts';
import { DirectMailboxes } from '../../../lib/wakeup/direct-mailboxes.ts';
import { MemoryMeter } from '../../support/memory/doubles.ts';
import type { Control } from '../control.ts';
import { addressOf, CHANNEL, SLEEP_MS } from '../world.ts';
import type { Actor, Output } from './actor.ts';
import { controlledPorts, type PollerPorts } from './poller.ts';

export interface DirectPlan {
  /** Where it stands when it comes. */
  readonly maxvid: number;
  /** How often it asks at most. */
  readonly asks: number;
  readonly limit?: number;
  /** The keys that it wants; by default all events. */
  readonly keys?: readonly string[];
  /** How often it waits a second time beside a wait: two receives then share its mailbox. */
  readonly shares?: number;
  /** How often it breaks a wait off, whose receive goes on without it. */
  readonly breaks?: number;
}

/** What a mutation puts between the real code and the world, or undoes of what PROTOCOL.md asks of a reader. */
export interface DirectGlasses {
  readonly ports?: (ports: PollerPorts) => PollerPorts;
  /** What becomes of a ticket before it is signed, */
  readonly signed?: (ticket: Ticket) => Ticket;
  /** and of one that comes back. */
  readonly read?: (ticket: Ticket) => Ticket;
  /** The reader goes on with its mailbox after it has broken a wait off. */
  readonly keepsTicket?: true;
  /** It begins waits for longer than it was told. */
  readonly outlives?: true;
  /** It takes no notice of a bell that comes while it asks. */
  readonly forgetsBell?: true;
}

/** Of a reader who waits directly: how long one arm is relied on. */
export const DIRECT_SLEEP_MS = TICKET_MS + SLEEP_MS;

type Stage = 'idle' | 'asking' | 'waiting';

export function direct(
  name: string,
  plan: DirectPlan,
  control: Control,
  say: (output: Output) => void,
  glasses?: DirectGlasses,
): Actor {
  const plain = controlledPorts(control);
  const ports = compose(control, glasses?.ports?.(plain) ?? plain, glasses);
  const { keys } = plan;
  const narrow = keys && narrowOf(keys, '', false);
  const narrowed = narrow ? { narrow } : {};
  const wanting = keys ? { keys } : {};
  let stage: Stage = 'idle';
  let maxvid = plan.maxvid;
  let epoch: string | undefined;
  let asks = 0;
  let shares = 0;
  let breaks = 0;
  /** A bell has come while it asked, from another wait on its mailbox. */
  let isHeard = false;
  let wait: (WaitTicket & { readonly gotAt: number }) | undefined;
  const receives = new Set<AbortController>();

  async function ask(): Promise<void> {
    const after = maxvid;
    const followed = epoch;
    stage = 'asking';
    isHeard = false;
    asks++;
    const cursor = { channel: CHANNEL, maxvid, ...(epoch === undefined ? {} : { epoch }) };
    const request = { cursors: [cursor], waitMs: 0, limit: plan.limit ?? 500, ...narrowed };
    try {
      const { answers, wait: given } = await directWait(ports, TRUSTED, request, wait?.ticket);
      const [answer] = answers;
      if (!answer) throw new Error('a reader of one channel was not answered');
      maxvid = answer.maxvid;
      epoch = answer.epoch ?? undefined;
      say({ kind: 'answer', client: name, after, epoch: followed, answer, ...wanting });
      stage = 'idle';
      if (!given) return;
      wait = { ...given, gotAt: control.now };
      if (given.life === 0 || isHeard) return;
      stage = 'waiting';
      receive();
    } catch (error) {
      if (!(error instanceof PushError)) throw error;
      stage = 'idle';
      say({ kind: 'refused', client: name, after, epoch: followed, code: error.code });
    }
  }

  function receive(): void {
    if (!wait) return;
    const { mailbox, seconds } = JSON.parse(wait.ticket) as Ticket;
    const abort = new AbortController();
    receives.add(abort);
    void plain.mailboxes
      .receive(addressOf(mailbox?.name ?? ''), seconds, abort.signal)
      .then((received) => heard(abort, received === 'gone' || received.length > 0));
  }

  function heard(abort: AbortController, isBell: boolean): void {
    receives.delete(abort);
    // The bell may be that of the arm which is written now: then the ticket that comes is worth nothing.
    if (stage === 'asking' && isBell && !glasses?.forgetsBell) isHeard = true;
    if (stage !== 'waiting') return;
    if (isBell) stage = 'idle';
    if (stage !== 'waiting' || receives.size > 0 || !wait) return;
    if (glasses?.outlives || control.now < wait.gotAt + wait.life * 1_000) receive();
    else stage = 'idle';
  }

  function breakOff(): void {
    breaks++;
    stage = 'idle';
    for (const abort of receives) abort.abort();
    receives.clear();
    if (!glasses?.keepsTicket) wait = undefined;
  }

  const isOver = () => stage === 'idle' && asks >= plan.asks;

  return {
    offers: () => [
      ...(stage === 'idle' && asks < plan.asks ? ['ask'] : []),
      ...(stage === 'waiting' && shares < (plan.shares ?? 0) ? ['wait too'] : []),
      ...(stage === 'waiting' && breaks < (plan.breaks ?? 0) ? ['break off'] : []),
    ],
    start(what) {
      if (what === 'ask') void ask();
      if (what === 'break off') breakOff();
      if (what !== 'wait too') return;
      shares++;
      receive();
    },
    waiting: () =>
      stage === 'waiting'
        ? [
            {
              client: name,
              after: maxvid,
              epoch,
              until: control.armedAt + DIRECT_SLEEP_MS,
              sleepMs: DIRECT_SLEEP_MS,
              ...wanting,
            },
          ]
        : [],
    finished: isOver,
    facts: () =>
      glasses
        ? undefined
        : [
            [stage, maxvid, epoch, asks, shares, breaks, isHeard, wait, receives.size],
            ['records.get', 'registry.add', 'registry.renew', 'mailboxes.open'].map((op) =>
              control.answers.get(op),
            ),
            control.ids,
          ],
  };
}

/** Tickets are not signed here: nobody in the model changes one. */
function compose(
  control: Control,
  { log, waiters, registry, mailboxes }: PollerPorts,
  glasses: DirectGlasses = {},
): DirectWaitPorts {
  const { signed = same, read = same } = glasses;
  const { clock } = control;
  const where = { ...mailboxes, addressOf: async (name: string) => addressOf(name) };
  return {
    log,
    headReader: new HeadReader({ log, records: log, clock }),
    cursors: control.port('cursors', 'visit', 'move', 'save', 'list', 'forget'),
    mailboxes,
    held: new HeldPolls(1, 1),
    clock,
    random: control.random('n'),
    meter: new MemoryMeter(),
    repeatLimiter: new RepeatLimiter(clock, 1),
    tickets: {
      sign: async (ticket) => JSON.stringify(signed(ticket)),
      read: async (text) => read(JSON.parse(text) as Ticket),
    },
    ground: {
      mailboxes: new DirectMailboxes({
        mailboxes: where,
        registry,
        clock,
        random: control.random('m'),
        prefix: 'mailbox-',
      }),
      waiters,
      limiter: new NewMailboxLimiter(clock),
    },
  };
}

const same = (ticket: Ticket) => ticket;
