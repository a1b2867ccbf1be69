/** Those who publish: each one thing after another, under ids of its own until it is acknowledged, or once and then never again. */

import { TRUSTED } from '../../lib/auth/caller.ts';
import { PushError } from '../../lib/errors.ts';
import type { NewEvent } from '../../lib/log/block.ts';
import type { PublishAnswer } from '../../lib/protocol/doorbell.ts';
import { publish, publishAll } from '../../lib/publish/publish.ts';
import { ask, type Outcome } from './asking.ts';
import type { Publication } from './history.ts';
import type { Instance } from './instance.ts';
import { markedEvent, orGone } from './keys.ts';
import type { Step } from './plan.ts';
import type { World } from './world.ts';

/** API Gateway gives up after 30 s. */
const LIMIT_MS = 30_000;
const PAUSE_MS = 1_000;
/** Within the 5 minutes in which an id is known. */
const ATTEMPTS = 7;

export type PublishStep = Extract<Step, { kind: 'publish' | 'publish lines' }>;

export class Publishers {
  readonly #world: World;
  readonly #chains = new Map<string, Promise<void>>();
  #steps = 0;
  busy = 0;

  constructor(world: World) {
    this.#world = world;
  }

  /** Begins the step when its publisher has finished the one before. */
  begin(step: PublishStep): void {
    const n = this.#steps++;
    const line = step.kind === 'publish' ? `publisher ${step.publisher} on ${step.channel}` : `lines ${n}`;
    this.busy++;
    const before = this.#chains.get(line) ?? Promise.resolve();
    const after = before
      .then(() => this.#run(step, line, n))
      .finally(() => {
        this.busy--;
      });
    this.#chains.set(line, after);
  }

  async #run(step: PublishStep, line: string, n: number): Promise<void> {
    if (step.kind === 'publish lines') return this.#lines(step, line, n);
    // All of a step's batches at once, to one process: they may share blocks, and keep their order.
    const life = await this.#world.anyInstance(step.slot);
    await Promise.all(step.sizes.map((size, i) => this.#batch(step, line, `${n}.${i}`, size, life)));
  }

  async #batch(
    { channel, hasProducerIds, slot }: Extract<Step, { kind: 'publish' }>,
    line: string,
    name: string,
    size: number,
    firstInstance: Instance,
  ): Promise<void> {
    const plain = Array.from({ length: size }, (_, i) => `batch ${name} event ${i}`);
    const marks = hasProducerIds ? plain.map(orGone) : plain;
    const publication = this.#open({
      name: `batch ${name}`,
      channel,
      marks,
      line,
      hasProducerIds,
      divisible: false,
    });
    const newEvents = this.#newEvents(marks, hasProducerIds);
    let life = firstInstance;
    for (;;) {
      publication.attempts++;
      const outcome = await ask(this.#world, life, publication.name, LIMIT_MS, () =>
        publish(life.publish, TRUSTED, channel, newEvents, hasProducerIds),
      );
      if (this.#took(publication, outcome)) return;
      if (!hasProducerIds || publication.attempts === ATTEMPTS) return;
      await this.#world.clock.sleep(PAUSE_MS);
      life = await this.#world.anyInstance(slot + publication.attempts);
    }
  }

  async #lines(step: Extract<Step, { kind: 'publish lines' }>, line: string, n: number): Promise<void> {
    const marks = Array.from({ length: step.lines }, (_, i) => `line ${n} event ${i}`);
    const publication = this.#open({
      name: line,
      channel: step.channel,
      marks,
      line,
      hasProducerIds: false,
      divisible: true,
    });
    const life = await this.#world.anyInstance(step.slot);
    publication.attempts++;
    const outcome = await ask(this.#world, life, line, 4 * LIMIT_MS, () =>
      publishAll(life.publish, TRUSTED, step.channel, this.#newEvents(marks, false), false),
    );
    if (this.#took(publication, outcome) || outcome.kind !== 'refused') return;
    const { error } = outcome;
    if (error instanceof PushError) publication.appended = error.details.appended ?? 0;
  }

  #open(of: Omit<Publication, 'attempts' | 'startedAt'>): Publication {
    const publication = { ...of, startedAt: this.#world.clock.now(), attempts: 0 };
    this.#world.history.publications.push(publication);
    return publication;
  }

  #took(publication: Publication, outcome: Outcome<PublishAnswer>): boolean {
    if (outcome.kind !== 'answered') return false;
    publication.acknowledgedAt = this.#world.clock.now();
    publication.answer = outcome.value;
    return true;
  }

  #newEvents(marks: readonly string[], hasProducerIds: boolean): readonly NewEvent[] {
    return marks.map((mark) => markedEvent(hasProducerIds ? mark : this.#world.random.id(), mark));
  }
}
