/** Mistakes around the registry of mailboxes. */

import { LEASE_MS } from '../../../lib/wakeup/mailbox-lease.ts';
import type { Registration } from '../../../lib/wakeup/ports.ts';
import { just } from '../effects/effect.ts';
import { retired } from '../effects/mailboxes.ts';
import type { Mutation } from '../mutation.ts';

export const SWEEPING: readonly Mutation[] = [
  {
    name: 'the sweeper takes mailboxes in use',
    line: 'wakeup/mailbox-sweep.ts, dead: until < now',
    config: 'swept',
    breaks: 'mailboxes',
    sweeper: ({ registry, ...ports }) => {
      const list = async () => {
        const entries = await registry.list();
        return entries.map((entry) => ({ ...entry, until: entry.until - 2 * LEASE_MS }));
      };
      const fence = (entry: Registration) => registry.fence({ ...entry, until: entry.until + 2 * LEASE_MS });
      return { ...ports, registry: { ...registry, list, fence: fence } };
    },
  },
  {
    name: 'a mailbox is fenced though it was renewed meanwhile',
    line: 'aws/dynamodb/mailbox-registry.ts, fence: #until = :until',
    config: 'swept',
    breaks: 'mailboxes',
    effects: {
      'registry.fence': (world, _rules, _by, { name }: Registration) => {
        const entry = world.registry.find((one) => one.name === name);
        return just(entry ? retired(world, entry) : world, entry !== undefined, name);
      },
    },
  },
  {
    name: 'the mailbox registry is listed before the queues',
    line: 'wakeup/mailbox-sweep.ts, sweep: mailboxes.list comes before registry.list',
    config: 'swept',
    breaks: 'mailboxes',
    sweeper: ({ registry, mailboxes }) => {
      let entries: readonly Registration[] = [];
      const list = async () => {
        entries = await registry.list();
        return mailboxes.list();
      };
      return {
        registry: { ...registry, list: async () => entries },
        mailboxes: { ...mailboxes, list },
      };
    },
  },
  {
    name: 'a mailbox is made before it is registered',
    line: 'wakeup/mailbox-lease.ts, #make: registry.add comes before mailboxes.open',
    config: 'swept',
    breaks: 'mailboxes',
    poller: {
      ports: ({ registry, mailboxes, ...ports }) => {
        let late = 0;
        const enter = async (_name: string, until: number) => {
          late = until;
        };
        const open = async (name: string) => {
          const address = await mailboxes.open(name);
          await registry.add(name, late);
          return address;
        };
        return { ...ports, registry: { ...registry, add: enter }, mailboxes: { ...mailboxes, open } };
      },
    },
  },
  {
    name: 'the sweeper leaves fenced mailboxes in the registry',
    line: 'wakeup/mailbox-sweep.ts, sweep: registry.remove',
    config: 'swept',
    breaks: 'mailboxes',
    sweeper: ({ registry, ...ports }) => ({
      ...ports,
      registry: { ...registry, remove: async () => undefined },
    }),
  },
];
