/** One poll of a reader: asked, recorded, and its answer taken in. Whether the answer is right is the checker's to say. */

import { slackMs } from '../bound.ts';
import type { Place, SeenAnswer } from '../history.ts';
import type { Ticket } from './direct-way.ts';
import { type Party, refuse } from './party.ts';
import { readAnswers, readProblem } from './replies.ts';
import { wayOf } from './ways.ts';

/** What a reader remembers of one channel. No `maxvid`: nothing; its client's cursor must know, or it starts from now on. */
export interface Memory {
  maxvid: number | undefined;
  epoch: string | undefined;
  /** The client id whose cursor on this channel is known to be kept: it has sent a place and was answered. */
  placedAs: string | undefined;
  /** Of the last shared poll. */
  slot?: number | undefined;
}

export interface Reader extends Party {
  /** Channels that it follows, with one poll for all of them. */
  readonly follows: ReadonlyMap<string, Memory>;
  /** As whom it polls; undefined: as nobody. */
  client: string | undefined;
  /** Whether it polls its one channel at the shared address now and then. */
  readonly shares?: boolean;
  /** Whether it waits without a poll now and then, and what it can do that with. */
  readonly waitsDirectly?: boolean;
  ticket?: Ticket | undefined;
}

export interface PollOptions {
  readonly waitSeconds: number;
  readonly limit: number;
  /** Name the epoch too. */
  readonly withEpoch: boolean;
  readonly giveUpMs?: number;
  readonly halfRead?: boolean;
  readonly signal?: AbortSignal;
}

export type Polled =
  | { readonly kind: 'answered'; readonly superseded: boolean; readonly events: number }
  | { readonly kind: 'cut' }
  | { readonly kind: 'failed'; readonly retryAfterMs: number };

/** Throws `Refused` when it may not read. */
export async function pollOnce(reader: Reader, options: PollOptions): Promise<Polled> {
  const { run, name, client, network, follows } = reader;
  const { history } = run;
  const op = history.op();
  const places = [...follows].map(
    ([channel, { maxvid }]): Place => ({ channel, ...(maxvid === undefined ? {} : { maxvid }) }),
  );
  const many = follows.size > 1;
  const way = wayOf(reader, options);
  const { limit, mark } = way;
  const { giveUpMs, halfRead = false, signal } = options;
  const waitMs = way.waitSeconds * 1000;
  const asker = client === undefined ? {} : { client };
  history.add({ kind: 'poll', op, reader: name, ...asker, waitMs, limit, many, ...mark, places });
  const outcome = await way.ask(network, {
    // Later than that it is a violation anyway.
    timeoutMs: waitMs + slackMs(run.boundMs) + 1_000,
    halfRead,
    ...(giveUpMs === undefined ? {} : { giveUpMs }),
    ...(signal ? { signal } : {}),
  });
  if (outcome.kind === 'cut') {
    history.add({ kind: 'cut', op, why: outcome.why });
    return outcome.why === 'failed' ? { kind: 'failed', retryAfterMs: 0 } : { kind: 'cut' };
  }
  const { status, text, retryAfterMs } = outcome;
  refuse(status);
  const answers = status === 200 ? readAnswers(text, many) : undefined;
  if (!answers) {
    const { type } = readProblem(text);
    // Busy, or a gateway's word: a reader comes again. Anything else is no answer to a poll that is in order.
    const busy = status === 429 || (status >= 500 && type !== 'internal');
    if (busy) history.add({ kind: 'cut', op, why: 'failed' });
    else history.add({ kind: 'fault', op, what: `${name}: a poll was answered with ${status} ${type}` });
    if (type === 'reset') startOver(reader);
    return { kind: 'failed', retryAfterMs };
  }
  history.add({ kind: 'answered', op, answers });
  for (const { channel, maxvid } of places) {
    const memory = maxvid === undefined ? undefined : follows.get(channel);
    if (memory) memory.placedAs = client;
  }
  for (const answer of answers) remember(reader, answer);
  way.learn(text);
  return {
    kind: 'answered',
    superseded: answers.some(({ superseded }) => superseded === true),
    events: answers.reduce((sum, { events }) => sum + events.length, 0),
  };
}

/** Forgets where it stood: the next poll asks for everything. After a reset too (PROTOCOL.md, section 3.2), so that the rest can be read. */
export function startOver({ follows }: Reader): void {
  for (const memory of follows.values()) Object.assign(memory, { maxvid: 0, epoch: undefined });
}

function remember({ follows }: Reader, { channel, maxvid, epoch }: SeenAnswer): void {
  const memory = follows.get(channel);
  if (!memory) return;
  memory.maxvid = maxvid;
  memory.epoch = epoch ?? undefined;
}
