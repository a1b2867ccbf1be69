/**
 * Dead letters in the hands of a person: seen, mended, sent back, dropped. Whoever asks has the claim for their channel (`Caller.dead`); of other channels' letters nothing is told, not
 * even whether there are any. Nothing is removed but what was sent back, mended or dropped. Only the first ten letters of a channel can be reached, and none that somebody else has in
 * hand: SQS hands out no more. What a letter holds is in the answer and in no log.
 */

import { type Caller, covers, requireDead, requireWrite } from '../auth/caller.ts';
import { PushError } from '../errors.ts';
import {
  type DeadLetterInfo,
  type DeadLettersAnswer,
  LIMITS,
  type MendedAnswer,
  type RedriveAnswer,
} from '../protocol/doorbell.ts';
import type { Clock } from '../runtime/ports.ts';
import type { Logger, Meter } from '../telemetry/ports.ts';
import { lookThrough } from './dead-letter-search.ts';
import { parseMended } from './ingest.ts';
import type { DeadLetter } from './ports.ts';
import { checkDeadLetter, type Fate, type RedrivePorts, redrive, sendBack, withIds } from './redrive.ts';

export interface DeadLetterPorts extends RedrivePorts {
  readonly clock: Clock;
  readonly meter: Meter;
  readonly logger: Logger;
}

export interface ListRequest {
  /** Only those of this channel. */
  readonly channel: string | undefined;
  /** Most letters in the answer, 1 to `LIMITS.maxLetters`. */
  readonly limit: number;
}

/** How long one request may look: less than the function's timeout (25 s in serverless.yml), with time to let everything go. */
const LOOK_MS = 15_000;
/** Characters of a body in a list. */
const SHOWN_CHARS = 500;

/** Letters that can be reached, of each channel the oldest first. Throws `forbidden`, `unavailable`. */
export async function listDeadLetters(
  ports: DeadLetterPorts,
  caller: Caller,
  { channel, limit }: ListRequest,
): Promise<DeadLettersAnswer> {
  requireSomeDead(caller, channel);
  const { waiting, inHand } = await ports.deadLetters.count();
  const messages: DeadLetterInfo[] = [];
  const seen = await lookThrough(ports, stopOf(ports), (message) => {
    if (isOf(caller, channel, message)) messages.push(infoOf(message, SHOWN_CHARS));
    return messages.length < limit ? 'go on' : 'enough';
  });
  return { messages, unseen: Math.max(0, waiting + inHand - seen) };
}

/** One letter, whole. Throws `forbidden`, `not-found`, `unavailable`. */
export async function showDeadLetter(
  ports: DeadLetterPorts,
  caller: Caller,
  id: string,
): Promise<DeadLetterInfo> {
  return withDeadLetter(ports, caller, id, async (message) => ({ gone: false, value: infoOf(message) }));
}

/**
 * Puts `body` in the place of what the letter holds; it stays a dead letter until it is sent back, which `redrive` does at once. Its events keep the ids that the letter's had, where the
 * body does not say them. Resolves with its new id: it then stands at the end of its channel's letters, or in the ingest queue. Its channel is the one that the body names. Throws as
 * `parseMessage` for what could not be published, `forbidden` also where the caller may not publish to the channel, `not-found`, `too-large`, `unavailable`; then nothing has changed.
 */
export async function mendDeadLetter(
  ports: DeadLetterPorts,
  caller: Caller,
  id: string,
  body: string,
  redrives = false,
): Promise<MendedAnswer> {
  requireSomeDead(caller, undefined);
  // What is wrong with it by itself is told before the queue is gone through; the ids come later, from the letter.
  const { group } = parseMended(id, body, ports.schemas).message;
  requireDead(caller, group);
  requireWrite(caller, group);
  const mended = await withDeadLetter(ports, caller, id, async (message) => {
    const parsed = parseMended(message.id, body, ports.schemas);
    const value = redrives
      ? await sendBack(ports, { ...message, group, body }, parsed)
      : await ports.deadLetters.replace(message, group, withIds(group, parsed));
    return { gone: true, value };
  });
  if (redrives) ports.meter.count('MessagesRedriven');
  ports.logger.info('a dead letter was mended', { messageId: id, as: mended });
  return { id: mended, sent: redrives };
}

/** Sends one letter back to the ingest queue. Throws `conflict` for one that can never be published as it is, with the reason; `forbidden`, `not-found`, `unavailable`. */
export async function redriveDeadLetter(
  ports: DeadLetterPorts,
  caller: Caller,
  id: string,
): Promise<RedriveAnswer> {
  await withDeadLetter(ports, caller, id, async (message) => {
    const parsed = checkDeadLetter(message, ports.schemas);
    if (typeof parsed === 'string')
      throw new PushError('conflict', `This letter can never be published as it is: ${parsed}`, {
        field: 'letter',
      });
    await sendBack(ports, message, parsed);
    return { gone: true, value: undefined };
  });
  ports.meter.count('MessagesRedriven');
  return { sent: 1, left: 0, done: true };
}

/**
 * Sends back all letters of one channel, or of all that the caller has the claim for: up to `max`, in order within each channel. Those that can never be published stay, at the end of their
 * channel's. `done` is false when there may be more that could be sent: ask again. Throws `forbidden`, `unavailable`; what was sent until then was sent.
 */
export async function redriveDeadLetters(
  ports: DeadLetterPorts,
  caller: Caller,
  { channel, max }: { readonly channel: string | undefined; readonly max: number },
): Promise<RedriveAnswer> {
  requireSomeDead(caller, channel);
  const stop = stopOf(ports);
  const told: Record<Fate, number> = { sent: 0, forced: 0, left: 0, returned: 0, good: 0, bad: 0 };
  const only = (message: DeadLetter) => isOf(caller, channel, message);
  const done = await redrive(
    ports,
    { dryRun: false, all: false, max, only },
    ({ fate }) => {
      told[fate]++;
      if (fate === 'sent') ports.meter.count('MessagesRedriven');
    },
    {
      get aborted() {
        return stop();
      },
    },
  );
  return { sent: told.sent, left: told.left + told.returned, done };
}

/** The letter is gone for good. Throws `forbidden`, `not-found`, `unavailable`. */
export async function dropDeadLetter(ports: DeadLetterPorts, caller: Caller, id: string): Promise<void> {
  await withDeadLetter(ports, caller, id, async (message) => {
    await ports.deadLetters.remove(message);
    return { gone: true, value: undefined };
  });
  ports.meter.count('MessagesDropped');
  ports.logger.info('a dead letter was dropped', { messageId: id });
}

/** Throws `forbidden` where the caller has the claim for nothing, or not for this channel. */
export function requireSomeDead(caller: Caller, channel: string | undefined): void {
  if (channel !== undefined) requireDead(caller, channel);
  else if ((caller.dead ?? []).length === 0)
    throw new PushError('forbidden', 'The token allows the dead letters of no channel.');
}

function isOf({ dead = [] }: Caller, channel: string | undefined, { group }: DeadLetter): boolean {
  return covers(dead, group) && (channel === undefined || channel === group);
}

/** `gone`: the letter is not in hand any more. A letter that the caller has no claim for is not found. */
async function withDeadLetter<T>(
  ports: DeadLetterPorts,
  caller: Caller,
  id: string,
  act: (message: DeadLetter) => Promise<{ readonly gone: boolean; readonly value: T }>,
): Promise<T> {
  requireSomeDead(caller, undefined);
  const found: Array<{ readonly value: T }> = [];
  await lookThrough(ports, stopOf(ports), async (message) => {
    if (message.id !== id || !isOf(caller, undefined, message)) return 'go on';
    const done = await act(message);
    found.push(done);
    return done.gone ? 'gone' : 'enough';
  });
  const [first] = found;
  if (first) return first.value;
  const detail =
    'No dead letter of this id can be reached now: it may be gone, in the hands of somebody else, or behind ten others of its channel.';
  throw new PushError('not-found', detail, { field: 'letter' });
}

function stopOf({ clock }: DeadLetterPorts): () => boolean {
  const by = clock.elapsed() + LOOK_MS;
  return () => clock.elapsed() >= by;
}

/** `most`: characters of the body that are shown. */
function infoOf(
  { id, group, body, reason, at, sentBack = 0 }: DeadLetter,
  most = Number.POSITIVE_INFINITY,
): DeadLetterInfo {
  const shown = body.length > most ? body.slice(0, most).toWellFormed() : body;
  return {
    id,
    channel: group,
    reason: reason ?? null,
    at: at === undefined ? null : new Date(at).toISOString(),
    sentBack,
    bytes: Buffer.byteLength(body),
    body: shown,
    ...(shown.length < body.length ? { cut: true as const } : {}),
  };
}

/** Throws `too-large` for more than any queue takes. */
export function requireMessageSize(body: string): void {
  const bytes = Buffer.byteLength(body);
  if (bytes <= LIMITS.messageBytes) return;
  const message = `A message must be at most ${LIMITS.messageBytes} bytes, got ${bytes}.`;
  throw new PushError('too-large', message, { field: 'body' });
}
