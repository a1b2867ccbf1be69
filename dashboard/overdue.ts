/** Which channels have promised an event that has not come, asked for with the list of channels. */
import type { Connection } from '../packages/client/src/index.ts';
import { ask } from './ask.ts';
import { alarmedChannels, overdueIn } from './model/alarms.ts';

/** Channels of alarms that are asked for: each costs the server some reads. */
const MOST = 20;

export class Overdue {
  readonly #connection: Connection;
  #asked = new AbortController();

  constructor(connection: Connection) {
    this.#connection = connection;
  }

  /** How many promised events of each channel are overdue, where any are. Undefined: a later call has overtaken this one. */
  async load(names: readonly string[]): Promise<ReadonlyMap<string, number> | undefined> {
    this.#asked.abort();
    this.#asked = new AbortController();
    const { signal } = this.#asked;
    const found = new Map<string, number>();
    await Promise.all(
      alarmedChannels(names, MOST).map(async (channel) => {
        const answer = await ask(this.#connection, `v1/channels/alarms.${channel}/state`, signal);
        const count = overdueIn(answer?.body);
        if (count > 0) found.set(channel, count);
      }),
    );
    return signal.aborted ? undefined : found;
  }
}
