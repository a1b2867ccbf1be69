/**
 * Everything that this process waits for: one watch per channel, however many polls wait on it, all fed by one mailbox.
 * The first poll of a channel arms and checks; the others join it.
 */

import type { Block } from '../log/block.ts';
import type { Head } from '../log/head.ts';
import { BoundedMap } from '../runtime/bounded-map.ts';
import { ChannelWatch, type ChannelWatchPorts } from './channel-watch.ts';
import type { Ring } from './doorbell.ts';

export interface WatchRegistryPorts extends Omit<ChannelWatchPorts, 'nextArm'> {
  /**
   * How long a channel is kept in mind after its last poll, in ms: readers who come again find it armed, and its newest events in memory. Only for
   * a process that listens to its mailbox all the time. By default not at all.
   */
  readonly lingerMs?: number;
}

/** Channels kept in mind without a poll; a guard against a reader that tries many names. */
const MAX_LINGERING = 1_000;

export class WatchRegistry {
  readonly #ports: WatchRegistryPorts;
  readonly #channels = new Map<string, ChannelWatch>();
  /** How to keep those in mind that nobody polls now, the longest left first. */
  readonly #lingering = new BoundedMap<string, () => void>(MAX_LINGERING, {
    onDrop: (channel, stop) => {
      stop();
      this.#channels.delete(channel);
    },
  });
  /** Counts this process's turns, on all channels: it has one mailbox at a time, and a new one starts with no arms. */
  #arms = 0;

  constructor(ports: WatchRegistryPorts) {
    this.#ports = ports;
  }

  /** The watch over a channel, where there is one; it is not joined. */
  peek(channel: string): ChannelWatch | undefined {
    return this.#channels.get(channel);
  }

  /** Joins the watch over a channel. Call `leave` when done. */
  join(channel: string): ChannelWatch {
    let watch = this.#channels.get(channel);
    if (!watch) {
      const ports = { ...this.#ports, nextArm: () => ++this.#arms };
      watch = new ChannelWatch(channel, ports, () => this.#left(channel));
      this.#channels.set(channel, watch);
    }
    this.#keep(channel);
    watch.polls++;
    return watch;
  }

  heard(ring: Ring): void {
    this.#channels.get(ring.channel)?.heard(ring);
  }

  /** This process has appended to the channel, or found it to reach that far; `block` is what it has written. */
  appended(channel: string, reached: Head, block?: Block): void {
    this.#channels.get(channel)?.appended(reached, block);
  }

  /** This process has ended the channel's life, or begun another: what is in memory of it counts no more. */
  startedAnew(channel: string): void {
    this.#channels.get(channel)?.startedAnew();
  }

  /** The mailbox has moved: no arm of this process counts any more. */
  moved(): void {
    for (const watch of this.#channels.values()) watch.moved();
  }

  #left(channel: string): void {
    const { clock, lingerMs = 0 } = this.#ports;
    if (lingerMs === 0) {
      this.#channels.delete(channel);
      return;
    }
    this.#lingering.set(
      channel,
      clock.after(lingerMs, () => this.#forget(channel)),
    );
  }

  #keep(channel: string): void {
    this.#lingering.get(channel)?.();
    this.#lingering.delete(channel);
  }

  #forget(channel: string): void {
    this.#keep(channel);
    this.#channels.delete(channel);
  }
}
