/** What a poll that several tabs share has to do with them, where it is held for longer than they know: tab-group.ts takes a leader that is silent for that long for dead. */
import { platformOf } from './platform.ts';
import type { Connection } from './request.ts';
import type { GroupOptions } from './tab-messages.ts';

/** How often the others hear that their leader is there, in milliseconds: they wait for 40 s at least. */
const BEAT_MS = 15_000;

/** The name of the lock and the bus of those who share a poll, as tab-group.ts makes it. Undefined for a poll that nobody shares. */
export function groupOf(connection: Connection): string | undefined {
  const { base, share = true, client } = connection as GroupOptions;
  return share && !client && platformOf(connection).locks ? `doorbell/1 ${share} ${base}` : undefined;
}

/** Lets the others know that their leader is there, until the function that it gives back is called. */
export function beat(connection: Connection): () => void {
  const group = groupOf(connection);
  if (group === undefined) return () => {};
  const { setTimeout, clearTimeout, BroadcastChannel } = platformOf(connection);
  const bus = new BroadcastChannel(group);
  let timer: unknown;
  const tell = () => {
    // Any message of a leader will do.
    bus.postMessage({});
    timer = setTimeout(tell, BEAT_MS);
  };
  timer = setTimeout(tell, BEAT_MS);
  return () => {
    clearTimeout(timer as never);
    bus.close();
  };
}
