/** Mistakes of a process that holds polls. */

import type { LogBlock } from '../../../lib/log/block.ts';
import type { Arm } from '../../../lib/wakeup/ports.ts';
import { just } from '../effects/effect.ts';
import { armed } from '../effects/mailboxes.ts';
import type { Mutation } from '../mutation.ts';
import { checkBeforeArm } from './check-before-arm.ts';
import { byWallAlone } from './clocks.ts';

export const POLLING: readonly Mutation[] = [
  {
    name: 'check before arm',
    line: 'wakeup/channel-watch.ts, #armAndCheck: waiters.arm comes before headReader.check',
    config: 'burst',
    breaks: 'wake',
    poller: { ports: checkBeforeArm },
  },
  {
    name: 'eventually consistent check',
    line: 'aws/dynamodb/events-table.ts, #query: ConsistentRead',
    config: 'burst',
    breaks: 'wake',
    effects: {
      'log.last': (world, _rules, by) => [
        { world, answer: world.blocks.at(-1), note: 'the newest' },
        ...(by === 'P' ? [{ world, answer: world.blocks.at(-2), note: 'an older state' }] : []),
      ],
    },
  },
  {
    name: 'nothing is looked for above a large block that was seen',
    line: 'log/read/head-reader.ts, #above: log.last(channel, seen.last)',
    config: 'large',
    breaks: 'wake',
    poller: {
      ports: (ports) => {
        const last = async (channel: string, after = 0) =>
          after === 0 ? ports.log.last(channel) : undefined;
        return { ...ports, log: { ...ports.log, last } };
      },
    },
  },
  {
    name: 'a large block that was seen proves the life of its channel',
    line: 'log/read/head-reader.ts, #above: life?.epoch === seen.epoch',
    config: 'large',
    breaks: 'wake',
    poller: {
      ports: (ports) => {
        let epoch: string | undefined;
        const last = async (channel: string, after = 0) => {
          const block = await ports.log.last(channel, after);
          epoch = block?.epoch ?? epoch;
          return block;
        };
        const get = async (channel: string) =>
          epoch === undefined ? ports.log.get(channel) : { epoch, highWaterMark: 1_000 };
        return { ...ports, log: { ...ports.log, last, get } };
      },
    },
  },
  {
    name: 'an expired channel is not checked again after its own item was read',
    line: 'log/read/head-reader.ts, check: newer',
    config: 'emptied',
    breaks: 'delivery',
    poller: {
      ports: (ports) => {
        let before: LogBlock | undefined;
        let asked = false;
        const last = async (channel: string) => {
          if (!asked) before = await ports.log.last(channel);
          asked = false;
          return before;
        };
        const get = async (channel: string) => {
          const life = await ports.log.get(channel);
          asked = life !== undefined;
          return life;
        };
        return { ...ports, log: { ...ports.log, last, get } };
      },
    },
  },
  {
    name: 'no arm after a wake',
    line: 'wakeup/watch-state.ts, heardArmed: news makes the watch unarmed',
    config: 'joined',
    breaks: 'wake',
    decisions: ({ heard }) => ({
      heard(watch, ring) {
        const step = heard(watch, ring);
        const stays = step.wake && watch.phase === 'armed' && step.watch.head;
        return stays ? { wake: true, watch: { ...watch, head: stays } } : step;
      },
    }),
  },
  {
    name: 'a ring between arm and check does not use up the arm',
    line: 'wakeup/watch-state.ts, checked: watch.rung',
    config: 'burst',
    breaks: 'wake',
    decisions: ({ heard }) => ({
      heard: (watch, ring) => (watch.phase === 'arming' ? { watch, wake: false } : heard(watch, ring)),
    }),
  },
  {
    name: 'a check that finds news wakes nobody',
    line: 'wakeup/watch-state.ts, checked: wake when the head differs',
    config: 'shared',
    breaks: 'wake',
    decisions: ({ checked }) => ({
      checked: (watch, head, until) => ({ ...checked(watch, head, until), wake: false }),
    }),
  },
  {
    name: "no second check after a young mailbox's first second",
    line: 'wakeup/mailbox.ts, sleepMs: isYoung',
    config: 'young',
    breaks: 'wake',
    poller: { sleepMs: () => 20_000 },
  },
  {
    name: 'an aborted receive is taken for ended',
    line: 'wakeup/mailbox.ts, sleepMs: robbedUntil',
    config: 'left',
    breaks: 'wake',
    // Its mailbox is opened at the beginning, and young for two seconds.
    poller: { sleepMs: (now) => (now < 2_000 ? 1_000 : 20_000) },
  },
  {
    name: 'never arms again',
    line: 'wakeup/channel-watch.ts, #armAndCheck: until = now + mailbox.sleepMs()',
    config: 'late',
    breaks: 'wake',
    poller: { sleepMs: () => 3_600_000 },
  },
  {
    name: 'an arm runs out before its sleep',
    line: 'wakeup/channel-watch.ts: ARM_MS',
    config: 'late',
    breaks: 'wake',
    poller: {
      ports: ({ waiters, ...ports }) => {
        const arm = (channel: string, one: Arm) =>
          waiters.arm(channel, { ...one, until: one.until - 50_000 });
        return { ...ports, waiters: { ...waiters, arm } };
      },
    },
  },
  {
    name: 'sleeps are measured with the wall clock',
    line: 'wakeup/channel-watch.ts, #pauseMs: clock.elapsed()',
    config: 'set',
    breaks: 'wake',
    clock: byWallAlone,
  },
  {
    name: 'an older arm overwrites a newer one',
    line: 'aws/dynamodb/waiters-table.ts, arm: turn <= :turn',
    config: 'failing',
    breaks: 'wake',
    effects: {
      'waiters.arm': (world, _rules, _by, _channel: string, arm: Arm) =>
        just(armed(world, arm), undefined, arm.nonce),
    },
  },
  {
    name: 'the epoch of a reader is ignored',
    line: 'log/head.ts, standing: otherLife',
    config: 'between',
    breaks: 'life',
    decisions: ({ standing }) => ({
      standing: (after, _, head) => standing(after, undefined, head),
    }),
  },
  {
    name: 'the epoch of a doorbell is ignored',
    line: 'wakeup/watch-state.ts, heardArmed: sameLife',
    config: 'anew',
    breaks: 'wake',
    decisions: ({ heard }) => ({
      heard: (watch, ring) =>
        watch.phase === 'armed'
          ? heard({ ...watch, head: { ...watch.head, epoch: ring.epoch } }, ring)
          : heard(watch, ring),
    }),
  },
  {
    name: 'an answer that was cut moves its reader to the head',
    line: "log/read/page.ts, newsAnswer: maxvid is the last event's",
    config: 'birth',
    breaks: 'delivery',
    decisions: ({ newsAnswer }) => ({
      newsAnswer: (channel, after, head, ...rest) => ({
        ...newsAnswer(channel, after, head, ...rest),
        maxvid: head.vid,
      }),
    }),
  },
  {
    name: "the event at the reader's own position is sent again",
    line: 'log/block.ts, eventsAfter: skip',
    config: 'burst',
    breaks: 'delivery',
    decisions: ({ newsAnswer }) => ({
      newsAnswer: (channel, after, ...rest) => newsAnswer(channel, after - 1, ...rest),
    }),
  },
  {
    name: 'recent blocks go on after a gap',
    line: 'log/read/recent-blocks.ts, add: a block that does not follow on starts the tail anew',
    config: 'shared',
    breaks: 'delivery',
    decisions: () => ({
      tailAfter(added, after) {
        const [oldest] = added;
        return oldest && after + 1 >= oldest.first ? added.filter(({ last }) => last > after) : undefined;
      },
    }),
  },
  {
    name: 'recent blocks are taken for the whole log',
    line: 'log/read/recent-blocks.ts, after: undefined when the tail does not reach back that far',
    config: 'joined',
    breaks: 'delivery',
    decisions: () => ({
      tailAfter: (added, after) =>
        added.length === 0 ? undefined : added.filter(({ last }) => last > after),
    }),
  },
  {
    name: 'a late doorbell is taken for news',
    line: 'wakeup/watch-state.ts, heardArmed: ring.last <= head.vid',
    config: 'burst',
    breaks: 'life',
    decisions: ({ heard }) => ({
      heard: (watch, ring) =>
        watch.phase === 'armed' && ring.last < watch.head.vid
          ? { watch: { phase: 'unarmed', head: { vid: ring.last, epoch: ring.epoch } }, wake: true }
          : heard(watch, ring),
    }),
  },
  {
    name: 'a poll does not end with its wait',
    line: 'poll/poll.ts, wakings: mailbox.quietAt',
    config: 'late',
    breaks: 'end',
    poller: { quietAt: () => () => undefined },
  },
  {
    name: 'a sleep without length',
    line: 'wakeup/mailbox.ts, sleepMs: LIMITS.waitSeconds',
    config: 'birth',
    breaks: 'progress',
    decisions: ({ checked }) => ({ checked: (watch, head) => checked(watch, head, 0) }),
  },
];
