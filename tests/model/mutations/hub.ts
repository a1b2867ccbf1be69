/** Mistakes of a process that publishes and wakes its own readers itself. */

import type { Block } from '../../../lib/log/block.ts';
import type { NewBlock } from '../../../lib/log/ports.ts';
import type { ChannelWatch } from '../../../lib/wakeup/channel-watch.ts';
import type { Mutation } from '../mutation.ts';

export const HUB: readonly Mutation[] = [
  {
    name: 'readers of the own process are not told of an append, and not rung either',
    line: 'wakeup/in-process-bell.ts, ring: watchRegistry.appended',
    config: 'hub',
    breaks: 'wake',
    poller: {
      hub: { parts: (ports, told) => ({ ports, watchRegistry: { ...told, appended: () => undefined } }) },
    },
  },
  {
    name: 'readers of the own process are told before the append',
    line: 'publish/publish.ts, publish: appender.append comes before bell.ring',
    config: 'hub',
    breaks: 'delivery',
    poller: {
      hub: {
        parts: (ports, watchRegistry) => {
          const append = (channel: string, block: NewBlock) => {
            const { first, last, epoch, at, events: newEvents } = block;
            watchRegistry.appended(
              channel,
              { vid: last, epoch },
              { first, last, epoch, at, entries: newEvents },
            );
            return ports.log.append(channel, block);
          };
          return { ports: { ...ports, log: { ...ports.log, append } }, watchRegistry };
        },
      },
    },
  },
  {
    name: 'an append between arm and check is forgotten',
    line: 'wakeup/watch-state.ts, appended: the arming watch keeps it for the check',
    config: 'hub',
    breaks: 'wake',
    decisions: ({ appended }) => ({
      appended: (watch, reached) =>
        watch.phase === 'arming' ? { watch, wake: false } : appended(watch, reached),
    }),
  },
  {
    name: 'a check takes back an append that came after its read',
    line: 'wakeup/watch-state.ts, checked: appended and isBeyond',
    config: 'hub',
    breaks: 'wake',
    decisions: ({ checked }) => ({
      checked: (watch, head, until) =>
        checked(watch.phase === 'arming' ? { ...watch, appended: null } : watch, head, until),
    }),
  },
  {
    name: 'every mailbox is taken for the own one',
    line: 'wakeup/mailbox.ts, isOwn: the open address',
    config: 'hubs',
    breaks: 'wake',
    poller: { hub: { isOwn: () => true } },
  },
  {
    name: 'recent blocks are taken for all blocks up to the head',
    line: 'log/read/recent-blocks.ts, after: undefined when the tail does not reach forth to the head',
    config: 'again',
    breaks: 'delivery',
    decisions: () => ({
      tailAfter(added, after) {
        const [oldest, ...newer] = contiguous(added);
        if (!oldest || after + 1 < oldest.first) return undefined;
        return [oldest, ...newer].filter(({ last }) => last > after);
      },
    }),
  },
  {
    name: 'readers at different positions share an answer',
    line: 'log/read/page-cache.ts, at: the key has the place',
    config: 'hub',
    breaks: 'delivery',
    poller: { answer: sharedByHead() },
  },
];

/** What a tail keeps of the blocks that it was given. */
function contiguous(added: readonly Block[]): readonly Block[] {
  let kept: Block[] = [];
  for (const block of added) {
    const newest = kept.at(-1);
    if (newest?.epoch === block.epoch && block.last <= newest.last) continue;
    if (newest?.epoch !== block.epoch || block.first !== newest.last + 1) kept = [];
    kept.push(block);
  }
  return kept;
}

/** One answer for all who ask while the head is the same. */
function sharedByHead() {
  const answers = new WeakMap<
    ChannelWatch,
    { readonly vid: number; readonly answer: ReturnType<ChannelWatch['answer']> }
  >();
  return (watch: ChannelWatch, after: number, limit: number) => {
    const { vid } = watch.head;
    const known = answers.get(watch);
    if (known?.vid === vid) return known.answer;
    const answer = watch.answer(after, limit);
    answers.set(watch, { vid, answer });
    return answer;
  };
}
