/** The bounded worlds around readers who wait directly, on mailboxes of their own. */

import { LEASE_MS } from '../../lib/wakeup/mailbox-lease.ts';
import type { Config } from './config.ts';
import { YOUNG_MS } from './world.ts';

/** How a mailbox is opened matters only to the sweeper. */
const OPENING = ['registry.add', 'registry.renew', 'mailboxes.open'];
/** A doorbell that is sent late cannot be told from one that comes late. */
const SENDING = [...OPENING, 'mailboxes.send'];

export const DIRECT_CONFIGS = {
  direct: {
    about:
      'a reader waits on a mailbox of its own through a burst; doorbells come twice, and two waits share them',
    pollers: {},
    directs: { D: { maxvid: 1, asks: 3, shares: 1 } },
    publishers: [
      { name: 'Q', publishes: [['x'], ['y'], ['z']], warm: 1 },
      { name: 'R', publishes: [['v'], ['w']], warm: 1 },
    ],
    faults: { double: 1 },
    atOnce: OPENING,
  },
  'direct-keys': {
    about: 'a reader of one key waits directly, while two publishers append events of its key and of others',
    pollers: {},
    directs: { D: { maxvid: 1, asks: 3, keys: ['a'] } },
    publishers: [
      { name: 'Q', publishes: [['x'], ['b=1'], ['b=2', 'a=3']], warm: 1 },
      { name: 'R', publishes: [['w'], ['a!4']], warm: 1 },
    ],
    atOnce: OPENING,
  },
  'direct-keys-anew': {
    about: 'a reader of one key waits directly, while the table of events is dropped and made anew',
    pollers: {},
    directs: { D: { maxvid: 1, asks: 2, keys: ['a'] } },
    publishers: [
      { name: 'Q', publishes: [['x'], ['b=1'], ['a=2']], warm: 1 },
      { name: 'R', publishes: [['b=3']] },
    ],
    faults: { drop: 1 },
    atOnce: [...SENDING, 'waiters.armed'],
  },
  'direct-late': {
    about: 'a reader waits directly, with one wait after the other; doorbells are late or lost',
    pollers: {},
    directs: { D: { maxvid: 1, asks: 3 } },
    publishers: [{ name: 'Q', publishes: [['x'], ['y']], warm: 1 }],
    faults: { lose: 1, jump: 5 },
    // Longer than a sleep, and five of them than a ticket and a sleep.
    jumpMs: 26_000,
    atOnce: [...SENDING, 'waiters.armed'],
  },
  'direct-young': {
    about: "a reader's new mailbox refuses and loses doorbells for a second; its answers are cut",
    pollers: {},
    directs: { D: { maxvid: 0, asks: 4, limit: 1 } },
    publishers: [{ name: 'Q', publishes: [['x'], ['y']], warm: 1 }],
    faults: { refuse: 2, swallow: 1, jump: 1, tick: 2 },
    jumpMs: YOUNG_MS,
    atOnce: OPENING,
  },
  'direct-broken': {
    about: 'a reader breaks a wait off, whose receive goes on and takes doorbells',
    pollers: {},
    directs: { D: { maxvid: 1, asks: 4, breaks: 1 } },
    publishers: [{ name: 'Q', publishes: [['x'], ['y']], warm: 1 }],
    faults: { rob: 1, jump: 3 },
    jumpMs: 2_000,
    atOnce: [...SENDING, 'waiters.armed'],
  },
  'direct-set': {
    about: 'the functions that a reader asks have clocks that differ by half a minute',
    pollers: {},
    directs: { D: { maxvid: 1, asks: 4 } },
    publishers: [{ name: 'Q', publishes: [['x'], ['y'], ['z']], warm: 1 }],
    faults: { set: 1, jump: 1 },
    jumpMs: 2_000,
    setMs: [-30_000, 30_000],
    atOnce: SENDING,
  },
  'direct-swept': {
    about: "a reader comes back at any step, after its mailbox's time, while the sweeper runs",
    pollers: {},
    directs: { D: { maxvid: 1, asks: 3 } },
    publishers: [{ name: 'Q', publishes: [['x'], ['y']], warm: 1 }],
    sweeps: 1,
    faults: { jump: 2 },
    jumpMs: LEASE_MS / 2 + 1_000,
    atOnce: ['mailboxes.send'],
  },
  'direct-failing': {
    about: 'calls of a direct wait fail before or after they take effect, or take effect late',
    pollers: {},
    directs: { D: { maxvid: 1, asks: 3 } },
    publishers: [{ name: 'Q', publishes: [['x'], ['y']], warm: 1 }],
    faults: { failBefore: 1, failAfter: 1, failLate: 1 },
    failing: ['waiters.arm', 'log.last', 'waiters.armed', 'mailboxes.send'],
    atOnce: OPENING,
  },
} as const satisfies Readonly<Record<string, Omit<Config, 'name'>>>;
