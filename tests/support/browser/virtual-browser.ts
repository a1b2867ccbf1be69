/**
 * A browser without a browser: tabs that share Web Locks and broadcast channels, and that can be frozen, thawed, hung, crashed and closed.
 * Time is virtual, messages and locks take a few milliseconds of it, chosen by the seed.
 */
import type { Bus, PageEvent, Platform } from '../../../packages/client/src/platform.ts';
import { SeededRandom } from '../time/clock.ts';
import type { VirtualTime } from '../time/virtual-time.ts';

type Fetch = typeof globalThis.fetch;
type Task = () => void;

interface Request {
  readonly tab: Tab;
  readonly grant: Task;
}

export class VirtualBrowser {
  readonly time: VirtualTime;
  readonly random: SeededRandom;
  readonly buses = new Set<VirtualBus>();
  readonly #held = new Map<string, { tab: Tab; end: (stolen: boolean) => void }>();
  readonly #queues = new Map<string, Request[]>();

  constructor(time: VirtualTime, seed: number) {
    this.time = time;
    this.random = new SeededRandom(seed);
  }

  open(fetch: Fetch): Tab {
    return new Tab(this, fetch);
  }

  /** A few milliseconds, as between processes. */
  delay(): number {
    return this.random.fraction() * 5;
  }

  /** As LockManager.request, for one tab. */
  request(
    tab: Tab,
    name: string,
    options: LockOptions,
    held: LockGrantedCallback<unknown>,
  ): Promise<unknown> {
    return new Promise((resolve, reject) => {
      const aborted = () => new DOMException('aborted', 'AbortError');
      const grant = () => {
        const owner = {
          tab,
          end: (stolen: boolean) => {
            if (this.#held.get(name) === owner) this.#held.delete(name);
            if (stolen) tab.run(() => reject(aborted()));
            this.#next(name);
          },
        };
        this.#held.set(name, owner);
        // Granted to a frozen tab, a lock is held, and nobody knows.
        tab.run(() => {
          void Promise.resolve(held({ name, mode: 'exclusive' })).then((value) => {
            if (this.#held.get(name) === owner) owner.end(false);
            resolve(value);
          });
        });
      };
      if (options.steal) {
        const robbed = this.#held.get(name);
        this.#held.delete(name);
        grant();
        if (robbed) robbed.tab.run(() => robbed.end(true));
        return;
      }
      const request = { tab, grant };
      this.#queue(name).push(request);
      options.signal?.addEventListener('abort', () => {
        const queue = this.#queue(name);
        if (!queue.includes(request)) return;
        queue.splice(queue.indexOf(request), 1);
        reject(aborted());
      });
      this.time.setTimeout(() => this.#next(name), this.delay());
    });
  }

  /** As LockManager.query: whose names are waited for. */
  async pending(): Promise<LockManagerSnapshot> {
    const pending = [...this.#queues].flatMap(([name, queue]) => queue.map(() => ({ name })));
    return { held: [], pending };
  }

  /** What the browser does for a tab that is no more. */
  forget(tab: Tab): void {
    for (const bus of this.buses) if (bus.tab === tab) this.buses.delete(bus);
    for (const [name, queue] of this.#queues) {
      this.#queues.set(
        name,
        queue.filter((request) => request.tab !== tab),
      );
    }
    for (const [name, owner] of [...this.#held]) {
      if (owner.tab !== tab) continue;
      this.#held.delete(name);
      this.#next(name);
    }
  }

  #queue(name: string): Request[] {
    const queue = this.#queues.get(name) ?? [];
    this.#queues.set(name, queue);
    return queue;
  }

  #next(name: string): void {
    if (!this.#held.has(name)) this.#queue(name).shift()?.grant();
  }
}

export class VirtualBus implements Bus {
  onmessage: ((message: MessageEvent) => void) | null = null;
  readonly tab: Tab;
  readonly #name: string;

  constructor(tab: Tab, name: string) {
    this.tab = tab;
    this.#name = name;
    tab.browser.buses.add(this);
  }

  postMessage(message: unknown): void {
    const { browser } = this.tab;
    const data = structuredClone(message);
    // One after the other between any two, as the real one does: the delay is the same for all that is posted at a time.
    const receivers = [...browser.buses].filter((bus) => bus !== this && bus.#name === this.#name);
    browser.time.setTimeout(() => {
      for (const bus of receivers) {
        bus.tab.run(() => browser.buses.has(bus) && bus.onmessage?.(new MessageEvent('message', { data })));
      }
    }, 2);
  }

  close(): void {
    this.tab.browser.buses.delete(this);
  }
}

export class Tab {
  readonly browser: VirtualBrowser;
  readonly platform: Platform;
  state: 'awake' | 'frozen' | 'gone' = 'awake';
  #waiting: Task[] = [];
  readonly #death = new AbortController();
  #heard = new Set<(event: PageEvent) => void>();

  constructor(browser: VirtualBrowser, fetch: Fetch) {
    this.browser = browser;
    const tab = this;
    this.platform = {
      // What comes back to a frozen tab waits there.
      fetch: (input, init) =>
        new Promise((resolve, reject) => {
          const signals = [this.#death.signal, init?.signal ?? this.#death.signal];
          fetch(input, { ...init, signal: AbortSignal.any(signals) }).then(
            (response) => this.run(() => resolve(response)),
            (error) => this.run(() => reject(error)),
          );
        }),
      now: browser.time.now,
      random: () => browser.random.fraction(),
      setTimeout: (then, ms) => browser.time.setTimeout(() => this.run(then), ms),
      clearTimeout: browser.time.clearTimeout as Platform['clearTimeout'],
      watch: (heard, signal) => {
        this.#heard.add(heard);
        signal.addEventListener('abort', () => this.#heard.delete(heard));
      },
      locks: {
        request: (name: string, options: unknown, held?: unknown) =>
          browser.request(tab, name, options as LockOptions, held as LockGrantedCallback<unknown>) as never,
        query: () => browser.pending(),
      },
      BroadcastChannel: class extends VirtualBus {
        constructor(name: string) {
          super(tab, name);
        }
      },
    };
  }

  /** Runs the task when the tab can run it. */
  run(task: Task): void {
    if (this.state === 'awake') task();
    else if (this.state === 'frozen') this.#waiting.push(task);
  }

  dispatch(event: PageEvent): void {
    for (const heard of [...this.#heard]) heard(event);
  }

  /** As a browser freezes a page: it is told before. */
  freeze(): void {
    this.dispatch('freeze');
    this.hang();
  }

  /** As an endless loop freezes a page: nobody is told. */
  hang(): void {
    if (this.state === 'awake') this.state = 'frozen';
  }

  thaw(): void {
    if (this.state !== 'frozen') return;
    this.state = 'awake';
    for (const task of this.#waiting.splice(0)) task();
    this.dispatch('resume');
  }

  /** The process is gone from one moment to the next; so is a tab that is closed without a word to its page. */
  crash(): void {
    this.state = 'gone';
    this.#death.abort();
    this.#waiting = [];
    this.browser.forget(this);
  }
}
