/**
 * Before a hub opens, another one in the same process publishes to itself and reads it, on emulators of its own, until Node has compiled what each event
 * runs through. Without it the first few thousand events take a quarter longer (docs/performance.md).
 */
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { Agent, type IncomingMessage, request } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { Registry } from 'prom-client';
import { type Hub, startHub } from '../hub/hub.ts';
import { hubSettings } from '../hub/settings.ts';
import type { Base } from '../lib/deps.ts';
import type { PollAnswer } from '../lib/protocol.ts';
import { nearbyDynamodb } from './emulators.ts';
import { developmentToken } from './secret.ts';
import type { Service } from './service.ts';
import { type LocalStack, startLocalStack, wholeEnvironment } from './stack.ts';

/** Some two seconds' work; with half of it a burst right after the start is a tenth slower. */
const ROUNDS = 600;
/** As many publishes at once, in every second round: events come alone as well as in blocks. */
const COMPANY = 16;
const atOnce = (round: number) => (round % 2 === 0 ? 1 : COMPANY);
const EVENTS = (ROUNDS / 2) * (1 + COMPANY);
const EVENT = JSON.stringify({
  data: { rehearsal: 'as long as the events of a door or a sensor often are' },
});
const READERS = 4;
const CHANNEL = '/v1/channels/rehearsal/events';
const NO_ASSETS = { dashboard: '', client: '', openapi: '{}' };

/** All that it is told of the deploy's environment: whom that lets in, and how much of it, is not for a rehearsal. */
const TOLD = [
  'EVENTS_TABLE',
  'CURSORS_TABLE',
  'WAITERS_TABLE',
  'MAILBOX_PREFIX',
  'RETENTION_HOURS',
  'CURSOR_HOURS',
];
/** How long it may publish, in ms. A machine that is so much slower had better open unrehearsed. */
const MOST_MS = 10_000;

/** `onDisk` says whether the log is. Leaves nothing behind. Never throws: without it the first events take longer, and that is all. */
export async function rehearse(
  service: Service,
  common: Omit<Base, 'meter'>,
  { onDisk }: { readonly onDisk: boolean },
): Promise<void> {
  try {
    // On disk, as the log is: what was compiled for another store would be compiled anew.
    const dataDir = onDisk ? mkdtempSync(join(tmpdir(), 'doorbell-rehearsal-')) : undefined;
    const clear = () => dataDir && rmSync(dataDir, { recursive: true, force: true, maxRetries: 5 });
    // Should the process be told to end meanwhile.
    process.once('exit', clear);
    try {
      const stack = await startLocalStack(dataDir === undefined ? { service } : { service, dataDir });
      await onStage(stack, common).finally(() => stack.stop());
    } finally {
      process.off('exit', clear);
      clear();
    }
  } catch (error) {
    const reason = error instanceof Error ? error.message : 'unknown';
    common.logger.warn('the rehearsal was broken off; the first events take longer', { reason });
  }
}

async function onStage(stack: LocalStack, common: Omit<Base, 'meter'>): Promise<void> {
  const secret = randomBytes(32).toString('base64');
  const declared = Object.entries(wholeEnvironment(stack));
  const hub = await startHub({
    settings: hubSettings({ PORT: '0', ADMIN_PORT: '0' }),
    env: {
      ...Object.fromEntries(declared.filter(([name]) => TOLD.includes(name))),
      DOORBELL_SECRET: secret,
    },
    common,
    metrics: {
      registry: new Registry(),
      meter: SILENT,
      onCall: ignore,
      onResponse: ignore,
      onUnreadCut: ignore,
    },
    assets: NO_ASSETS,
    // It makes a few connections: whether there may be thousands is for the hub that opens to say.
    files: Number.POSITIVE_INFINITY,
    clients: {
      dynamo: nearbyDynamodb(stack.emulators, stack.service.provider.region),
      sqs: stack.clients.sqs,
    },
  });
  const agent = new Agent({ keepAlive: true });
  try {
    await perform(hub, agent, await developmentToken(secret));
  } finally {
    agent.destroy();
    await hub.stop();
  }
}

const ignore = () => undefined;
const SILENT = { count: ignore, flush: ignore };

async function perform({ port }: Hub, agent: Agent, token: string): Promise<void> {
  const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/json' };
  const signal = AbortSignal.timeout(MOST_MS);
  const ask = async (method: string, path: string, body = ''): Promise<string> => {
    const asked = request({ agent, port, method, path, headers, signal }).end(body);
    // It is told of an abort again when its answer has begun; then the answer is what fails.
    const answered = once(asked, 'response');
    asked.on('error', ignore);
    const [response] = (await answered) as [IncomingMessage];
    const answer = await text(response);
    if (response.statusCode !== 200 && response.statusCode !== 201)
      throw new Error(`it was answered ${response.statusCode}: ${answer}`);
    return answer;
  };
  const publishing = async () => {
    for (let round = 0; round < ROUNDS; round++)
      await Promise.all(Array.from({ length: atOnce(round) }, () => ask('POST', CHANNEL, EVENT)));
  };
  const reading = async () => {
    let maxvid = 0;
    while (maxvid < EVENTS)
      ({ maxvid } = JSON.parse(await ask('GET', `${CHANNEL}?maxvid=${maxvid}`)) as PollAnswer);
  };
  await Promise.all([publishing(), ...Array.from({ length: READERS }, reading)]);
}
