/** `StreamStore` in memory, held to the same contract as the real ones by `tests/contract`. */

import type { Doomed, Fork, StreamListing, StreamStore } from '../../../../lib/log/ports.ts';
import type { StreamRecord, VersionedRecord } from '../../../../lib/log/stream-record.ts';
import type { Producer } from '../../../../lib/log/writers.ts';

export class MemoryStreams implements StreamStore, StreamListing {
  readonly #records = new Map<string, VersionedRecord>();
  readonly #producers = new Map<string, Map<string, Producer>>();
  readonly #forks = new Map<string, Map<string, Fork>>();
  readonly #doomed = new Map<string, Doomed>();
  readonly #removeLog: (log: string) => void;

  constructor(removeLog: (log: string) => void) {
    this.#removeLog = removeLog;
  }

  record(name: string): VersionedRecord | undefined {
    return this.#records.get(name);
  }

  async *names(): AsyncIterable<string> {
    yield* [...this.#records.keys()];
  }

  async producers(log: string): Promise<readonly Producer[]> {
    return [...(this.#producers.get(log)?.values() ?? [])];
  }

  async swap(name: string, version: number | undefined, record: StreamRecord): Promise<boolean> {
    if (this.#records.get(name)?.version !== version) return false;
    this.#records.set(name, { version: (version ?? 0) + 1, record: structuredClone(record) });
    return true;
  }

  async producer(log: string, id: string): Promise<Producer | undefined> {
    return this.#producers.get(log)?.get(id);
  }

  async keepProducer(log: string, producer: Producer): Promise<void> {
    const kept = this.#producers.get(log) ?? new Map<string, Producer>();
    this.#producers.set(log, kept);
    const { epoch, seq } = kept.get(producer.id) ?? { epoch: -1, seq: -1 };
    if (producer.epoch > epoch || (producer.epoch === epoch && producer.seq > seq))
      kept.set(producer.id, producer);
  }

  async addFork(log: string, fork: Fork): Promise<void> {
    const forks = this.#forks.get(log) ?? new Map<string, Fork>();
    this.#forks.set(log, forks.set(fork.log, fork));
  }

  async removeFork(log: string, fork: Fork): Promise<void> {
    this.#forks.get(log)?.delete(fork.log);
  }

  async forks(log: string): Promise<readonly Fork[]> {
    return [...(this.#forks.get(log)?.values() ?? [])];
  }

  async doom(doomed: Doomed): Promise<void> {
    this.#doomed.set(`${doomed.due} ${doomed.log}`, doomed);
  }

  async doomed(now: number): Promise<readonly Doomed[]> {
    return [...this.#doomed.values()].filter(({ due }) => due <= now).sort((a, b) => a.due - b.due);
  }

  async spare({ due, log }: Doomed): Promise<void> {
    this.#doomed.delete(`${due} ${log}`);
  }

  async purge(log: string): Promise<boolean> {
    this.#removeLog(log);
    this.#producers.delete(log);
    return false;
  }
}
