/**
 * What travels through a mailbox: a ring ("this channel has news", with the events when they are small) or a
 * supersede ("a newer poll of this client has come; end"). Only a hint: a reader checks the log where a doorbell is lost.
 */

import * as v from 'valibot';
import { type Block, entriesJson, type VidRange } from '../log/block.ts';
import type { NewBlock } from '../log/ports.ts';
import { parseJson, queueable } from '../runtime/json.ts';

export interface Ring {
  readonly kind: 'ring';
  readonly channel: string;
  /** The arm that this ring answers, and uses up. */
  readonly nonce: string;
  readonly epoch: string;
  readonly first: number;
  readonly last: number;
  /** The new block itself, when it is small. */
  readonly block?: Block;
}

export interface Supersede {
  readonly kind: 'supersede';
  /** The poll that must end. */
  readonly nonce: string;
}

export type Doorbell = Ring | Supersede;

/** SQS bills each 64 KiB of a message as a request: a doorbell stays within one. */
const MAX_BYTES = 64 * 1024;

const vid = v.pipe(v.number(), v.safeInteger(), v.minValue(1));

const DoorbellSchema = v.variant('kind', [
  v.object({
    kind: v.literal('ring'),
    channel: v.string(),
    nonce: v.string(),
    epoch: v.string(),
    first: vid,
    last: vid,
    at: v.optional(v.string()),
    entries: v.optional(
      v.array(
        v.object({
          id: v.string(),
          key: v.exactOptional(v.string()),
          expect: v.exactOptional(v.string()),
          data: v.unknown(),
        }),
      ),
    ),
  }),
  v.object({ kind: v.literal('supersede'), nonce: v.string() }),
]);

/** Writes rings: makes their text once, however many arms they are for. The returned function gives the ring for one arm's nonce; a bare one has no events. */
export function ringText(
  channel: string,
  news: NewBlock | VidRange,
): (nonce: string, isBare?: boolean) => string {
  const { first, last, epoch } = news;
  const bare = { kind: 'ring', channel, epoch, first, last };
  const open = (ring: object) => JSON.stringify(ring).slice(0, -1);
  const short = open(bare);
  const whole =
    'events' in news && news.events.length === last - first + 1
      ? queueable(`${open({ ...bare, at: news.at })},"entries":${entriesJson(news.events)}`)
      : short;
  const bytes = Buffer.byteLength(whole);
  return (nonce, isBare = false) => {
    const end = `,"nonce":${JSON.stringify(nonce)}}`;
    return `${!isBare && bytes + Buffer.byteLength(end) <= MAX_BYTES ? whole : short}${end}`;
  };
}

export function supersedeText(nonce: string): string {
  return JSON.stringify({ kind: 'supersede', nonce } satisfies Supersede);
}

/** Reads a doorbell; undefined when the text is not one (a foreign or a newer sender: a hint that cannot be used). */
export function parseDoorbell(text: string): Doorbell | undefined {
  let json: unknown;
  try {
    json = parseJson(text);
  } catch {
    return undefined;
  }
  const parsed = v.safeParse(DoorbellSchema, json);
  if (!parsed.success) return undefined;
  if (parsed.output.kind === 'supersede') return parsed.output;
  const { at, entries, ...ring } = parsed.output;
  const { epoch, first, last } = ring;
  if (at === undefined || entries?.length !== last - first + 1) return ring;
  return { ...ring, block: { first, last, epoch, at, entries } };
}
