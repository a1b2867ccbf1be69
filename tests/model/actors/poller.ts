/**
 * A process that holds polls: the real `poll`, `Watcher`, `Mailbox` and `Heads`, put together as `lib/compose/base.ts` does. Its clients poll one
 * after the other, each from where its last answer left it.
 */

import { TRUSTED } from '../../../lib/auth/caller.ts';
import { PushError } from '../../../lib/errors.ts';
import type { ChannelRecords, EventLog } from '../../../lib/log/ports.ts';
import { HeadReader } from '../../../lib/log/read/head-reader.ts';
import { HeldPolls } from '../../../lib/poll/held-polls.ts';
import { type PollPorts, poll } from '../../../lib/poll/poll.ts';
import { RepeatLimiter } from '../../../lib/poll/repeat-limiter.ts';
import { AfterResponse } from '../../../lib/runtime/after-response.ts';
import type { ChannelWatch } from '../../../lib/wakeup/channel-watch.ts';
import { Mailbox } from '../../../lib/wakeup/mailbox.ts';
import type { Mailboxes, MailboxRegistry, Waiters } from '../../../lib/wakeup/ports.ts';
import { WatchRegistry } from '../../../lib/wakeup/watch-registry.ts';
import { MemoryLogger, MemoryMeter, replacing } from '../../support/memory/doubles.ts';
import type { Control } from '../control.ts';
import type { Insight } from '../decisions.ts';
import { CHANNEL } from '../world.ts';
import type { Actor, Output } from './actor.ts';
import { type HubGlasses, hub } from './hub.ts';
import type { PublishPlan } from './publishing.ts';

export interface ClientPlan {
  readonly client: string;
  /** Where it stands when it comes. */
  readonly maxvid: number;
  /** The life that it follows, where it knows. */
  readonly epoch?: string;
  /** How often it polls at most. */
  readonly polls: number;
  readonly limit?: number;
}

export interface PollerPorts {
  readonly log: EventLog & ChannelRecords;
  readonly waiters: Waiters;
  readonly register: MailboxRegistry;
  readonly mailboxes: Mailboxes;
}

/** What a mutation puts between the real code and the world, or between two parts of the real code. */
export interface PollerGlasses {
  readonly ports?: (ports: PollerPorts) => PollerPorts;
  /** Characters from which on a block is large. What the process remembers of such blocks is not seen either. */
  readonly large?: number;
  /** How long the watch registry is told that it may sleep. */
  readonly sleepMs?: (now: number) => number;
  /** The wait for the end of a poll. */
  readonly quietAt?: () => () => void;
  /** The answer of a watch. */
  readonly answer?: (
    ...asked: [watch: ChannelWatch, after: number, limit: number]
  ) => ReturnType<ChannelWatch['answer']>;
  readonly hub?: HubGlasses;
}

/** The process publishes too. */
export interface AlsoHub extends PublishPlan {
  readonly retentionMs: number;
}

export function controlledPorts(control: Control): PollerPorts {
  return {
    log: {
      ...control.port('log', 'last', 'read', 'since', 'append'),
      ...control.port('records', 'get', 'begin', 'reserve'),
    },
    waiters: control.port('waiters', 'arm', 'armed', 'disarm'),
    register: control.port('register', 'add', 'renew', 'fence', 'remove', 'list'),
    mailboxes: {
      ...control.port('mailboxes', 'open', 'receive', 'send', 'close', 'list'),
      // A received letter is hidden from the next receive; that one comes again is the adversary's `double`.
      remove: () => Promise.resolve(),
    },
  };
}

/** Tells how far the poll that joins next has come. */
interface Stages {
  next(): (what: string) => void;
}

function compose(control: Control, glasses: PollerGlasses, stages: Stages) {
  const ports = controlledPorts(control);
  const { log, waiters, register, mailboxes } = glasses.ports?.(ports) ?? ports;
  const logger = new MemoryLogger();
  const common = { clock: control.clock, logger, meter: new MemoryMeter() };
  const afterResponse = new CountedDeferred(logger);
  const held = new HeldPolls(Number.POSITIVE_INFINITY, Number.POSITIVE_INFINITY);
  const large = glasses.large === undefined ? {} : { large: glasses.large };
  const headReader = new HeadReader({ log, records: log, clock: control.clock, ...large });
  const mailbox: Mailbox = new Mailbox(
    { ...common, random: control.random('m'), mailboxes, register, afterResponse, prefix: 'mailbox-' },
    (doorbell) => (doorbell.kind === 'ring' ? watchRegistry.heard(doorbell) : held.supersede(doorbell.nonce)),
    () => {
      seen.moved();
      watchRegistry.moved();
    },
  );
  const own = {
    address: () => mailbox.address(),
    sleepMs: () => glasses.sleepMs?.(control.now) ?? mailbox.sleepMs(),
  };
  const arms = { ...common, random: control.random('n'), log, headReader, waiters, mailbox: own };
  const watchRegistry = new SeenWatches(arms, stages, glasses.answer);
  // Clients without a name keep no cursor.
  const cursors = control.port('cursors', 'visit', 'move', 'save', 'list', 'forget');
  const repeatLimiter = new RepeatLimiter(control.clock, 1);
  const seen = new SeenMailbox(mailbox, glasses.quietAt);
  const composed = {
    log,
    headReader,
    cursors,
    mailboxes,
    mailbox: seen,
    watchRegistry,
    held,
    afterResponse,
    repeatLimiter,
  };
  return { ...common, random: control.random('h'), ...composed } satisfies PollPorts;
}

/** Tells how often it was given up. When it was left alone, and whether it runs since, its next beat tells. */
class SeenMailbox {
  givenUp = 0;
  #resuming = false;
  readonly #mailbox: Mailbox;
  readonly #quietAt: PollerGlasses['quietAt'];

  constructor(mailbox: Mailbox, quietAt: PollerGlasses['quietAt']) {
    this.#mailbox = mailbox;
    this.#quietAt = quietAt;
  }

  address(): Promise<string> {
    return this.#mailbox.address();
  }

  isOwn(address: string): boolean {
    return this.#mailbox.isOwn(address);
  }

  resume(): void {
    this.#resuming = true;
    this.#mailbox.resume();
    this.#resuming = false;
  }

  moved(): void {
    if (!this.#resuming) this.givenUp++;
  }

  listen(until: number): () => void {
    return this.#mailbox.listen(until);
  }

  quietAt(deadline: number, quiet: () => void): () => void {
    if (this.#quietAt) return this.#quietAt();
    return this.#mailbox.quietAt(deadline, quiet);
  }
}

/** Tells how much has been put off. */
class CountedDeferred extends AfterResponse {
  count = 0;

  override later(work: () => Promise<void>): void {
    super.later(work);
    this.count++;
  }

  override flush(): Promise<void> {
    this.count = 0;
    return super.flush();
  }
}

class SeenWatches extends WatchRegistry {
  readonly #stages: Stages;
  readonly #answer: NonNullable<PollerGlasses['answer']>;

  constructor(
    ports: ConstructorParameters<typeof WatchRegistry>[0],
    stages: Stages,
    answer: PollerGlasses['answer'] = (watch, after, limit) => watch.answer(after, limit),
  ) {
    super(ports);
    this.#stages = stages;
    this.#answer = answer;
  }

  override join(channel: string): ChannelWatch {
    const watch = super.join(channel);
    const stage = this.#stages.next();
    const seen: Partial<ChannelWatch> = {
      arrive: () => noted(stage, 'arrive', watch.arrive()),
      checkAgain: () => noted(stage, 'check again', watch.checkAgain()),
      answer: (after, limit) => {
        const answer = this.#answer(watch, after, limit);
        return answer instanceof Promise ? noted(stage, 'read', answer) : answer;
      },
      sleep: (...sleep) => {
        stage('sleep');
        return watch.sleep(...sleep);
      },
    };
    return replacing(watch, seen);
  }
}

function noted<T>(stage: (what: string) => void, what: string, promise: Promise<T>): Promise<T> {
  stage(what);
  return promise.then((value) => {
    stage(`${what}: done`);
    return value;
  });
}

class Client {
  readonly plan: ClientPlan;
  maxvid: number;
  epoch: string | undefined;
  polls = 0;
  /** While a poll is held: until when, and how far it has come. */
  held: { readonly until: number; stage: string } | undefined;

  constructor(plan: ClientPlan) {
    this.plan = plan;
    this.maxvid = plan.maxvid;
    this.epoch = plan.epoch;
  }
}

/** What a process keeps of these it keeps for longer than it needs it at once. */
const REMEMBERED = ['records.get', 'register.add', 'register.renew', 'mailboxes.open'];
/** A poll of 20 s, the longest. */
const WAIT_MS = 20_000;

export function poller(
  plans: readonly ClientPlan[],
  control: Control,
  insight: Insight,
  say: (output: Output) => void,
  glasses?: PollerGlasses,
  also?: AlsoHub,
): Actor {
  const clients = plans.map((plan) => new Client(plan));
  let joining: Client | undefined;
  const ports = compose(control, glasses ?? {}, {
    next() {
      const client = joining;
      // Whoever arrives first begins the turn, and knows that its check is fresh; who joins it does not.
      const others = clients.filter(({ held }) => held?.stage.startsWith('arrive ')).length;
      return (what) => {
        if (client?.held) client.held.stage = what === 'arrive' ? `arrive ${others}` : what;
      };
    },
  });

  const publishing =
    also &&
    hub(
      also,
      controlledPorts(control),
      control,
      ports.mailbox,
      ports.watchRegistry,
      also.retentionMs,
      say,
      glasses?.hub,
    );

  async function ask(client: Client): Promise<void> {
    const { client: name, limit = 500 } = client.plan;
    const { maxvid: after, epoch } = client;
    client.polls++;
    client.held = { until: control.now + WAIT_MS, stage: 'starts' };
    joining = client;
    const cursor = { channel: CHANNEL, maxvid: after, ...(epoch === undefined ? {} : { epoch }) };
    const asked = poll(ports, TRUSTED, {
      cursors: [cursor],
      waitMs: WAIT_MS,
      limit,
    });
    joining = undefined;
    try {
      const [answer] = await asked;
      if (!answer) throw new Error('a poll of one channel was not answered');
      client.maxvid = answer.maxvid;
      client.epoch = answer.epoch ?? undefined;
      say({ kind: 'answer', client: name, after, epoch, answer });
    } catch (error) {
      if (!(error instanceof PushError)) throw error;
      say({ kind: 'refused', client: name, after, epoch, code: error.code });
    } finally {
      client.held = undefined;
    }
  }

  return {
    offers: () => [
      ...clients
        .filter(({ held, polls, plan }) => !held && polls < plan.polls)
        .map(({ plan }) => plan.client),
      ...(publishing?.offers ?? []),
    ],
    start(name) {
      if (name === 'publish') publishing?.start();
      const client = clients.find(({ plan }) => plan.client === name);
      if (client) void ask(client);
    },
    waiting: () =>
      clients.flatMap(({ plan, held, maxvid, epoch }) =>
        held ? [{ client: plan.client, after: maxvid, epoch, until: held.until }] : [],
      ),
    finished: () =>
      clients.every(({ held, polls, plan }) => !held && polls >= plan.polls) &&
      (publishing?.finished ?? true),
    // What a mutation keeps in its glasses is not seen here: only its whole history tells all about it.
    facts: () => (glasses ? undefined : facts()),
  };

  function facts(): unknown {
    return [
      clients.map(({ maxvid, epoch, polls, held }) => [maxvid, epoch, polls, held]),
      insight.watches,
      [...insight.tails.values()],
      ports.afterResponse.count,
      ports.mailbox.givenUp,
      REMEMBERED.map((op) => control.answers.get(op)),
      control.ids,
      publishing?.facts,
    ];
  }
}
