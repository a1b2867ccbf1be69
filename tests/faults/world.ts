/**
 * What all processes of one run share: time, chance, DynamoDB and SQS in memory, the faults that are still to come, and what has been observed.
 * Everything is decided by the plan, so that the same plan is the same run.
 */

import type { MemoryCall, MemoryServices, Wire } from '../support/memory/memory-clients.ts';
import { MemoryDynamo } from '../support/memory/memory-dynamo.ts';
import { MemorySqs } from '../support/memory/memory-sqs.ts';
import { FakeClock, SeededRandom } from '../support/time/clock.ts';
import { Asked } from './asking.ts';
import { Fates } from './fates.ts';
import { History } from './history.ts';
import { Instance } from './instance.ts';
import type { Fault, Plan } from './plan.ts';

/** ms that a call is on its way, each way: at least, and by chance more. */
const LEG_MS = 2;
const JITTER_MS = 8;

/** A deliberate mistake, put between the processes and their calls, to see that it is found. */
export type Breakage = (wire: Wire, world: World) => Wire;

export class World implements MemoryServices {
  readonly plan: Plan;
  readonly clock = new FakeClock();
  readonly random = new SeededRandom(1);
  readonly dynamo: MemoryDynamo;
  readonly sqs: MemorySqs;
  readonly history = new History(this.clock);
  readonly asked = new Asked();
  readonly breakage: Breakage | undefined;
  readonly #jitter: SeededRandom;
  readonly #fates: Fates;
  readonly #records: Array<Instance | undefined>;
  /** How far each process's wall clock is ahead, where it was set. */
  readonly #setMs = new Map<number, number>();
  /** A mistake: every process measures intervals with its wall clock. */
  byWallAlone = false;
  /** No more faults. */
  #calm = false;
  /** Readers come no more. */
  closing = false;
  /** Until then nobody begins anything. */
  restUntil = 0;

  constructor(plan: Plan, breakage?: Breakage) {
    this.plan = plan;
    this.breakage = breakage;
    const keys = { events: 'vid', cursors: 'client', waiters: 'mailbox', states: 'key' };
    this.dynamo = new MemoryDynamo(this.clock, keys, plan.pageItems);
    this.sqs = new MemorySqs(this.clock, plan.youngMs);
    this.#jitter = new SeededRandom(plan.jitter);
    this.#fates = new Fates(plan.faults);
    this.#records = plan.skewsMs.map((_, slot) => this.#born(slot));
  }

  /** The process that runs on the slot; undefined while it is down. */
  life(slot: number): Instance | undefined {
    return this.#records[slot % this.#records.length];
  }

  /** The first process that is up, from this slot on. */
  async anyInstance(slot: number): Promise<Instance> {
    for (;;) {
      for (let i = 0; i < this.#records.length; i++) {
        const life = this.life(slot + i);
        if (life) return life;
      }
      await this.clock.sleep(100);
    }
  }

  /** The process is abandoned; another starts in its place after `downMs`. */
  kill(slot: number, downMs: number): void {
    const at = slot % this.#records.length;
    const life = this.#records[at];
    if (!life) return;
    this.#records[at] = undefined;
    life.die();
    void this.clock.sleep(downMs).then(() => {
      this.#records[at] = this.#born(at);
    });
  }

  /** How far the wall clock of the process is ahead of the run's, in ms. */
  aheadMs(slot: number): number {
    return (this.plan.skewsMs[slot] ?? 0) + (this.#setMs.get(slot) ?? 0);
  }

  setClock(slot: number, ms: number): void {
    this.#setMs.set(slot % this.#records.length, ms);
    const ahead = this.#records.map((_, each) => this.aheadMs(each));
    const apartMs = Math.max(...ahead) - Math.min(...ahead);
    this.history.clocksSet.push({ at: this.clock.now(), apartMs });
  }

  /** From now on nothing goes wrong. */
  calm(): void {
    this.#calm = true;
    for (const life of this.#records) life?.thaw();
  }

  fateOf(slot: number, call: MemoryCall): Fault | undefined {
    if (this.#calm) return undefined;
    const fault = this.#fates.next(slot, call);
    if (fault) this.history.noteFault(fault, call.name);
    return fault;
  }

  /** A call is on its way for so long. */
  leg(): Promise<void> {
    const more = this.plan.jitter === 0 ? 0 : Math.floor(this.#jitter.fraction() * JITTER_MS);
    return this.clock.sleep(LEG_MS + more);
  }

  noteEffect(name: string, input: MemoryCall['input']): void {
    if (name === 'PutItem events' && input.Item) this.history.noteBlock(input.Item);
  }

  #born(slot: number): Instance {
    return new Instance(this, slot);
  }
}
