/** Mistakes around the register of mailboxes. */

import { LEASE_MS } from '../../../lib/wakeup/mailbox.ts';
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
    sweeper: ({ register, ...ports }) => {
      const list = async () => {
        const entries = await register.list();
        return entries.map((entry) => ({ ...entry, until: entry.until - 2 * LEASE_MS }));
      };
      const fence = (entry: Registration) => register.fence({ ...entry, until: entry.until + 2 * LEASE_MS });
      return { ...ports, register: { ...register, list, fence: fence } };
    },
  },
  {
    name: 'a mailbox is fenced though it was renewed meanwhile',
    line: 'aws/dynamodb/mailbox-registry.ts, fence: #until = :until',
    config: 'swept',
    breaks: 'mailboxes',
    effects: {
      'register.fence': (world, _rules, _by, { name }: Registration) => {
        const entry = world.register.find((one) => one.name === name);
        return just(entry ? retired(world, entry) : world, entry !== undefined, name);
      },
    },
  },
  {
    name: 'the mailbox registry is listed before the queues',
    line: 'wakeup/mailbox-sweep.ts, sweep: mailboxes.list comes before register.list',
    config: 'swept',
    breaks: 'mailboxes',
    sweeper: ({ register, mailboxes }) => {
      let entries: readonly Registration[] = [];
      const list = async () => {
        entries = await register.list();
        return mailboxes.list();
      };
      return {
        register: { ...register, list: async () => entries },
        mailboxes: { ...mailboxes, list },
      };
    },
  },
  {
    name: 'a mailbox is made before it is registered',
    line: 'wakeup/mailbox.ts, #make: register.add comes before mailboxes.open',
    config: 'swept',
    breaks: 'mailboxes',
    poller: {
      ports: ({ register, mailboxes, ...ports }) => {
        let late = 0;
        const enter = async (_name: string, until: number) => {
          late = until;
        };
        const open = async (name: string) => {
          const address = await mailboxes.open(name);
          await register.add(name, late);
          return address;
        };
        return { ...ports, register: { ...register, add: enter }, mailboxes: { ...mailboxes, open } };
      },
    },
  },
  {
    name: 'the sweeper leaves fenced mailboxes in the registry',
    line: 'wakeup/mailbox-sweep.ts, sweep: register.remove',
    config: 'swept',
    breaks: 'mailboxes',
    sweeper: ({ register, ...ports }) => ({
      ...ports,
      register: { ...register, remove: async () => undefined },
    }),
  },
];
