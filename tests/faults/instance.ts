/**
 * One life of one process: the real `lib/` on its own clients, and the line between them and the world, on which calls meet their faults. When it
 * dies it is abandoned: nothing that it sends leaves any more, and nothing that it waits for ever comes.
 */

import { hubPorts } from '../../lib/compose/hub.ts';
import { ingestPorts } from '../../lib/compose/ingest.ts';
import { pollPorts } from '../../lib/compose/poll.ts';
import { publishPorts } from '../../lib/compose/publish.ts';
import { foldPorts, statePorts } from '../../lib/compose/states.ts';
import { sweepPorts } from '../../lib/compose/sweep.ts';
import type { PollPorts } from '../../lib/poll/poll.ts';
import type { IngestPorts } from '../../lib/publish/ingest.ts';
import type { PublishPorts } from '../../lib/publish/publish.ts';
import type { Clock, EventLoop } from '../../lib/runtime/ports.ts';
import type { FoldAllPorts } from '../../lib/state/fold-all.ts';
import type { StatePorts } from '../../lib/state/read-state.ts';
import type { SweepPorts } from '../../lib/wakeup/mailbox-sweep.ts';
import { UNCOUNTED } from '../support/memory/doubles.ts';
import { type Act, type MemoryCall, memoryClients, type Wire } from '../support/memory/memory-clients.ts';
import { afterBySleep } from '../support/time/clock.ts';
import * as fates from './fates.ts';
import { DEAD_LETTERS_URL, type Fault } from './plan.ts';
import type { World } from './world.ts';

const PREFIX = 'mailbox-';
const ENVIRONMENT = {
  EVENTS_TABLE: 'events',
  CURSORS_TABLE: 'cursors',
  WAITERS_TABLE: 'waiters',
  STATES_TABLE: 'states',
  MAILBOX_PREFIX: PREFIX,
  DEAD_LETTER_QUEUE_URL: DEAD_LETTERS_URL,
  RETENTION_HOURS: '1',
};
/** What the SDK's own retry waits, about. */
const AGAIN_MS = 100;

export class Instance {
  readonly slot: number;
  readonly poll: PollPorts;
  readonly publish: PublishPorts;
  readonly ingest: IngestPorts;
  readonly sweep: SweepPorts;
  readonly fold: FoldAllPorts;
  readonly state: StatePorts;
  /** Resolves when it dies. */
  readonly died: Promise<void>;
  readonly #world: World;
  readonly #wire: Wire;
  #end: () => void = () => undefined;
  #dead = false;
  #frozenUntil = 0;
  #thaw = new AbortController();

  constructor(world: World, slot: number) {
    this.#world = world;
    this.slot = slot;
    this.died = new Promise((resolve) => {
      this.#end = resolve;
    });
    const carry: Wire = (call, act) => this.#carry(call, act);
    this.#wire = world.breakage ? world.breakage(carry, world) : carry;
    const clients = memoryClients(world, this.#wire);
    const quiet = () => undefined;
    const common = {
      clock: this.#clock(),
      random: world.random,
      logger: { debug: quiet, info: quiet, warn: quiet, error: quiet },
      meter: UNCOUNTED,
    };
    const { poll, publish } = world.plan.hubs
      ? startedHub(common, clients)
      : {
          poll: pollPorts(ENVIRONMENT, common, clients),
          publish: publishPorts(ENVIRONMENT, common, clients),
        };
    this.poll = poll;
    this.publish = publish;
    this.ingest = ingestPorts(ENVIRONMENT, common, clients);
    this.sweep = sweepPorts(ENVIRONMENT, common, clients);
    this.fold = foldPorts(ENVIRONMENT, common, clients);
    this.state = knownStates(common, clients);
  }

  get dead(): boolean {
    return this.#dead;
  }

  die(): void {
    this.#dead = true;
    this.#end();
  }

  freeze(ms: number): void {
    this.#frozenUntil = Math.max(this.#frozenUntil, this.#world.clock.now() + ms);
  }

  /** Whoever is frozen goes on at once. */
  thaw(): void {
    this.#frozenUntil = 0;
    this.#thaw.abort('thawed');
  }

  #clock(): Clock {
    const { clock } = this.#world;
    const now = () => clock.now() + this.#world.aheadMs(this.slot);
    const sleep: Clock['sleep'] = async (ms, signal) => {
      await clock.sleep(ms, signal);
      await this.#awake();
    };
    return {
      now,
      elapsed: () => (this.#world.byWallAlone ? now() : clock.elapsed()),
      sleep,
      after: afterBySleep(sleep),
    };
  }

  /** Resolves when the process may go on: at once, when it thaws, or never. */
  async #awake(): Promise<void> {
    const { clock } = this.#world;
    while (!this.#dead && clock.now() < this.#frozenUntil) {
      await clock.sleep(this.#frozenUntil - clock.now(), this.#thaw.signal);
    }
    if (this.#dead) await never();
  }

  async #carry(call: MemoryCall, act: Act): Promise<object> {
    await this.#awake();
    const fault = this.#world.fateOf(this.slot, call);
    const noted: Act = async (input) => {
      const output = await act(input);
      this.#world.noteEffect(call.name, input);
      return output;
    };
    try {
      return await this.#meet(fault, call, () => noted(call.input));
    } finally {
      await this.#awake();
    }
  }

  async #meet(fault: Fault | undefined, call: MemoryCall, act: () => Promise<object>): Promise<object> {
    const { clock } = this.#world;
    const ms = fault?.ms ?? 0;
    const leg = () => this.#world.leg();
    switch (fault?.kind) {
      case 'throttled':
        await leg();
        throw fates.throttling();
      case 'unreachable':
        await leg();
        throw fates.refusedConnection();
      case 'denied':
        await leg();
        throw fates.denied();
      case 'fails before':
        await leg();
        throw fates.serverError();
      case 'times out before':
        await clock.sleep(ms);
        throw fates.timeout();
      case 'fails after':
        await this.#travel(0, act, 0);
        throw fates.serverError();
      case 'times out after':
        await leg();
        abandon(act());
        await clock.sleep(ms);
        throw fates.timeout();
      case 'lands late':
        abandon(clock.sleep(2 * ms).then(act));
        await clock.sleep(ms);
        throw fates.timeout();
      case 'tried twice':
        await leg();
        abandon(act());
        return this.#travel(AGAIN_MS, act, 0);
      case 'slow there':
        return this.#travel(ms, act, 0);
      case 'slow back':
        return this.#travel(0, act, ms);
      case 'dies before':
        this.#world.kill(this.slot, ms);
        return never();
      case 'dies after':
        await this.#travel(0, act, 0).catch(() => undefined);
        this.#world.kill(this.slot, ms);
        return never();
      case 'freezes':
        this.freeze(ms);
        return this.#travel(0, act, 0);
      case 'message lost':
        await leg();
        return {};
      case 'message late':
        abandon(clock.sleep(ms).then(act));
        return this.#travel(0, async () => ({}), 0);
      case 'message again': {
        const output = await this.#travel(0, act, 0);
        this.#world.sqs.reveal(call.input.QueueUrl ?? '');
        return output;
      }
      default:
        return this.#travel(0, act, 0);
    }
  }

  /** There, where it takes effect, and back; an error travels as an answer does. */
  async #travel(moreThereMs: number, act: () => Promise<object>, moreBackMs: number): Promise<object> {
    const { clock } = this.#world;
    await clock.sleep(moreThereMs);
    await this.#world.leg();
    try {
      return await act();
    } finally {
      await this.#world.leg();
      await clock.sleep(moreBackMs);
    }
  }
}

/** One process that publishes and holds polls, and listens to its mailbox as long as it lives. */
function startedHub(...[common, clients]: [Parameters<typeof hubPorts>[1], Parameters<typeof hubPorts>[2]]) {
  const ports = hubPorts(ENVIRONMENT, common, clients, { loop: loopOf(common.clock) });
  ports.poll.mailbox.listenForGood();
  return ports;
}

function knownStates(
  ...[common, clients]: [Parameters<typeof statePorts>[1], Parameters<typeof statePorts>[2]]
) {
  const ports = statePorts(ENVIRONMENT, common, clients);
  if (!ports) throw new Error('the table of states is named');
  return ports;
}

/** The caller has given up: whatever comes of it, nobody hears. */
function abandon(effect: Promise<unknown>): void {
  effect.catch(() => undefined);
}

function never(): Promise<never> {
  return new Promise(() => undefined);
}

/** A turn takes a while, in which the process may die: after an append, say, and before others are rung. */
function loopOf(clock: Clock): EventLoop {
  return { soon: queueMicrotask, nextTick: () => clock.sleep(1) };
}
