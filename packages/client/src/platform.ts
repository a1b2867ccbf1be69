/**
 * What the client needs of its surroundings, as one argument: time, chance, the network, and, where a browser has them, locks and a
 * bus between its tabs. What is not given is the real thing.
 */

/** What a `BroadcastChannel` is used for: what one tab posts, every other one hears. */
export interface Bus {
  postMessage(message: unknown): void;
  onmessage: ((message: MessageEvent) => void) | null;
  close(): void;
}

/** A running timer, as `setTimeout` names it. */
export type Timer = unknown;

export interface Platform {
  readonly fetch: typeof globalThis.fetch;
  readonly setTimeout: (then: () => void, ms: number) => Timer;
  readonly clearTimeout: (timer: never) => void;
  /** Milliseconds since the Unix epoch. It may jump: a laptop that slept. */
  readonly now: () => number;
  /** From 0 up to 1. */
  readonly random: () => number;
  /** Tells what happens to the page from now on, until the signal aborts. */
  readonly watch: (heard: (event: PageEvent) => void, signal: AbortSignal) => void;
  /** Web Locks. Undefined: there is nobody to share a poll with. */
  readonly locks: (Pick<LockManager, 'request'> & Partial<Pick<LockManager, 'query'>>) | undefined;
  readonly BroadcastChannel: new (name: string) => Bus;
}

const PAGE_EVENTS = ['online', 'offline', 'freeze', 'resume', 'visibilitychange'] as const;

/** Something that happened to the page, under its DOM event's name. */
export type PageEvent = (typeof PAGE_EVENTS)[number];

/** The same as `Platform`, under its first name. */
export type World = Platform;

export interface Surroundings {
  /** Time, chance, network … for tests and unusual runtimes. Default: the real ones. */
  readonly platform?: Partial<Platform> | undefined;
  /** @deprecated The first name of `platform`. */
  readonly world?: Partial<Platform> | undefined;
}

/** The real surroundings, except for what is given. */
export function platformOf({ world, platform }: Surroundings): Platform {
  return {
    fetch,
    setTimeout,
    clearTimeout,
    BroadcastChannel: globalThis.BroadcastChannel,
    now: Date.now,
    random: Math.random,
    watch,
    // Node.js has both, but no `location`: its programs have nothing to share, and a bus would keep them from ending.
    // A browser has locks on https and on localhost only.
    locks: globalThis.location && navigator.locks,
    ...world,
    ...platform,
  };
}

function watch(heard: (event: PageEvent) => void, signal: AbortSignal): void {
  for (const type of PAGE_EVENTS) {
    // Captured: half of them are the document's and do not bubble. A worker has some of them, Node.js none.
    globalThis.addEventListener?.(type, () => heard(type), { capture: true, signal });
  }
}
