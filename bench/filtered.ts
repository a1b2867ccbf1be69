/**
 * `node local/run.mjs bench/filtered.ts`: a reader of one key among 1,000 others in one process, with the filter and without: what the process calls of AWS, and what the reader
 * asks and is sent, while others' events come one by one. On the emulators. Prints a table of docs/evidence/state.md.
 */

import { mint } from '../lib/auth/mint.ts';
import type { PollAnswer } from '../lib/protocol/doorbell.ts';
import { startLocalStack } from '../local/emulators/stack.ts';
import { over, publish, type Served } from '../tests/support/http/http.ts';
import { HUB_SECRET, testHub } from '../tests/support/stack/hub.ts';
import { freshClients, startProcess } from '../tests/support/stack/process.ts';

const OTHERS = 1_000;
const EVENTS = 30;

interface Figures {
  readonly requests: number;
  readonly bytes: number;
  readonly calls: number;
}

interface Ground {
  readonly reader: Served;
  readonly publisher: Served;
  readonly calls: () => number;
}

const stack = await startLocalStack();
const clients = freshClients(stack);
let called = 0;
const count = <T>(next: (args: T) => Promise<unknown>) => {
  return (args: T) => {
    called++;
    return next(args);
  };
};
// Beside the process's own observer, which counts for its metrics.
const counting = { step: 'finalizeRequest', name: 'countForBench' } as const;
clients.dynamo.middlewareStack.add(count as never, counting);
clients.sqs.middlewareStack.add(count as never, counting);
const hub = await testHub(stack, { clients, env: { DIRECT_WAIT: 'true' } });
const token = await mint(HUB_SECRET, { read: ['*'], write: ['*'], ttlS: 3_600, now: Date.now() });
const ground: Ground = {
  reader: over(`http://127.0.0.1:${hub.port}`, token),
  publisher: startProcess(stack).app,
  calls: () => called,
};
try {
  const rows = [
    '| | requests | bytes of answers | calls of AWS by the process |',
    '| --- | ---: | ---: | ---: |',
  ];
  for (const way of ['poll', 'direct'] as const)
    for (const isNarrow of [true, false]) {
      const { requests, bytes, calls } = await measure(`${way}-${isNarrow}`, way, isNarrow);
      const name = `${way === 'poll' ? 'held poll' : 'direct wait'}, ${isNarrow ? 'with the filter' : 'without'}`;
      rows.push(`| ${name} | ${requests} | ${bytes.toLocaleString('en-US')} | ${calls} |`);
    }
  console.log(rows.join('\n'));
} finally {
  await hub.stop();
  await stack.stop();
}
// Connections of the readers are kept alive.
process.exit();

/** All want their own key, or all everything; the last event is of the reader's key and ends it. */
async function measure(channel: string, way: 'poll' | 'direct', isNarrow: boolean): Promise<Figures> {
  const { reader, publisher, calls } = ground;
  const filter = (n: number) => (isNarrow ? `&key=k${n}` : '');
  await publish(publisher, channel, { key: 'k0', data: 0 });
  const stop = new AbortController();
  const took = new Map<number, number>();
  const askOnce = async (path: string, signal: AbortSignal): Promise<PollAnswer | undefined> => {
    try {
      return (await (await reader.request(path, { signal })).json()) as PollAnswer;
    } catch {
      // It ends with the measurement.
      return undefined;
    }
  };
  const others = Array.from({ length: OTHERS }, async (_, i) => {
    for (let maxvid = 1; !stop.signal.aborted; ) {
      const path = `/v1/channels/${channel}/events?maxvid=${maxvid}${filter(i + 1)}`;
      const answer = await askOnce(path, stop.signal);
      maxvid = answer?.maxvid ?? maxvid;
      took.set(i + 1, maxvid);
    }
  });
  let [requests, bytes, maxvid] = [0, 0, 1];
  const ask = async <T>(path: string, method = 'GET'): Promise<T> => {
    const text = await (
      await reader.request(path, { method, headers: { accept: 'application/json' } })
    ).text();
    requests++;
    bytes += Buffer.byteLength(text);
    return JSON.parse(text) as T;
  };
  let ticket = '';
  let isSettled = way === 'poll';
  const follow = (async () => {
    while (maxvid < EVENTS + 2) {
      const where = `maxvid=${maxvid}${filter(0)}`;
      if (way === 'poll') {
        maxvid = (await ask<PollAnswer>(`/v1/channels/${channel}/events?${where}`)).maxvid;
        continue;
      }
      const path = `/v1/channels/${channel}/waits?${where}${ticket && `&ticket=${encodeURIComponent(ticket)}`}`;
      const { wait, ...answer } = await ask<
        PollAnswer & { wait?: { ticket: string; seconds: number; life: number } }
      >(path, 'POST');
      maxvid = answer.maxvid;
      if (!wait) continue;
      ({ ticket } = wait);
      if (wait.seconds > 1) isSettled = true;
      await ask(`/v1/wait?ticket=${encodeURIComponent(ticket)}`);
    }
  })();
  while (!isSettled) await pause(50);
  await pause(3_000);
  const before = { requests, bytes, calls: calls() };
  for (let n = 1; n <= EVENTS; n++) {
    await publish(publisher, channel, { key: `k${n}`, data: { value: n } });
    // Whoever wants it has it before the next one comes; without the filter all have.
    const waiting = () =>
      isNarrow ? (took.get(n) ?? 0) <= n : [...took.values()].filter((vid) => vid > n).length < OTHERS;
    while (waiting()) await pause(5);
    await pause(isNarrow ? 20 : 100);
  }
  const calledFor = calls() - before.calls;
  await publish(publisher, channel, { key: 'k0', data: 'end' });
  await follow;
  stop.abort();
  await Promise.all(others);
  return { requests: requests - before.requests, bytes: bytes - before.bytes, calls: calledFor };
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
