/**
 * `npm run bench:hot-channel`: 50 publishers in several processes on one channel, each publishing its next event as soon as the one before is
 * in. Prints how many events a block carries and how many conflicts it costs. Run with another --processes to compare.
 */

import { fork } from 'node:child_process';
import { once } from 'node:events';
import { parseArgs } from 'node:util';
import { paginateQuery } from '@aws-sdk/client-dynamodb';
import { TRUSTED } from '../lib/auth/caller.ts';
import { base } from '../lib/compose/base.ts';
import { publishPorts } from '../lib/compose/publish.ts';
import { newEvent } from '../lib/log/block.ts';
import { publish } from '../lib/publish/publish.ts';
import { type LocalStack, startLocalStack } from '../local/emulators/stack.ts';
import { UNCOUNTED } from '../tests/support/memory/doubles.ts';
import { machine, percentiles } from './figures.ts';

const CHANNEL = 'hot';
const { values } = parseArgs({
  options: {
    publishers: { type: 'string', default: '50' },
    events: { type: 'string', default: '40' },
    processes: { type: 'string' },
    worker: { type: 'boolean', default: false },
  },
});
const PUBLISHERS = Number(values.publishers);
const EVENTS_EACH = Number(values.events);

/** What a worker process tells when it is done. */
interface Worked {
  readonly published: number;
  readonly conflicts: number;
  readonly ms: readonly number[];
}

/** Publishes as `publishers` at once; each waits for its answer before it goes on. */
async function work(publishers: number): Promise<Worked> {
  let conflicts = 0;
  const count = (name: string, value = 1) => {
    if (name === 'AppendConflicts') conflicts += value;
  };
  const ports = publishPorts(process.env, { ...base(process.env), meter: { ...UNCOUNTED, count } });
  const ms: number[] = [];
  const publishOneByOne = async (publisher: number) => {
    for (let at = 0; at < EVENTS_EACH; at++) {
      const start = performance.now();
      await publish(ports, TRUSTED, CHANNEL, [newEvent(`${process.pid}-${publisher}-${at}`, at)], false);
      ms.push(performance.now() - start);
    }
  };
  await Promise.all(Array.from({ length: publishers }, (_, publisher) => publishOneByOne(publisher)));
  return { published: ms.length, conflicts, ms };
}

async function workIn(processes: number, stack: LocalStack): Promise<readonly Worked[]> {
  const env: NodeJS.ProcessEnv = { ...process.env };
  stack.lead(env);
  Object.assign(env, stack.environment('publish'));
  return Promise.all(
    Array.from({ length: processes }, async (_, i) => {
      const share = Math.floor(PUBLISHERS / processes) + (i < PUBLISHERS % processes ? 1 : 0);
      const args = ['--worker', '--publishers', String(share), '--events', String(EVENTS_EACH)];
      const [worked] = (await once(fork(import.meta.filename, args, { env }), 'message')) as [Worked];
      return worked;
    }),
  );
}

async function blocksIn({ clients, environment }: LocalStack): Promise<number> {
  const query = {
    TableName: environment('publish').EVENTS_TABLE,
    KeyConditionExpression: 'channel = :channel AND vid >= :first',
    ExpressionAttributeValues: { ':channel': { S: CHANNEL }, ':first': { N: '1' } },
    Select: 'COUNT' as const,
  };
  let blocks = 0;
  for await (const { Count = 0 } of paginateQuery({ client: clients.dynamodb }, query)) blocks += Count;
  return blocks;
}

/** One run on tables of its own. */
async function measure(processes: number): Promise<string> {
  const stack = await startLocalStack();
  try {
    const start = performance.now();
    const worked = await workIn(processes, stack);
    const seconds = (performance.now() - start) / 1000;
    const blocks = await blocksIn(stack);
    const events = worked.reduce((sum, { published }) => sum + published, 0);
    const conflicts = worked.reduce((sum, one) => sum + one.conflicts, 0);
    const { p50, p99 } = percentiles(worked.flatMap(({ ms }) => ms));
    return [
      processes,
      events,
      blocks,
      events / blocks,
      conflicts,
      conflicts / blocks,
      events / seconds,
      p50,
      p99,
    ]
      .map((figure) => (Number.isInteger(figure) ? String(figure) : figure.toFixed(2)).padStart(10))
      .join('');
  } finally {
    await stack.stop();
  }
}

if (values.worker) {
  process.send?.(await work(PUBLISHERS));
  process.disconnect();
} else {
  const counts = values.processes === undefined ? [1, 2, 5, 10] : [Number(values.processes)];
  console.log(`${PUBLISHERS} publishers, ${EVENTS_EACH} events each. ${machine()}\n`);
  const headReader = [
    'processes',
    'events',
    'blocks',
    'per block',
    'conflicts',
    'per block',
    'events/s',
    'p50 ms',
    'p99 ms',
  ];
  console.log(headReader.map((head) => head.padStart(10)).join(''));
  for (const processes of counts) console.log(await measure(processes));
}
