/**
 * What was acknowledged of late, to be compared with what a store says after it was opened again. LevelDB holds its last writes in a log only, up to
 * twice its write buffer of 4 MiB; all before that is in tables, whose files are complete before they count. So only that much is remembered, as checksums.
 */

import { crc32 } from 'node:zlib';
import type { Write } from './level-writer.ts';

/** Of keys and values. Two generations of it are kept, so at least this much is known. */
const GENERATION_BYTES = 8 * 1024 * 1024;

/** Of a value; undefined for a key that was deleted. */
type Digest = number | undefined;

export class Acknowledged {
  #older = new Map<string, Digest>();
  #newer = new Map<string, Digest>();
  #bytes = 0;

  add(writes: readonly Write[]): void {
    for (const write of writes) {
      this.#newer.set(write.key, digestOf(write));
      this.#bytes += write.key.length + (write.type === 'put' ? write.value.length : 0);
    }
    if (this.#bytes < GENERATION_BYTES) return;
    this.#older = this.#newer;
    this.#newer = new Map();
    this.#bytes = 0;
  }

  /**
   * How many keys do not have the value that was acknowledged. `doubtful` is the batch whose outcome is unknown: its values are right too.
   * `read` returns the JSON of a key's value.
   */
  missingIn(read: (key: string) => string | undefined, doubtful: readonly Write[]): number {
    const perhaps = new Map(doubtful.map((write) => [write.key, digestOf(write)]));
    let missing = 0;
    for (const [key, digest] of new Map([...this.#older, ...this.#newer])) {
      const value = read(key);
      const found = value === undefined ? undefined : crc32(value);
      if (found !== digest && !(perhaps.has(key) && perhaps.get(key) === found)) missing++;
    }
    return missing;
  }
}

function digestOf(write: Write): Digest {
  return write.type === 'put' ? crc32(write.value) : undefined;
}
