/**
 * The bell of a process that publishes, holds polls and lives on: its own readers are told at once, without SQS, and others are rung while
 * its publishers have their answer already. What is lost when it dies in between is a hint: the events are in the log, and whoever waits
 * elsewhere finds them when its sleep ends.
 */

import { blockOfNew, type VidRange } from '../log/block.ts';
import type { NewBlock } from '../log/ports.ts';
import { Roster } from '../runtime/roster.ts';
import type { Bell } from './bell.ts';
import type { WatchRegistry } from './watch-registry.ts';

export interface InProcessBellPorts {
  /** Rings the other processes; told by `isOwn` to leave this one's mailbox out. */
  readonly bell: Pick<Bell, 'ring'>;
  readonly watchRegistry: Pick<WatchRegistry, 'appended' | 'startedAnew'>;
  /** Resolves when the first of the readers that were told have their answers. */
  readonly told: () => Promise<void>;
  /** Resolves when what is ready to be written has been: an answer does not wait behind the look for others. */
  readonly written: () => Promise<void>;
}

export class InProcessBell {
  readonly #ports: InProcessBellPorts;
  /** Of what is being rung about: when the first of its readers have their answers. */
  readonly #told = new WeakMap<NewBlock | VidRange, Promise<void>>();
  /** Resolve when the other processes know. */
  readonly #others = new Roster<Promise<void>>();

  constructor(ports: InProcessBellPorts) {
    this.#ports = ports;
  }

  /** This process's readers know when it returns. Never throws. Several publishes that one block holds are rung about together. */
  ring(channel: string, news: NewBlock | VidRange): Promise<void> {
    const ringing = this.#told.get(news);
    if (ringing) return ringing;
    this.#tell(channel, news);
    // Readers wait for the event, publishers only for its number.
    const told = this.#ports.told();
    this.#told.set(news, told);
    const others = this.#ringOthers(channel, news);
    const takeBack = this.#others.add(others);
    void others.finally(takeBack);
    return told;
  }

  #tell(channel: string, news: NewBlock | VidRange): void {
    const { watchRegistry } = this.#ports;
    if ('mark' in news && news.mark === 'deleted') {
      watchRegistry.startedAnew(channel);
      return;
    }
    const { last, epoch } = news;
    const block = 'events' in news ? blockOfNew(news) : undefined;
    watchRegistry.appended(channel, { vid: last, epoch }, block);
  }

  /** Resolves when every ring that has begun is done: for a process that is about to end. */
  async quiet(): Promise<void> {
    await Promise.all(this.#others);
  }

  async #ringOthers(channel: string, news: NewBlock | VidRange): Promise<void> {
    const { bell, written } = this.#ports;
    await written();
    await bell.ring(channel, news);
    this.#told.delete(news);
  }
}
