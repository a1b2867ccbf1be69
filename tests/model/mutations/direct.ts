/** Mistakes of direct waits: of the functions that are asked, and of a reader. */

import type { Ticket } from '../../../lib/auth/wait-tickets.ts';
import { TICKET_MS } from '../../../lib/poll/direct-wait.ts';
import type { Arm } from '../../../lib/wakeup/ports.ts';
import type { PollerPorts } from '../actors/poller.ts';
import type { Mutation } from '../mutation.ts';
import { SLEEP_MS } from '../world.ts';
import { checkBeforeArm } from './check-before-arm.ts';

export const DIRECT: readonly Mutation[] = [
  {
    name: 'a direct wait checks before it arms',
    line: 'poll/armed-check.ts, arrive: #arm comes before the check',
    config: 'direct',
    breaks: 'wake',
    direct: { ports: checkBeforeArm },
  },
  {
    name: 'the turn of an arm is the clock alone',
    line: 'poll/direct-wait.ts, armed: turnOf, before.turn + 1',
    config: 'direct-set',
    breaks: 'wake',
    direct: { read: (ticket) => ({ ...ticket, turn: 0 }) },
  },
  {
    name: 'the arm of a ticket runs out before the ticket',
    line: 'poll/direct-wait.ts: DIRECT_ARM_MS',
    config: 'direct-late',
    breaks: 'wake',
    direct: { ports: withArms((arm) => ({ ...arm, until: arm.until - TICKET_MS - SLEEP_MS })) },
  },
  {
    name: 'a direct wait is not armed anew',
    line: 'poll/direct-wait.ts, armed: nonce: random.id()',
    config: 'direct',
    breaks: 'wake',
    direct: { ports: withArms((arm) => ({ ...arm, nonce: 'D.n1' })) },
  },
  {
    name: 'a young mailbox is waited on for a whole ticket',
    line: 'poll/direct-wait.ts, armed: isYoung',
    config: 'direct-young',
    breaks: 'wake',
    direct: { signed: long },
  },
  {
    name: 'a reader waits on a mailbox whose receive it has broken off',
    line: 'PROTOCOL.md, Direct waits: without the ticket',
    config: 'direct-broken',
    breaks: 'wake',
    direct: { keepsTicket: true },
  },
  {
    name: 'a reader waits on after its ticket',
    line: 'PROTOCOL.md, Direct waits: life',
    config: 'direct-late',
    breaks: 'end',
    direct: { outlives: true },
  },
  {
    name: 'a bell that another wait brings during an ask is forgotten',
    line: 'PROTOCOL.md, Direct waits: asks once more before it waits',
    config: 'direct',
    breaks: 'wake',
    direct: { forgetsBell: true },
  },
  {
    name: 'a direct wait for some keys checks before it arms',
    line: 'poll/armed-check.ts, arrive: #arm comes before the check',
    config: 'direct-keys',
    breaks: 'wake',
    direct: { ports: checkBeforeArm },
  },
  {
    name: 'an arm that was left alone counts as rung',
    line: 'wakeup/bell.ts, #sendAll: #rung takes the arms that are rung',
    config: 'direct-keys',
    breaks: 'wake',
    publisher: (ports) => {
      const seen = new Set<string>();
      const armed = async (channel: string) => {
        const arms = (await ports.waiters.armed(channel)).filter(({ nonce }) => !seen.has(nonce));
        for (const { nonce } of arms) seen.add(nonce);
        return arms;
      };
      return { ...ports, waiters: { ...ports.waiters, armed } };
    },
  },
  {
    name: 'an arm names other keys than its reader wants',
    line: 'poll/direct-wait.ts, wantedOn: the keys of this ask',
    config: 'direct-keys',
    breaks: 'wake',
    direct: { ports: withArms((arm) => ({ ...arm, wanted: { hashes: [], prefixes: ['b'] } })) },
  },
  {
    name: 'an event of another key is rung about',
    line: 'wakeup/bell.ts, armsToRing: concerns',
    config: 'direct-keys',
    breaks: 'thrift',
    publisher: (ports) => {
      const armed = async (channel: string) =>
        (await ports.waiters.armed(channel)).map(({ wanted: _, ...arm }) => arm);
      return { ...ports, waiters: { ...ports.waiters, armed } };
    },
  },
];

function withArms(change: (arm: Arm) => Arm): (ports: PollerPorts) => PollerPorts {
  return (ports) => {
    const arm = (channel: string, one: Arm) => ports.waiters.arm(channel, change(one));
    return { ...ports, waiters: { ...ports.waiters, arm } };
  };
}

function long(ticket: Ticket): Ticket {
  return { ...ticket, seconds: SLEEP_MS / 1_000, untilMs: ticket.turn + TICKET_MS };
}
