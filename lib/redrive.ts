/**
 * Redrive: what stands in the dead-letter queue goes back to the ingest queue, in order within each group. A letter is removed only after it
 * was sent back, so a crash between the two sends it twice; its events keep their ids, so the log takes them once. What can never be
 * published stays, at the end of its group, where it holds up nobody.
 */

import { entriesJson } from './block.ts';
import { queueable } from './doorbell.ts';
import { PushError } from './errors.ts';
import { type Parsed, parseMessage } from './ingest.ts';
import type { Chance, DeadLetter, DeadLetterQueue, IngestQueue } from './ports.ts';

export interface RedrivePorts {
  readonly deadLetters: DeadLetterQueue;
  readonly ingestQueue: IngestQueue;
  readonly chance: Chance;
}

export interface RedriveOptions {
  /** Change nothing. Shows the first letters of each group only: those behind them cannot be seen while these are in hand. */
  readonly dryRun: boolean;
  /** Send back what can never be published, too, as it is. */
  readonly all: boolean;
  /** Most letters to send back, 0 or more. */
  readonly max: number;
}

/** What became of a letter; `good` and `bad` in a dry run, which leaves both. */
export type Fate = 'sent' | 'left' | 'good' | 'bad';

export interface Told {
  readonly letter: DeadLetter;
  readonly fate: Fate;
  /** Why it was here: what the letter says, else what is wrong with it; undefined when it only failed too often. */
  readonly reason: string | undefined;
}

/**
 * Goes through the queue until no letter is left that it could take, and calls `tell` for each; false when `max` left some. Throws
 * `unavailable` when a queue cannot be reached: what was not sent is then where it was. May be repeated, and run beside another.
 */
export async function redrive(
  ports: RedrivePorts,
  options: RedriveOptions,
  tell: (told: Told) => void,
): Promise<boolean> {
  const { deadLetters, chance } = ports;
  const run = chance.id();
  const inHand: DeadLetter[] = [];
  let sent = 0;
  try {
    for (;;) {
      const letters = await deadLetters.take();
      if (letters.length === 0) return true;
      inHand.push(...letters);
      for (const letter of letters) {
        // Set back by this run: its group has been gone through. It stays in hand, or it would come again at once.
        if (letter.setBackBy === run) continue;
        if (sent >= options.max) return false;
        const checked = check(letter);
        const good = typeof checked !== 'string';
        const reason = letter.reason ?? (good ? undefined : checked);
        if (options.dryRun) {
          tell({ letter, reason, fate: good ? 'good' : 'bad' });
          continue;
        }
        const gone = good || options.all;
        if (gone) {
          await sendBack(ports, letter, good ? checked : undefined);
          sent++;
        }
        const moved =
          gone || (await deadLetters.setBack({ ...letter, reason: letter.reason ?? checked }, run));
        if (moved) inHand.splice(inHand.indexOf(letter), 1);
        tell({ letter, reason, fate: gone ? 'sent' : 'left' });
      }
    }
  } finally {
    // One that cannot be let go comes back by itself, only later.
    for (const letter of inHand) await deadLetters.letGo(letter).catch(() => undefined);
  }
}

/** The letter as `ingest` would read it, or why it never could. */
function check({ id, group, body }: DeadLetter): Parsed | string {
  try {
    return parseMessage({ id, group, body });
  } catch (error) {
    return error instanceof Error ? error.message : 'unreadable';
  }
}

async function sendBack(
  { deadLetters, ingestQueue, chance }: RedrivePorts,
  letter: DeadLetter,
  parsed: Parsed | undefined,
): Promise<void> {
  // Never the same deduplication id: SQS would take a letter that comes back twice within 5 minutes for one, and it would be lost.
  const send = (body: string) => ingestQueue.send(letter.group, body, chance.id());
  try {
    await send(parsed ? withIds(letter.group, parsed) : letter.body);
  } catch (error) {
    if (error instanceof PushError) throw error;
    // With the ids it passes the queue's limit. As it was it goes; only what was in the log already may then be there twice.
    await send(letter.body);
  }
  await deadLetters.remove(letter);
}

/** The message with its events' ids written out: those made of its own id would be others in a new message. */
function withIds(channel: string, { drafts }: Parsed): string {
  return queueable(`{"channel":${JSON.stringify(channel)},"events":${entriesJson(drafts)}}`);
}
