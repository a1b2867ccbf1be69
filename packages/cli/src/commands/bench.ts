/** `doorbell bench`: how long from a publish until a waiting reader has the event, and how many events a second go through. Bounded. */

import { Command } from 'commander';
import { type Connection, publish, type Subscription, subscribe } from '../../../client/src/index.ts';
import { channelName, whole } from '../arguments.ts';
import { type ConnectionOptions, connecting, connectionOf } from '../connection.ts';
import { EXIT, EXIT_CODES_HELP, Failure } from '../failure.ts';
import type { Terminal } from '../terminal.ts';
import { counted, jsonLine, table } from '../text.ts';

interface Options extends ConnectionOptions {
  readonly channel?: string;
  readonly events: number;
  readonly seconds: number;
  readonly publishers: number;
  readonly json?: true;
}

/** An event that has not come by then is taken for lost. */
const LOST_MS = 60_000;
/** Between two events, so that the reader waits again when the next one is published. */
const PAUSE_MS = 20;
/** Those before are not counted: connections are made, and functions started. */
const WARM_UP = 5;

const HELP = `
First one event after the other, each when the reader waits again: the latency. Then as many publishers as asked for, each
publishing the next event when the last one is answered: the throughput. The events stay in the channel until they expire.

Example: doorbell bench --events 500 --publishers 16 --url https://doorbell.example`;

export function benchCommand(terminal: Terminal): Command {
  const command = new Command('bench')
    .summary('measure latency and throughput against a server')
    .description(
      'Measure how long an event takes from its publish to a waiting reader, and how many a second go through.',
    )
    .option('--channel <channel>', 'on which channel (default: a new one, bench-…)', channelName)
    .option('--events <count>', 'how many events for the latency', whole(10, 5_000), 200)
    .option('--seconds <seconds>', 'how long for the throughput; 0: not at all', whole(0, 60), 5)
    .option('--publishers <count>', 'how many publish at once for the throughput', whole(1, 64), 8)
    .option('--json', 'print one line of JSON')
    .addHelpText('after', `${HELP}\n${EXIT_CODES_HELP}`);
  return connecting(command).action(async (options: Options) => {
    const connection = await connectionOf(options, terminal);
    const channel = options.channel ?? `bench-${Math.floor(terminal.random() * 2 ** 48).toString(36)}`;
    const figures = await measure(connection, channel, options, terminal);
    await terminal.out.write(options.json ? `${jsonLine(figures)}\n` : told(figures));
  });
}

interface Figures {
  readonly channel: string;
  readonly latency: {
    readonly events: number;
    readonly p50Ms: number;
    readonly p99Ms: number;
    readonly maxMs: number;
  };
  readonly throughput?: {
    readonly events: number;
    readonly publishers: number;
    readonly publishedPerSecond: number;
    readonly deliveredPerSecond: number;
  };
}

async function measure(
  connection: Connection,
  channel: string,
  options: Options,
  terminal: Terminal,
): Promise<Figures> {
  // From here on the channel exists, and the reader knows from where on to follow it.
  const { last } = await publish(channel, 'bench', connection);
  const reader = new Reader(connection, channel, last - 1, terminal);
  try {
    await reader.seen(last);
    const samples: number[] = [];
    for (let i = 0; i < WARM_UP + options.events; i++) {
      await terminal.clock.sleep(PAUSE_MS, terminal.interrupted);
      const began = terminal.stopwatch();
      await reader.seen((await publish(channel, i, connection)).last);
      if (i >= WARM_UP) samples.push(terminal.stopwatch() - began);
    }
    const latency = { events: samples.length, ...percentiles(samples) };
    if (options.seconds === 0) return { channel, latency };
    return {
      channel,
      latency,
      throughput: await throughput(reader, connection, channel, options, terminal),
    };
  } finally {
    reader.close();
  }
}

async function throughput(
  reader: Reader,
  connection: Connection,
  channel: string,
  { seconds, publishers }: Options,
  { stopwatch, interrupted }: Terminal,
): Promise<NonNullable<Figures['throughput']>> {
  const began = stopwatch();
  const end = began + seconds * 1000;
  let last = 0;
  let events = 0;
  const one = async () => {
    while (stopwatch() < end && !interrupted.aborted) {
      last = Math.max(last, (await publish(channel, 'throughput', connection)).last);
      events++;
    }
  };
  await Promise.all(Array.from({ length: publishers }, one));
  const publishedMs = stopwatch() - began;
  await reader.seen(last);
  const deliveredMs = stopwatch() - began;
  const perSecond = (ms: number) => Math.round((events * 10_000) / ms) / 10;
  return {
    events,
    publishers,
    publishedPerSecond: perSecond(publishedMs),
    deliveredPerSecond: perSecond(deliveredMs),
  };
}

/** Follows the channel, and knows how far it has come. */
class Reader {
  readonly #subscription: Subscription;
  readonly #terminal: Terminal;
  #maxvid = 0;
  #wake: () => void = () => undefined;

  constructor(connection: Connection, channel: string, from: number, terminal: Terminal) {
    this.#terminal = terminal;
    this.#subscription = subscribe(channel, { ...connection, from, signal: terminal.interrupted });
    this.#subscription.on('status', () => this.#wake());
    this.#subscription.on('event', ({ vid }) => {
      this.#maxvid = vid;
      this.#wake();
    });
  }

  /** Resolves when the event with this vid has come. Throws when it does not. */
  async seen(vid: number): Promise<void> {
    const ending = new AbortController();
    const { clock, interrupted } = this.#terminal;
    const lost = clock
      .sleep(LOST_MS, AbortSignal.any([ending.signal, interrupted]))
      .then(() => 'lost' as const);
    while (this.#maxvid < vid) {
      const { status } = this.#subscription;
      if (interrupted.aborted) throw new Failure(EXIT.interrupted, 'Interrupted.');
      if (status.state === 'stopped')
        throw status.error ?? new Failure(EXIT.failed, 'The reader has stopped.');
      const woken = new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
      if ((await Promise.race([woken, lost])) === 'lost' && !interrupted.aborted)
        throw new Failure(EXIT.failed, `The event with vid ${vid} had not come after ${LOST_MS / 1000} s.`);
    }
    ending.abort();
  }

  close(): void {
    this.#subscription.close();
  }
}

function percentiles(samples: readonly number[]) {
  const sorted = samples.toSorted((a, b) => a - b);
  const at = (share: number) => sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? 0;
  const rounded = (ms: number) => Math.round(ms * 10) / 10;
  return { p50Ms: rounded(at(0.5)), p99Ms: rounded(at(0.99)), maxMs: rounded(at(1)) };
}

function told({ channel, latency, throughput }: Figures): string {
  const rows = [
    ['channel', channel],
    [
      'publish -> delivered',
      `p50 ${latency.p50Ms} ms, p99 ${latency.p99Ms} ms, most ${latency.maxMs} ms, of ${counted(latency.events, 'event')}`,
    ],
  ];
  if (throughput)
    rows.push([
      'throughput',
      `${throughput.publishedPerSecond} events/s published, ${throughput.deliveredPerSecond}/s delivered, ${counted(throughput.publishers, 'publisher')}, ${counted(throughput.events, 'event')}`,
    ]);
  return table(rows);
}
