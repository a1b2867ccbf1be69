/**
 * One poll for many readers: every subscription of one browser is a member of a group, in whichever tab it lives. Whoever holds the
 * group's Web Lock leads: it polls for all and tells everybody what came. The others say what they want, and queue for the lock.
 *
 * Nothing is lost when a leader goes, however it goes, because each member keeps its own positions: it takes only what follows on from
 * them and asks again otherwise. So two leaders at a time (a thawed one, a robbed one) cost a request, not an event.
 */
import type { PollAnswer, Problem } from '../../../lib/protocol/doorbell.ts';
import { LONGEST_PAUSE_MS } from './backoff.ts';
import { type Bus, platformOf, type Timer } from './platform.ts';
import { GRACE_MS, LONGEST_WAIT, type Poller, type Status, startPoller } from './poller.ts';
import { isBehind, type Position, print } from './position.ts';
import type { GroupOptions, Member, Message, Want, WantedChannels } from './tab-messages.ts';

/** PROTOCOL.md, section 3.3. */
export const CHANNELS_PER_POLL = 10;

/** Makes the member one of its group, until `life` aborts. */
export function joinGroup(options: GroupOptions, member: Member, life: AbortSignal): Want {
  const { now, random, setTimeout, clearTimeout, watch, locks, BroadcastChannel } = platformOf(options);
  const { base, share = true, client, wait = LONGEST_WAIT } = options;
  const { positions } = member;
  /** Where the poll stands. */
  const polled = new Map<string, Position>();
  /** What others want. */
  const claimed = new Set<string>();
  let alone: unknown = !share || client;
  let membership = new AbortController();
  let bus: Bus | undefined;
  let poller: Poller | undefined;
  let status: Status | undefined;
  let leaderTimer: Timer;

  async function enter(steal?: true): Promise<void> {
    exit();
    membership = new AbortController();
    const { signal } = membership;
    if (alone || !locks) {
      lead();
      return;
    }
    watchLeader(0);
    const held = () =>
      signal.aborted ||
      new Promise<void>((release) => {
        signal.onabort = () => release();
        lead();
      });
    try {
      const name = `doorbell/1 ${share} ${base}`;
      bus = new BroadcastChannel(name);
      bus.onmessage = ({ data }) => overhear(data);
      const lock = locks.request(name, steal ? { steal } : { signal }, held);
      want(true);
      await lock;
    } catch (why) {
      if (signal.aborted) return;
      // Robbed by one who took this leader for dead. Anything else: a browser forbids a bus or locks to some pages.
      alone = (why as Error).name !== 'AbortError';
      void enter();
    }
  }

  function exit(): void {
    membership.abort();
    clearTimeout(leaderTimer as never);
    poller?.('ended');
    poller = undefined;
    bus?.postMessage({ hello: true });
    bus?.close();
    bus = undefined;
    polled.clear();
    claimed.clear();
  }

  function lead(): void {
    poller = startPoller(options, { wanted, answered, renumbered, status: changed });
    bus?.postMessage({ hello: true });
    want(true);
  }

  function wanted(): WantedChannels {
    return [...polled].filter(([channel]) => {
      if (claimed.has(channel)) return true;
      // Alone, it polls as fast as its handlers are; but they hold up nobody else.
      if (positions.has(channel)) return claimed.size > 0 || member.handled();
      polled.delete(channel);
      return false;
    });
  }

  function answered(answers: readonly PollAnswer[], fresh: boolean): void {
    for (const { channel, maxvid, epoch } of answers) polled.set(channel, { maxvid, epoch });
    tell({ answers, fresh });
  }

  function renumbered(problem: Problem): boolean {
    const { channel = '', epoch = null } = problem;
    const here = polled.get(channel);
    // From 0 of this very life: a server that says no to that says it for ever.
    if (!here || print(here) === print({ maxvid: 0, epoch })) return false;
    polled.set(channel, { maxvid: 0, epoch });
    tell({ reset: problem });
    return true;
  }

  function changed(next: Status): void {
    if (next.state !== 'stopped') {
      status = next;
      tell({ status });
    } else if (next.error) {
      // Perhaps refused for what others want: alone, it can be told.
      alone = true;
      if ([...polled.keys()].every((channel) => positions.has(channel))) member.status(next);
      else enter();
    }
  }

  function claim(claims: WantedChannels): void {
    for (const [channel, position] of claims) {
      const here = polled.get(channel);
      if (!here && polled.size >= CHANNELS_PER_POLL) tell({ full: channel });
      else if (!here || isBehind(position, here)) {
        polled.set(channel, position);
        poller?.('changed');
      }
    }
    poller?.('wanted');
  }

  function want(aloud: boolean): void {
    if (poller) claim([...positions]);
    else if (aloud) bus?.postMessage({ want: [...positions] });
  }

  function tell(message: Message): void {
    bus?.postMessage(message);
    hear(message);
  }

  function hear({ answers, fresh = false, reset, status, full }: Message): void {
    if (status) member.status(status);
    if (reset) member.reset(reset);
    // Not `some`: each of them must be taken.
    if (answers?.filter((answer) => !member.take(answer, fresh))[0]) want(true);
    if (full && positions.has(full)) {
      alone = true;
      enter();
    }
  }

  /** What another member says. */
  function overhear(message: Message): void {
    const { want: claims, hello, status: theirs } = message;
    hear(message);
    if (!poller) {
      if (hello) want(true);
      // No pause is that long: a longer one comes of a clock that was set, and any shorter one does instead.
      if (!claims)
        watchLeader(theirs?.state === 'waiting' ? Math.abs(theirs.retryAt - now()) % LONGEST_PAUSE_MS : 0);
      return;
    }
    if (hello) claimed.clear();
    if (!claims) return;
    for (const [channel] of claims) claimed.add(channel);
    claim(claims);
    bus?.postMessage({ status });
  }

  /** A leader that is not heard for longer than any poll takes is dead or frozen; its lock is taken from it. */
  function watchLeader(longer: number): void {
    clearTimeout(leaderTimer as never);
    leaderTimer = setTimeout(() => poller || enter(true), longer + wait * 1_000 + (2 + random()) * GRACE_MS);
  }

  watch((event) => {
    if (event === 'freeze') return exit();
    if (membership.signal.aborted) enter();
    poller?.(/line/.test(event) ? 'doubted' : 'due');
  }, life);
  life.onabort = exit;
  enter();
  return want;
}
