/** Mistakes of a process that publishes. */

import type { NewBlock } from '../../../lib/log/ports.ts';
import type { Arm } from '../../../lib/wakeup/ports.ts';
import { written } from '../effects/log.ts';
import type { Mutation } from '../mutation.ts';
import { byWallAlone } from './clocks.ts';

export const PUBLISHING: readonly Mutation[] = [
  {
    name: 'ring before append',
    line: 'publish/publish.ts: appender.append comes before bell.ring',
    config: 'burst',
    breaks: 'delivery',
    publisher: (ports, bell) => {
      const append = async (channel: string, block: NewBlock) => {
        await bell().ring(channel, block);
        return ports.log.append(channel, block);
      };
      return { ...ports, log: { ...ports.log, append } };
    },
  },
  {
    name: 'look before append',
    line: 'wakeup/bell.ts, #ring: waiters.armed is asked after the append',
    config: 'burst',
    breaks: 'wake',
    publisher: (ports) => {
      let looked: readonly Arm[] = [];
      const append = async (channel: string, block: NewBlock) => {
        looked = await ports.waiters.armed(channel);
        return ports.log.append(channel, block);
      };
      const waiters = { ...ports.waiters, armed: async () => looked };
      return { ...ports, log: { ...ports.log, append }, waiters };
    },
  },
  {
    name: 'eventually consistent look',
    line: 'aws/dynamodb/waiters-table.ts, queryAll: ConsistentRead',
    config: 'burst',
    breaks: 'wake',
    effects: {
      'waiters.armed': (world) => [
        { world, answer: world.arms, note: 'all' },
        { world, answer: [], note: 'an older state' },
      ],
    },
  },
  {
    name: 'remembers which mailbox it has rung, not which arm',
    line: 'wakeup/bell.ts, armsToRing: rung.has(arm.nonce)',
    config: 'burst',
    breaks: 'wake',
    publisher: (ports) => {
      const rung = new Map<string, string>();
      const armed = async (channel: string) => {
        const arms = await ports.waiters.armed(channel);
        const left = arms.filter(({ mailbox, nonce }) => (rung.get(mailbox) ?? nonce) === nonce);
        for (const { mailbox, nonce } of left) rung.set(mailbox, nonce);
        return left;
      };
      return { ...ports, waiters: { ...ports.waiters, armed } };
    },
  },
  {
    name: 'remembers no arm that it has rung',
    line: 'wakeup/bell.ts, #ring: this.#rung.set',
    config: 'burst',
    breaks: 'thrift',
    publisher: (ports) => {
      let looks = 0;
      const armed = async (channel: string) => {
        const arms = await ports.waiters.armed(channel);
        looks++;
        return arms.map((arm) => ({ ...arm, nonce: `${arm.nonce}#${looks}` }));
      };
      const send = (mailbox: string, text: string) =>
        ports.mailboxes.send(mailbox, text.replace(/#\d+"/, '"'));
      return { ...ports, waiters: { ...ports.waiters, armed }, mailboxes: { send } };
    },
  },
  {
    name: 'drops the arm that it rings',
    line: 'wakeup/bell.ts, #send: disarm only a mailbox that is gone',
    config: 'lost',
    breaks: 'wake',
    publisher: (ports) => {
      const armed = async (channel: string) => {
        const arms = await ports.waiters.armed(channel);
        for (const arm of arms) await ports.waiters.disarm(channel, arm);
        return arms;
      };
      return { ...ports, waiters: { ...ports.waiters, armed } };
    },
  },
  {
    name: 'drops the arm on the first QueueDoesNotExist',
    line: 'wakeup/bell.ts, #send: a second try after SECOND_TRY_MS',
    config: 'young',
    breaks: 'wake',
    publisher: (ports) => {
      const gone = new Set<string>();
      const send = async (mailbox: string, text: string) => {
        if (gone.has(text)) return 'gone';
        const outcome = await ports.mailboxes.send(mailbox, text);
        if (outcome === 'gone') gone.add(text);
        return outcome;
      };
      return { ...ports, mailboxes: { send } };
    },
  },
  {
    name: 'the condition of the put is dropped',
    line: 'aws/dynamodb/events-table.ts, append: attribute_not_exists(vid)',
    config: 'writers',
    breaks: 'numbers',
    effects: {
      'log.append': (world, _rules, by, _channel: string, block: NewBlock) => [written(world, by, block)],
    },
  },
  {
    name: 'numbers start at 1 again when all blocks have expired',
    line: 'log/append/writer-state.ts, load: last?.last ?? life?.highWaterMark',
    config: 'expired',
    breaks: 'numbers',
    publisher: (ports) => {
      const get = async (channel: string) => {
        const life = await ports.log.get(channel);
        return life && { ...life, highWaterMark: 0 };
      };
      return { ...ports, log: { ...ports.log, get } };
    },
  },
  {
    name: 'a block that may have expired proves where the log ends',
    line: 'log/append/writer-state.ts, mustSkip: mayExpire',
    config: 'expired',
    breaks: 'numbers',
    publisher: (ports) => {
      const last = async (channel: string) => {
        const block = await ports.log.last(channel);
        return block && { ...block, expires: Number.MAX_SAFE_INTEGER };
      };
      return { ...ports, log: { ...ports.log, last } };
    },
  },
  {
    name: 'a put whose answer was lost is repeated',
    line: 'log/append/appender.ts, #commit: tries.has(token)',
    config: 'writers',
    breaks: 'once',
    publisher: (ports) => {
      const read = async (channel: string, after: number, limit: number) => {
        const blocks = await ports.log.read(channel, after, limit);
        return blocks.map((block) => ({ ...block, token: '' }));
      };
      return { ...ports, log: { ...ports.log, read } };
    },
  },
  {
    name: 'ids are forgotten by the wall clock',
    line: 'log/append/writer-state.ts, forgetOldIds: clock.elapsed()',
    config: 'repeated',
    breaks: 'once',
    clock: byWallAlone,
  },
  {
    name: 'an event is acknowledged before it is in the log',
    line: 'log/append/block-writer.ts, put: await log.append',
    config: 'burst',
    breaks: 'acknowledged',
    publisher: (ports) => {
      const append = async (channel: string, block: NewBlock) => {
        void ports.log.append(channel, block);
        return 'appended' as const;
      };
      return {
        ...ports,
        log: { ...ports.log, append },
        waiters: { ...ports.waiters, armed: async () => [] },
      };
    },
  },
  {
    name: 'a call without an answer is awaited for ever',
    line: 'aws/clients.ts: the request timeout',
    config: 'burst',
    breaks: 'progress',
    publisher: (ports) => ({
      ...ports,
      waiters: { ...ports.waiters, armed: () => new Promise(() => undefined) },
    }),
  },
];
