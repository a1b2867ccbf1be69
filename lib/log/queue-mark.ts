/**
 * How far the messages of a FIFO queue are in a channel's log. The newest block carries it, so that a batch that is delivered again is known
 * by one read. Sequence numbers rise within a group, and a group is a channel; SQS hands a message out when all before it are done. Pure.
 *
 * It is only believed where nothing can have come between: a block without a mark (an older writer's), another queue, or a message that was
 * sent after the mark was made and yet stands before it (a queue that was made anew) leave the question open. Then ids are compared.
 */

/** Where an event stands in a queue. */
export interface QueuePlace {
  /** Names the queue: no two may be taken for one. */
  readonly queue: string;
  /** SequenceNumber, decimal. */
  readonly sequence: string;
  /** Of the message's events, from 0 on. */
  readonly index: number;
  /** Unix time in ms, by the queue's clock. */
  readonly sentAt: number;
}

/** Every message before `sequence`, and of that one the first `count` events, are in the log. */
export interface QueueMark {
  readonly queue: string;
  readonly sequence: string;
  readonly count: number;
  /** Unix time in ms when the last of them was appended, by its publisher's clock. */
  readonly at: number;
}

/** Whether an event is in the log already, as far as the mark can tell. */
export function standingInQueue(mark: QueueMark | undefined, place: QueuePlace): 'in' | 'new' | 'open' {
  if (mark?.queue !== place.queue) return 'open';
  if (isBeyond(place, mark)) return 'new';
  return place.sentAt <= mark.at ? 'in' : 'open';
}

/**
 * The mark once these events are in the log, at `now`, in their order; `place` is missing where an event came in another way. None where one that
 * was new stood before the mark: its queue counts anew.
 */
export function markAfter(
  mark: QueueMark | undefined,
  events: ReadonlyArray<{ readonly place: QueuePlace | undefined; readonly isNew: boolean }>,
  now: number,
): QueueMark | undefined {
  let after = mark;
  let countsAnew = false;
  for (const { place, isNew } of events) {
    if (!place) continue;
    if (mark?.queue === place.queue && !isBeyond(place, mark)) countsAnew ||= isNew;
    else if (after?.queue !== place.queue || isBeyond(place, after)) after = markOf(place, now);
  }
  return countsAnew ? undefined : after;
}

/** As the log keeps it: `1 <queue> <sequence> <count> <at>`. */
export function textOfMark({ queue, sequence, count, at }: QueueMark): string {
  return `1 ${queue} ${sequence} ${count} ${at}`;
}

/** Undefined for what is missing, or was written by a version that this one does not know. */
export function markOfText(text: string | undefined): QueueMark | undefined {
  const [, queue, sequence, count, at] = /^1 (\S+) (\d+) (\d+) (\d+)$/.exec(text ?? '') ?? [];
  if (queue === undefined || sequence === undefined) return undefined;
  return { queue, sequence, count: Number(count), at: Number(at) };
}

function markOf({ queue, sequence, index }: QueuePlace, at: number): QueueMark {
  return { queue, sequence, count: index + 1, at };
}

function isBeyond({ sequence, index }: QueuePlace, mark: QueueMark): boolean {
  const order = compare(sequence, mark.sequence);
  return order > 0 || (order === 0 && index >= mark.count);
}

/** Of decimal numbers of any length. */
function compare(a: string, b: string): number {
  const [x, y] = [BigInt(a), BigInt(b)];
  return x < y ? -1 : x > y ? 1 : 0;
}
