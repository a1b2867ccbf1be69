/**
 * What a span of the log holds of ids, in 4 bytes each: a process that has not read the span learns from it that an id is not there. What may be
 * there is looked up in the log. A digest is made of blocks that never change, so it is true for ever; one that is missing costs a look at the log.
 *
 * A span ends with the block that passes a step, and whoever appended that block makes the digest: all processes see the same ends. A step is 1,000
 * vids, or fewer where events are large, so that a span, which has to be read whole until it has its digest, is some 512 KiB at most.
 */

import type { LogBlock } from '../block.ts';
import type { IdDigest } from '../ports.ts';

/** Vids of a step, and what a span may hold of text before steps get smaller by tens. */
export const DIGEST_STEP = 1_000;
const SPAN_LENGTH = 512 * 1024;
/** A span that nobody ended, because its writers know of no digests, is begun anew: an item of DynamoDB holds 400 KB. */
const MOST_IDS = 20_000;
const HASH_BYTES = 4;

export type SpanBlock = Pick<LogBlock, 'first' | 'last' | 'at' | 'entries' | 'textLength'>;

/** Of an id, the same in every version and process: FNV-1a over its UTF-16 units, with the finish of MurmurHash3 (both in the public domain). */
export function hashOf(id: string): number {
  let hash = 0x811c9dc5;
  for (let i = 0; i < id.length; i++) hash = Math.imul(hash ^ id.charCodeAt(i), 0x01000193);
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return (hash ^ (hash >>> 16)) >>> 0;
}

/** False when no id of this hash stands in the span. */
export function mayHold({ hashes }: IdDigest, hash: number): boolean {
  let low = 0;
  let high = hashes.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    const there = hashes[middle] ?? 0;
    if (there === hash) return true;
    if (there < hash) low = middle + 1;
    else high = middle;
  }
  return false;
}

/** True when the block ends a span. */
export function endsSpan(
  { first, last, entries, textLength }: SpanBlock,
  step: number = DIGEST_STEP,
): boolean {
  let size = step;
  while (size > 1 && (textLength / Math.max(1, entries.length)) * size > SPAN_LENGTH)
    size = Math.ceil(size / 10);
  return Math.floor(last / size) > Math.floor((first - 1) / size);
}

/** The span that is being written, as one process sees it: from where it began to look, block after block. */
export class IdSpan {
  readonly #step: number;
  #first: number;
  #last: number;
  #at = 0;
  #hashes: number[] = [];

  /** Begins after `last`. */
  constructor(last: number, step: number = DIGEST_STEP) {
    this.#step = step;
    this.#first = last + 1;
    this.#last = last;
  }

  /** Takes the next block; the digest of the span when it ends with it. One that does not follow on directly begins a span. */
  add(block: SpanBlock, epoch: string): IdDigest | undefined {
    if (block.first !== this.#last + 1 || this.#hashes.length > MOST_IDS) this.#begin(block.first);
    this.#last = block.last;
    this.#at = Math.max(this.#at, Date.parse(block.at));
    for (const { id } of block.entries) this.#hashes.push(hashOf(id));
    if (!endsSpan(block, this.#step)) return undefined;
    const digest = {
      first: this.#first,
      last: this.#last,
      epoch,
      at: this.#at,
      hashes: Uint32Array.from(this.#hashes).sort(),
    };
    this.#begin(block.last + 1);
    return digest;
  }

  #begin(first: number): void {
    this.#first = first;
    this.#last = first - 1;
    this.#at = 0;
    this.#hashes = [];
  }
}

/** As a store keeps them: 4 bytes each, little-endian. */
export function bytesOfHashes(hashes: Uint32Array): Uint8Array {
  const bytes = new DataView(new ArrayBuffer(hashes.length * HASH_BYTES));
  hashes.forEach((hash, i) => {
    bytes.setUint32(i * HASH_BYTES, hash, true);
  });
  return new Uint8Array(bytes.buffer);
}

export function hashesOfBytes(bytes: Uint8Array): Uint32Array {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  return Uint32Array.from({ length: bytes.byteLength / HASH_BYTES }, (_, i) =>
    view.getUint32(i * HASH_BYTES, true),
  );
}
