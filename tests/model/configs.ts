/**
 * The bounded worlds that are explored, whole. Each is small: what comes between what matters for one side of the protocol at a time, and the
 * calls that another configuration interleaves take effect at once here.
 */

import { ARM_MS } from '../../lib/wakeup/channel-watch.ts';
import { LEASE_MS } from '../../lib/wakeup/mailbox-lease.ts';
import type { Config } from './config.ts';
import { DIRECT_CONFIGS } from './direct-configs.ts';
import { STATE_CONFIGS } from './state-configs.ts';
import { YOUNG_MS } from './world.ts';

/** A mailbox is opened before anyone knows of it: how that comes between other calls matters only to the sweeper. */
const OPENING = ['registry.add', 'registry.renew', 'mailboxes.open'];
/** A doorbell that is sent late cannot be told from one that comes late. */
const SENDING = [...OPENING, 'mailboxes.send'];

export type ConfigName =
  | 'burst'
  | 'joined'
  | 'shared'
  | 'three'
  | 'lost'
  | 'late'
  | 'set'
  | 'repeated'
  | 'redelivered'
  | 'digests'
  | 'young'
  | 'frozen'
  | 'left'
  | 'swept'
  | 'failing'
  | 'slow'
  | 'writers'
  | 'birth'
  | 'expired'
  | 'emptied'
  | 'anew'
  | 'between'
  | 'large'
  | 'hub'
  | 'hubs'
  | 'again'
  | keyof typeof STATE_CONFIGS
  | keyof typeof DIRECT_CONFIGS
  | 'everyone';

const CONFIGS_BY_NAME: Readonly<Record<ConfigName, Omit<Config, 'name'>>> = {
  burst: {
    about: 'one poller through a burst of one publisher; doorbells come twice',
    pollers: { P: [{ client: 'a', maxvid: 1, polls: 3 }] },
    publishers: [{ name: 'Q', publishes: [['x'], ['y'], ['z']], warm: 1 }],
    faults: { double: 2 },
    atOnce: OPENING,
  },
  joined: {
    about: 'a poll joins its process while another sleeps, reads or is answered',
    pollers: {
      P: [
        { client: 'a', maxvid: 2, polls: 2 },
        { client: 'b', maxvid: 0, polls: 1 },
      ],
    },
    publishers: [{ name: 'Q', publishes: [['x'], ['v'], ['y'], ['z']], warm: 2 }],
    atOnce: SENDING,
  },
  shared: {
    about: 'two pollers in one process, two publishers',
    pollers: {
      P: [
        { client: 'a', maxvid: 2, polls: 2 },
        { client: 'b', maxvid: 2, polls: 1 },
      ],
    },
    publishers: [
      { name: 'Q', publishes: [['x'], ['y']], warm: 1 },
      { name: 'R', publishes: [['z'], ['w']], warm: 1 },
    ],
    atOnce: SENDING,
  },
  three: {
    about: 'three pollers, two of them in one process; two publishers',
    pollers: {
      P: [
        { client: 'a', maxvid: 2, polls: 1 },
        { client: 'b', maxvid: 2, polls: 1 },
      ],
      O: [{ client: 'c', maxvid: 2, polls: 1 }],
    },
    publishers: [
      { name: 'Q', publishes: [['x'], ['y']], warm: 1 },
      { name: 'R', publishes: [['z'], ['w']], warm: 1 },
    ],
    together: true,
    atOnce: SENDING,
  },
  lost: {
    about: 'a doorbell is lost, and time passes until the next look',
    pollers: { P: [{ client: 'a', maxvid: 2, polls: 1 }] },
    publishers: [
      { name: 'Q', publishes: [['x'], ['y']], warm: 1 },
      { name: 'R', publishes: [['z'], ['w']], warm: 1 },
    ],
    faults: { lose: 2, tick: 1 },
    atOnce: SENDING,
  },
  late: {
    about: 'events come late in a sleep, doorbells are late or lost, polls end',
    pollers: {
      P: [
        { client: 'a', maxvid: 1, polls: 1 },
        { client: 'b', maxvid: 1, polls: 1 },
      ],
    },
    publishers: [{ name: 'Q', publishes: [['x'], ['y']], warm: 1 }],
    faults: { lose: 1, jump: 2 },
    jumpMs: 15_000,
    atOnce: SENDING,
  },
  set: {
    about: 'the wall clock of a process is set back or forward, and doorbells are lost',
    pollers: {
      P: [
        { client: 'a', maxvid: 1, polls: 1 },
        { client: 'b', maxvid: 1, polls: 1 },
      ],
    },
    publishers: [{ name: 'Q', publishes: [['x'], ['y']], warm: 1 }],
    faults: { lose: 1, jump: 2, set: 1 },
    jumpMs: 15_000,
    setMs: [-170_000, 3_600_000],
    together: true,
    atOnce: [...SENDING, 'waiters.armed', 'log.last', 'log.append', 'log.read', 'records.get'],
  },
  repeated: {
    about: 'events are published again within 5 minutes, while wall clocks are set back and forward',
    pollers: {},
    publishers: [
      { name: 'Q', publishes: [['x'], ['x'], ['u']], hasProducerIds: true, warm: 1 },
      { name: 'R', publishes: [['z'], ['z']], hasProducerIds: true, warm: 1 },
    ],
    faults: { jump: 2, set: 2 },
    jumpMs: 61_000,
    setMs: [-3_600_000, 3_600_000],
    atOnce: [...SENDING, 'waiters.armed', 'records.get', 'log.last', 'log.since', 'digests.since'],
  },
  redelivered: {
    about: 'messages of the queue come to two processes, and to one of a version without marks',
    pollers: {},
    publishers: [
      { name: 'Q', publishes: [['m'], ['m', 'n']], queue: ['m', 'n'], warm: 1 },
      { name: 'R', publishes: [['m', 'n']], queue: ['m', 'n'] },
      { name: 'O', publishes: [['m', 'n']], hasProducerIds: true, older: true },
      { name: 'H', publishes: [['x']] },
    ],
    faults: { failAfter: 1 },
    failing: ['log.append'],
    atOnce: [...SENDING, 'waiters.armed', 'records.get', 'records.begin', 'log.since', 'digests.since'],
  },
  digests: {
    about: 'ids are looked up in digests, which are lost or not seen, while others append',
    pollers: {},
    publishers: [
      { name: 'Q', publishes: [['a'], ['b'], ['c']], hasProducerIds: true, digestStep: 2, warm: 1 },
      { name: 'R', publishes: [['b'], ['a']], hasProducerIds: true, digestStep: 2 },
      { name: 'S', publishes: [['a', 'c']], hasProducerIds: true, digestStep: 2 },
    ],
    atOnce: [...SENDING, 'waiters.armed', 'records.get', 'records.begin', 'log.read'],
  },
  young: {
    about: 'a new mailbox refuses and loses doorbells for a second',
    pollers: { P: [{ client: 'a', maxvid: 1, polls: 2 }] },
    publishers: [{ name: 'Q', publishes: [['x'], ['y']], warm: 1 }],
    faults: { refuse: 2, swallow: 1, jump: 1, tick: 1 },
    jumpMs: YOUNG_MS,
    atOnce: OPENING,
  },
  frozen: {
    about: 'a process freezes at any step, for longer than an arm lasts',
    pollers: { P: [{ client: 'a', maxvid: 1, polls: 2 }] },
    publishers: [{ name: 'Q', publishes: [['x'], ['y']], warm: 1 }],
    faults: { freeze: 1, jump: 1, tick: 1 },
    jumpMs: ARM_MS + 1_000,
    atOnce: OPENING,
  },
  left: {
    about:
      'a receive is left behind by its reader, and aborted after a freeze; it takes doorbells all the same',
    pollers: { P: [{ client: 'a', maxvid: 1, polls: 2 }] },
    publishers: [{ name: 'Q', publishes: [['x'], ['y'], ['z']], warm: 1 }],
    faults: { rob: 1, freeze: 1, jump: 2, tick: 1 },
    jumpMs: 3_000,
    together: true,
    atOnce: [...SENDING, 'waiters.armed', 'waiters.arm', 'log.last', 'log.append', 'log.read', 'records.get'],
  },
  swept: {
    about: 'a process freezes at any step, for longer than its mailbox is registered, while the sweeper runs',
    pollers: { P: [{ client: 'a', maxvid: 1, polls: 2 }] },
    publishers: [{ name: 'Q', publishes: [['x'], ['y']], warm: 1 }],
    sweeps: 1,
    faults: { freeze: 1, jump: 1 },
    jumpMs: LEASE_MS + 1_000,
    together: true,
    atOnce: ['mailboxes.send', 'waiters.armed'],
  },
  failing: {
    about: 'calls fail before or after they take effect, or take effect late',
    pollers: { P: [{ client: 'a', maxvid: 1, polls: 2 }] },
    publishers: [{ name: 'Q', publishes: [['x'], ['y']], warm: 1 }],
    faults: { failBefore: 1, failAfter: 1, failLate: 1 },
    failing: ['waiters.arm', 'log.last', 'log.append', 'waiters.armed', 'mailboxes.send'],
    atOnce: OPENING,
  },
  slow: {
    about: 'a put takes longer than its publisher waits, while a poll sleeps',
    pollers: { P: [{ client: 'a', maxvid: 1, polls: 2 }] },
    publishers: [{ name: 'Q', publishes: [['x'], ['y'], ['z']], warm: 1 }],
    faults: { jump: 1 },
    jumpMs: 11_000,
    // None may fail; but so a put is not done with its beginning.
    failing: ['log.append'],
    atOnce: SENDING,
  },
  writers: {
    about: 'two publishers put at once, and puts fail, seem to fail, or come late',
    pollers: {},
    publishers: [
      { name: 'Q', publishes: [['x'], ['y']], warm: 1 },
      { name: 'R', publishes: [['z'], ['w']], warm: 1 },
    ],
    faults: { failBefore: 1, failAfter: 1, failLate: 1 },
    failing: ['log.append', 'log.read'],
  },
  birth: {
    about: 'a channel is born of two publishers at once; answers are cut',
    pollers: { P: [{ client: 'a', maxvid: 0, polls: 2, limit: 1 }] },
    publishers: [
      { name: 'Q', publishes: [['x']] },
      { name: 'R', publishes: [['z', 'w']] },
    ],
    atOnce: SENDING,
  },
  expired: {
    about: 'blocks expire in any order while two publishers go on',
    pollers: {},
    publishers: [
      { name: 'Q', publishes: [['x'], ['y'], ['u']], warm: 2 },
      { name: 'R', publishes: [['z'], ['w']] },
    ],
    faults: { jump: 1 },
    retentionMs: 3_600_000,
    jumpMs: 3_700_000,
  },
  emptied: {
    about: 'blocks expire in any order while a reader goes on',
    pollers: { P: [{ client: 'a', maxvid: 0, polls: 2 }] },
    publishers: [{ name: 'Q', publishes: [['x'], ['y'], ['z']], warm: 1 }],
    faults: { jump: 1 },
    retentionMs: 3_600_000,
    jumpMs: 3_700_000,
    atOnce: SENDING,
  },
  anew: {
    about: 'the table of events is dropped and made anew while a poll sleeps',
    pollers: { P: [{ client: 'a', maxvid: 1, epoch: 'Q.t1', polls: 1 }] },
    publishers: [
      { name: 'Q', publishes: [['x']], warm: 1 },
      { name: 'R', publishes: [['z']] },
    ],
    faults: { drop: 1, jump: 1 },
    // The mailbox is not young any more, so that only a doorbell tells of the new life.
    jumpMs: 2_000,
    atOnce: SENDING,
  },
  between: {
    about: 'the table of events is dropped and made anew between two polls',
    pollers: { P: [{ client: 'a', maxvid: 0, epoch: 'Q.t1', polls: 2 }] },
    publishers: [
      { name: 'Q', publishes: [['x']], warm: 1 },
      { name: 'R', publishes: [['z'], ['w']] },
    ],
    faults: { drop: 1 },
    atOnce: SENDING,
  },
  large: {
    about: 'the newest block is large and not read again, while the table of events is dropped and made anew',
    pollers: { P: [{ client: 'a', maxvid: 0, polls: 2 }] },
    publishers: [
      { name: 'Q', publishes: [['x']], warm: 1 },
      { name: 'R', publishes: [['z'], ['w']] },
    ],
    largeBlocks: true,
    faults: { drop: 1 },
    together: true,
    atOnce: [...SENDING, 'waiters.armed', 'log.read', 'records.begin'],
  },
  hub: {
    about: 'a process wakes its own two readers itself, while another process publishes too',
    pollers: {
      P: [
        { client: 'a', maxvid: 2, polls: 1 },
        { client: 'b', maxvid: 1, polls: 1 },
      ],
    },
    hubs: { P: { publishes: [['x'], ['y']], warm: 1 } },
    publishers: [{ name: 'Q', publishes: [['z'], ['w']], warm: 1 }],
    atOnce: SENDING,
  },
  hubs: {
    about: 'a hub rings a reader elsewhere, after its publisher has its answer; doorbells are lost',
    pollers: {
      P: [{ client: 'a', maxvid: 1, polls: 2 }],
      O: [{ client: 'c', maxvid: 1, polls: 1 }],
    },
    hubs: { P: { publishes: [['x'], ['y']], warm: 1 } },
    publishers: [],
    faults: { lose: 1, tick: 1 },
    together: true,
    atOnce: SENDING,
  },
  again: {
    about: 'a producer that had no answer elsewhere publishes the same to the hub, whose reader sleeps',
    pollers: { P: [{ client: 'a', maxvid: 2, polls: 2 }] },
    hubs: { P: { publishes: [['x'], ['z']], hasProducerIds: true, warm: 1 } },
    publishers: [{ name: 'Q', publishes: [['y'], ['z']], hasProducerIds: true, warm: 1 }],
    atOnce: SENDING,
  },
  ...STATE_CONFIGS,
  ...DIRECT_CONFIGS,
  everyone: {
    about: 'two pollers in one process, two publishers and the sweeper, past the time of the mailbox',
    large: true,
    pollers: {
      P: [
        { client: 'a', maxvid: 2, polls: 1 },
        { client: 'b', maxvid: 2, polls: 1 },
      ],
    },
    publishers: [
      { name: 'Q', publishes: [['x'], ['y']], warm: 1 },
      { name: 'R', publishes: [['z'], ['w']], warm: 1 },
    ],
    sweeps: 1,
    faults: { jump: 1 },
    jumpMs: LEASE_MS + 1_000,
    together: true,
    atOnce: [...SENDING, 'waiters.armed', 'log.read', 'records.get'],
  },
};

export function configOf(name: ConfigName): Config {
  return { name, ...CONFIGS_BY_NAME[name] };
}

export const CONFIGS: readonly Config[] = Object.entries(CONFIGS_BY_NAME).map(([name, config]) => ({
  name,
  ...config,
}));
