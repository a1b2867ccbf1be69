/**
 * Learns now and then how far the logs of the followed channels have come, so that the page can tell when it
 * is behind.
 */
import type { Connection } from '../packages/client/src/index.ts';
import { ask } from './ask.ts';
import { readHead } from './model/lists.ts';
import type { Picture } from './model/picture.ts';
import type { Clock } from './model/server-time.ts';

/** Each look costs the server some reads, and a page that is live is seldom behind. */
const EVERY_MS = 30_000;

export class Heads {
  readonly #connection: Connection;
  readonly #picture: Picture;
  readonly #clock: Clock;
  #asked = new AbortController();
  #askedMs = Number.NEGATIVE_INFINITY;

  constructor(connection: Connection, picture: Picture, clock: Clock) {
    this.#connection = connection;
    this.#picture = picture;
    this.#clock = clock;
  }

  /** Looks at once: other channels are followed, or the connection is back, or the channel began anew. */
  refresh(): void {
    this.#asked.abort();
    this.#asked = new AbortController();
    this.#askedMs = this.#clock.elapsed();
    for (const { channel } of this.#picture.panes) void this.#look(channel, this.#asked.signal);
  }

  /** Looks again when it is time for it. To be called every second while somebody sees the page. */
  tick(): void {
    if (this.#clock.elapsed() - this.#askedMs >= EVERY_MS) this.refresh();
  }

  async #look(channel: string, signal: AbortSignal): Promise<void> {
    const answer = await ask(this.#connection, `v1/channels/${channel}`, signal);
    const found = readHead(answer?.body);
    if (found === undefined) return;
    this.#picture.pane(channel)?.learned(found.head, found.earliest, this.#clock.elapsed());
  }
}
