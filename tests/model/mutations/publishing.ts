/** Mistakes of a process that publishes. */

import { hashOf } from '../../../lib/log/append/id-digest.ts';
import type { LogBlock } from '../../../lib/log/block.ts';
import type { EventLog, NewBlock } from '../../../lib/log/ports.ts';
import { textOfMark } from '../../../lib/log/queue-mark.ts';
import type { Arm } from '../../../lib/wakeup/ports.ts';
import { written } from '../effects/log.ts';
import type { Mutation } from '../mutation.ts';
import { byWallAlone } from './clocks.ts';

/** As if the second message of two were in. */
const AHEAD = textOfMark({ queue: 'ingest', sequence: '2', count: 1, at: Number.MAX_SAFE_INTEGER });

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
    line: 'log/append/load-writer-state.ts, load: last?.last ?? life?.highWaterMark',
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
    name: 'the mark of the queue outlives a block without one',
    line: 'log/append/writer-state.ts, noteBlock: state.queueMark = markOfText(block.queueMark)',
    config: 'redelivered',
    breaks: 'once',
    publisher: (ports) => ({ ...ports, log: { ...ports.log, ...remembering(ports.log) } }),
  },
  {
    name: 'ids are not compared where the mark leaves it open',
    line: "log/append/append-plan.ts, idsToCompare: standing === 'open'",
    config: 'redelivered',
    breaks: 'once',
    publisher: (ports) => ({ ...ports, log: { ...ports.log, since: async () => [] } }),
  },
  {
    name: 'the mark is a message ahead of the log',
    line: 'log/queue-mark.ts, markOf: count: index + 1',
    config: 'redelivered',
    breaks: 'acknowledged',
    publisher: (ports) => {
      const append = (channel: string, { queueMark, ...block }: NewBlock) =>
        ports.log.append(channel, queueMark === undefined ? block : { ...block, queueMark: AHEAD });
      return { ...ports, log: { ...ports.log, append } };
    },
  },
  {
    name: 'a digest lacks an id',
    line: 'log/append/id-digest.ts, add: hashes.push',
    config: 'digests',
    breaks: 'once',
    publisher: (ports) => ({
      ...ports,
      digests: {
        ...ports.digests,
        keep: (channel, digest) => ports.digests.keep(channel, { ...digest, hashes: digest.hashes.slice(1) }),
      },
    }),
  },
  {
    name: 'a digest is kept before its block is in the log',
    line: 'log/append/appender.ts, settle: keepDigest',
    config: 'digests',
    breaks: 'once',
    publisher: (ports) => {
      const append = async (channel: string, block: NewBlock) => {
        const { first, last, epoch, at, events } = block;
        const hashes = Uint32Array.from(events.map(({ id }) => hashOf(id))).sort();
        if (last % 2 === 0)
          await ports.digests.keep(channel, { first, last, epoch, at: Date.parse(at), hashes });
        return ports.log.append(channel, block);
      };
      return { ...ports, log: { ...ports.log, append } };
    },
  },
  {
    name: 'what may stand in a span is taken for new',
    line: 'log/append/load-ids.ts, lookUp: log.since(state.channel, 0, digest)',
    config: 'digests',
    breaks: 'once',
    publisher: (ports) => ({
      ...ports,
      log: {
        ...ports.log,
        since: async (channel, sinceMs, span) =>
          sinceMs === 0 ? [] : ports.log.since(channel, sinceMs, span),
      },
    }),
  },
  {
    name: 'what no digest is about is not read',
    line: 'log/append/load-ids.ts, load: spansWithout',
    config: 'digests',
    breaks: 'once',
    publisher: (ports) => ({
      ...ports,
      log: {
        ...ports.log,
        since: async (channel, sinceMs, span) =>
          sinceMs === 0 ? ports.log.since(channel, sinceMs, span) : [],
      },
    }),
  },
  {
    name: 'ids are forgotten by the wall clock',
    line: 'log/append/recent-ids.ts, forgetOld: elapsed',
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

/** Says of every block without a mark what the last one with a mark said. */
function remembering(log: EventLog): Pick<EventLog, 'last' | 'read'> {
  let known: string | undefined;
  const marked = (block: LogBlock): LogBlock => {
    known = block.queueMark ?? known;
    return known === undefined ? block : { ...block, queueMark: known };
  };
  return {
    last: async (channel) => {
      const block = await log.last(channel);
      return block && marked(block);
    },
    read: async (channel, after, limit) => (await log.read(channel, after, limit)).map(marked),
  };
}
