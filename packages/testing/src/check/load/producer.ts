/**
 * A producer: numbered events, one publish after the other, so that their order is known. Single events, arrays and lines. It loses
 * patience at random, as a caller with a time limit does; what is then uncertain it sends again under the same ids, or, without ids, gives up.
 */

import { CONTENT_TYPES } from '../../../../../lib/protocol/doorbell.ts';
import type { Publish } from '../history.ts';
import type { Outcome } from './network.ts';
import { backoffMs, type Party, pause, refuse } from './party.ts';
import { aboutKey, type Payload, payload, sent } from './payload.ts';
import { readProblem, readReceipt } from './replies.ts';

/** API Gateway gives up after 30 s. */
const TIMEOUT_MS = 30_000;
/** Ids are remembered for 5 minutes: long before, a retry would be a new event. */
const RETRY_MS = 90_000;
/** So often once more when the load is over: a server that is gone must not hold up the verdict. */
const LAST_TRIES = 3;
const IMPATIENT = 0.06;
const AGAIN = 0.05;

interface Batch {
  readonly op: number;
  readonly channel: string;
  readonly form: Publish['form'];
  readonly keyed: boolean;
  readonly payloads: readonly Payload[];
}

/** Publishes about `rate` events a second until the run is over. Throws `Refused` when it may not. */
export async function produce(party: Party, rate: number): Promise<void> {
  const { run, chance } = party;
  // Not all at once.
  await pause((1000 / rate) * chance.next(), run.over);
  for (let number = 1; !run.over.aborted; ) {
    const batch = newBatch(party, number);
    number += batch.payloads.length;
    await publish(party, batch);
    await pause(((1000 * batch.payloads.length) / rate) * (0.5 + chance.next()), run.over);
  }
}

function newBatch({ run, name, chance }: Party, number: number): Batch {
  const form = chance.pick(['event', 'event', 'event', 'event', 'event', 'array', 'array', 'lines'] as const);
  const count = form === 'event' ? 1 : chance.integer(1, form === 'array' ? 12 : 25);
  // Lines cannot have ids.
  const keyed = form !== 'lines' && chance.chance(0.7);
  const large = run.areLarge?.() ?? false;
  const payloads = Array.from({ length: count }, (_, i) =>
    aboutKey(payload(name, number + i, keyed, chance, large), chance),
  );
  return { op: run.history.op(), channel: chance.pick(run.channels), form, keyed, payloads };
}

async function publish(party: Party, batch: Batch): Promise<void> {
  const { run, name, chance } = party;
  const { op, channel, form } = batch;
  const { history } = run;
  history.add({ kind: 'publish', op, producer: name, channel, form, events: batch.payloads.map(sent) });
  const deadline = performance.now() + RETRY_MS;
  let lastTries = 0;
  for (let attempts = 1; ; attempts++) {
    const impatient = chance.chance(IMPATIENT) && attempts < 4;
    const outcome = await send(party, batch, impatient ? chance.integer(0, 30) : undefined);
    const receipt = receiptOf(outcome);
    if (receipt) {
      history.add({ kind: 'published', op, attempts, answer: receipt });
      run.heads.set(channel, Math.max(run.heads.get(channel) ?? 0, receipt.last));
      if (batch.keyed && chance.chance(AGAIN)) await publishAgain(party, batch);
      return;
    }
    const { why, appended, final, leastMs } = failure(party, batch, outcome);
    if (run.over.aborted) lastTries++;
    const gone = final || !batch.keyed || performance.now() > deadline || lastTries > LAST_TRIES;
    if (!gone) {
      await pause(backoffMs(party, attempts, leastMs));
      continue;
    }
    history.add({ kind: 'unpublished', op, why, appended });
    // Whoever lost patience goes on at once; a server that failed is given a rest.
    if (why !== 'given up') await pause(backoffMs(party, attempts, leastMs), run.over);
    return;
  }
}

/** As a caller does who never saw the first answer. */
async function publishAgain(party: Party, batch: Batch): Promise<void> {
  const answer = receiptOf(await send(party, batch));
  if (answer) party.run.history.add({ kind: 'republished', op: batch.op, answer });
}

function send({ network }: Party, batch: Batch, giveUpMs?: number): Promise<Outcome> {
  const { channel, form, payloads } = batch;
  const lines = form === 'lines';
  const body = lines
    ? payloads.map(({ data }) => JSON.stringify(data)).join('\n')
    : JSON.stringify(form === 'event' ? payloads[0] : payloads);
  return network.request({
    method: 'POST',
    path: `/v1/channels/${channel}/events`,
    type: lines ? CONTENT_TYPES.ndjson : CONTENT_TYPES.json,
    body,
    timeoutMs: TIMEOUT_MS,
    ...(giveUpMs === undefined ? {} : { giveUpMs }),
  });
}

function receiptOf(outcome: Outcome) {
  return outcome.kind === 'reply' && outcome.status === 201 ? readReceipt(outcome.text) : undefined;
}

interface Failure {
  readonly why: string;
  readonly appended: number;
  /** It is no use to try again. */
  readonly final: boolean;
  readonly leastMs: number;
}

function failure({ run, name }: Party, { op }: Batch, outcome: Outcome): Failure {
  if (outcome.kind === 'cut') return { why: outcome.why, appended: 0, final: false, leastMs: 0 };
  const { status, text, retryAfterMs } = outcome;
  refuse(status);
  const { type, appended } = readProblem(text);
  const why = `${status} ${type}`;
  const refused = status < 500 && status !== 429;
  if (refused || type === 'internal') {
    run.history.add({ kind: 'fault', op, what: `${name}: a publish was answered with ${why}` });
  }
  return { why, appended, final: refused, leastMs: retryAfterMs };
}
