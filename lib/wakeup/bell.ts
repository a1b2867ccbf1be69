/**
 * Ringing: after an append, look for armed mailboxes and send each a doorbell, but for those whose waiters want nothing of it (wanted-keys.ts): their
 * arms stay, and count for what comes next. An arm that this process has rung is not rung again;
 * another publisher may ring it once more, which is harmless, and which saves a waiter when a publisher dies between append and ring.
 * Arms that dead processes have left behind are disarmed on the way, because every look reads them all.
 */

import type { VidRange } from '../log/block.ts';
import type { NewBlock } from '../log/ports.ts';
import { BoundedMap } from '../runtime/bounded-map.ts';
import { instantOf } from '../runtime/instant.ts';
import type { Clock } from '../runtime/ports.ts';
import type { Logger, Meter } from '../telemetry/ports.ts';
import { reasonOf } from '../telemetry/reason.ts';
import { ringText } from './doorbell.ts';
import type { Arm, Mailboxes, Waiters } from './ports.ts';
import { concerns, keysIn, keysOfBoth, type RingKeys } from './wanted-keys.ts';

/** A queue may be unusable for a second after it was made; its process looks at the log by itself after that second. */
const SECOND_TRY_MS = 250;
/** Rung arms remembered: they expire within a minute, so this is only reached by a very busy publisher. */
const MAX_RUNG = 10_000;
/**
 * An arm is disarmed this long after it ran out by this process's clock. No two clocks on AWS should be further apart: it refuses
 * signatures that are 5 minutes off. Where they are, a doorbell less costs a reader 20 s at most.
 */
const SKEW_MS = 5 * 60_000;
/** Arms disarmed with one ring: few, for the publisher waits for them too. */
const MAX_DISARMED = 10;

export interface RingPorts {
  readonly waiters: Waiters;
  readonly mailboxes: Pick<Mailboxes, 'send'>;
  readonly clock: Clock;
  readonly meter: Meter;
  readonly logger: Logger;
  /** Whether a mailbox is this process's own: its readers are told without a doorbell (`InProcessBell`). */
  readonly isOwn?: (mailbox: string) => boolean;
  /**
   * How long after a look on a channel has begun the next one begins at the earliest, in ms: what is appended meanwhile shares it. For a server, whose
   * publishers do not wait for it. By default as soon as that look has ended.
   */
  readonly restMs?: number;
}

/** A look that has not begun: what it will ring about. */
interface NextLook {
  news: NewBlock | VidRange;
  keys: RingKeys;
  readonly done: Promise<void>;
}

/**
 * Which arms still have to be rung: not expired, not rung by this process already, and of waiters who may want something of what was appended
 * (`keys`). One that lasts longer than any arm can was written before the wall clock was set back, or by a clock that is ahead: it is rung.
 * Its reader may wait, and where its process is dead the send disarms it. Pure.
 */
export function armsToRing(
  arms: readonly Arm[],
  rung: Pick<ReadonlyMap<string, number>, 'has'>,
  now: number,
  keys?: RingKeys,
): Arm[] {
  return arms.filter((arm) => arm.until > now && !rung.has(arm.nonce) && concerns(keys, arm.wanted));
}

/** Which arms to disarm, of those that ran out so long ago that their processes must be dead: the first few. Pure. */
export function armsToDisarm(arms: readonly Arm[], now: number): Arm[] {
  return arms.filter((arm) => arm.until + SKEW_MS <= now).slice(0, MAX_DISARMED);
}

export class Bell {
  readonly #ports: RingPorts;
  /** What several publishes of this process were appended as, or found in the log, together is rung once for all of them. */
  readonly #ringing = new WeakMap<NewBlock | VidRange, Promise<void>>();
  /** Nonce of each arm rung, and until when it counts, in ms of `Clock.elapsed`. Oldest first. */
  readonly #rung = new BoundedMap<string, number>(MAX_RUNG);
  /** By channel: the look that is under way, and the one after it. */
  readonly #looking = new Map<string, Promise<void>>();
  readonly #next = new Map<string, NextLook>();

  constructor(ports: RingPorts) {
    this.#ports = ports;
  }

  /**
   * Rings every armed mailbox of the channel about one new block, or about what is in the log already. What is appended while a look is under way
   * shares the next one. Never throws: a doorbell is a hint, the events are in the log.
   */
  ring(channel: string, news: NewBlock | VidRange): Promise<void> {
    const ringing = this.#ringing.get(news) ?? this.#join(channel, news);
    this.#ringing.set(news, ringing);
    return ringing;
  }

  #join(channel: string, news: NewBlock | VidRange): Promise<void> {
    const next = this.#next.get(channel);
    if (next) {
      next.keys = next.news.epoch === news.epoch ? keysOfBoth(next.keys, keysIn(news)) : undefined;
      next.news = together(next.news, news);
      return next.done;
    }
    const looking = this.#looking.get(channel);
    if (!looking) return this.#ring(channel, news, keysIn(news));
    const begin = () => {
      this.#next.delete(channel);
      return this.#ring(channel, look.news, look.keys);
    };
    // What is under way may have read the arms before this append.
    const look: NextLook = { news, keys: keysIn(news), done: looking.then(begin) };
    this.#next.set(channel, look);
    return look.done;
  }

  async #ring(channel: string, news: NewBlock | VidRange, keys: RingKeys): Promise<void> {
    const { clock, isOwn = () => false } = this.#ports;
    try {
      const elapsed = clock.elapsed();
      this.#rung.deleteWhile((until) => until <= elapsed);
      const now = clock.now();
      const armed = (await this.#look(channel)).filter(({ mailbox }) => !isOwn(mailbox));
      const sending = this.#sendAll(channel, armsToRing(armed, this.#rung, now, keys), news);
      await Promise.all([sending, ...armsToDisarm(armed, now).map((arm) => this.#disarm(channel, arm))]);
    } catch (error) {
      this.#failed(channel, error);
    }
  }

  #look(channel: string): Promise<readonly Arm[]> {
    const { waiters, clock, restMs = 0 } = this.#ports;
    const look = waiters.armed(channel);
    const rested = Promise.allSettled(restMs > 0 ? [look, clock.sleep(restMs)] : [look]).then(() => {
      if (this.#looking.get(channel) === rested) this.#looking.delete(channel);
    });
    this.#looking.set(channel, rested);
    return look;
  }

  async #sendAll(channel: string, arms: readonly Arm[], news: NewBlock | VidRange): Promise<void> {
    if (arms.length === 0) return;
    const { wall, elapsed } = instantOf(this.#ports.clock);
    for (const { nonce, until } of arms) this.#rung.set(nonce, elapsed + (until - wall));
    const textFor = ringText(channel, news);
    await Promise.all(arms.map((arm) => this.#send(channel, arm, textFor(arm.nonce, arm.bare))));
  }

  /** Never throws: an arm that stays is met again. */
  async #disarm(channel: string, arm: Arm): Promise<void> {
    const { waiters, logger } = this.#ports;
    try {
      await waiters.disarm(channel, arm);
    } catch (error) {
      logger.warn('an arm that ran out could not be disarmed', { channel, reason: reasonOf(error) });
    }
  }

  /** Never throws: one mailbox that cannot be reached must not keep the others from being rung before the process may freeze. */
  async #send(channel: string, arm: Arm, text: string): Promise<void> {
    const { waiters, mailboxes, clock, meter } = this.#ports;
    try {
      let outcome = await mailboxes.send(arm.mailbox, text);
      if (outcome === 'gone') {
        await clock.sleep(SECOND_TRY_MS);
        outcome = await mailboxes.send(arm.mailbox, text);
      }
      if (outcome === 'gone') await waiters.disarm(channel, arm);
      else meter.count('DoorbellsRung');
    } catch (error) {
      // Not rung after all: the next append may try again.
      this.#rung.delete(arm.nonce);
      this.#failed(channel, error);
    }
  }

  #failed(channel: string, error: unknown): void {
    const { meter, logger } = this.#ports;
    meter.count('DoorbellsFailed');
    logger.warn('ringing failed; sleeping polls find the event when they check again', {
      channel,
      reason: reasonOf(error),
    });
  }
}

/** One ring about both. It carries no events: whoever hears it reads them. */
function together(one: NewBlock | VidRange, other: NewBlock | VidRange): NewBlock | VidRange {
  if (one === other) return one;
  // The channel was made anew between the two: who waits must hear of the life that it lives now.
  if (one.epoch !== other.epoch) return other;
  const { epoch } = one;
  return { first: Math.min(one.first, other.first), last: Math.max(one.last, other.last), epoch };
}
