/**
 * Every port of `lib/log/ports.ts` in memory, held to the same contract as the real ones by `tests/contract`. What a test may do besides,
 * because in the world it just happens, stands at the end of each class. The queues are in `queues.ts`.
 */

import type { Cursor, Cursors, Hold, Position } from '../../../../lib/cursors/ports.ts';
import { endsInGap, entriesJson, type LogBlock } from '../../../../lib/log/block.ts';
import type {
  ChannelRecords,
  Directory,
  EventLog,
  Incarnation,
  NewBlock,
  Redacted,
  Redactions,
  VidSpan,
} from '../../../../lib/log/ports.ts';
import { withoutData } from '../../../../lib/log/redact.ts';
import { LIMITS } from '../../../../lib/protocol/doorbell.ts';
import { parseJson } from '../../../../lib/runtime/json.ts';
import type { Arm, MailboxRegistry, Registration, Waiters } from '../../../../lib/wakeup/ports.ts';

import { MemoryStreams } from './streams.ts';

export { MemoryDeadLetters, MemoryIngestQueue, MemoryMailboxes } from './queues.ts';

export class MemoryLog implements EventLog, ChannelRecords, Directory, Redactions {
  readonly #blocks = new Map<string, Map<number, LogBlock>>();
  readonly #records = new Map<string, Incarnation>();
  /** What is kept of streams beside their logs. */
  readonly streams = new MemoryStreams((log) => this.#blocks.delete(log));

  async last(channel: string, after = 0): Promise<LogBlock | undefined> {
    const newest = this.blocks(channel).at(-1);
    return newest && newest.first > after ? newest : undefined;
  }

  async read(channel: string, after: number, limit: number): Promise<readonly LogBlock[]> {
    const taken: LogBlock[] = [];
    let events = 0;
    let bytes = 0;
    let end = after + limit;
    for (const block of this.#stored(channel)) {
      if (block.last <= after) continue;
      if (events >= limit || bytes >= LIMITS.answerBytes) break;
      const isBeyond = block.first > end;
      if (isBeyond && !endsInGap(taken)) break;
      taken.push(block);
      if (isBeyond) end = block.first + limit - 1;
      const width = block.bytes?.byteLength ?? block.entries.length;
      events += Math.max(0, width - Math.max(0, after + 1 - block.first));
      bytes += block.textLength;
    }
    return taken;
  }

  async since(channel: string, sinceMs: number, span?: VidSpan): Promise<readonly LogBlock[]> {
    const blocks = this.blocks(channel).filter(
      ({ first }) => !span || (first >= span.first && first <= span.last),
    );
    const older = blocks.findLastIndex(({ at }) => Date.parse(at) < sinceMs);
    return blocks.slice(older + 1);
  }

  async append(channel: string, block: NewBlock): Promise<'appended' | 'conflict'> {
    const {
      first,
      last,
      epoch,
      at,
      token,
      expires,
      events: newEvents,
      bytes,
      mark,
      writers,
      queueMark,
    } = block;
    const blocks = this.#blocks.get(channel) ?? new Map<number, LogBlock>();
    this.#blocks.set(channel, blocks);
    if (blocks.has(first)) return 'conflict';
    const json = entriesJson(newEvents);
    blocks.set(first, {
      first,
      last,
      epoch,
      at,
      token,
      expires,
      entries: parseJson(json) as LogBlock['entries'],
      ...(bytes ? { bytes: Uint8Array.from(bytes) } : {}),
      ...(mark ? { mark } : {}),
      ...(writers ? { writers: structuredClone(writers) } : {}),
      ...(queueMark === undefined ? {} : { queueMark }),
      textLength: json.length + (bytes?.byteLength ?? 0),
    });
    return 'appended';
  }

  async get(channel: string): Promise<Incarnation | undefined> {
    const life = this.#records.get(channel);
    const stream = this.streams.record(channel);
    return stream ? { epoch: '', highWaterMark: 0, ...life, stream } : life;
  }

  async begin(channel: string, life: Incarnation): Promise<Incarnation> {
    const recorded = this.#records.get(channel) ?? life;
    this.#records.set(channel, recorded);
    return recorded;
  }

  async reserve(channel: string, epoch: string, upTo: number): Promise<boolean> {
    const life = this.#records.get(channel);
    if (life?.epoch !== epoch) return false;
    this.#records.set(channel, { epoch, highWaterMark: Math.max(life.highWaterMark, upTo) });
    return true;
  }

  async channels(from: string, to: string, limit: number): Promise<readonly string[]> {
    const names = [...this.#records.keys()].filter((name) => name >= from && name <= to);
    return names.sort().slice(0, limit);
  }

  async redact(log: string, vid: number): Promise<Redacted | undefined> {
    const block = this.blocks(log).findLast(({ first, last }) => first <= vid && vid <= last);
    const events = block && withoutData(block.entries, vid - block.first);
    if (!block || !events) return undefined;
    const entries = parseJson(entriesJson(events)) as LogBlock['entries'];
    this.#blocks.get(log)?.set(block.first, { ...block, entries });
    const key = events[vid - block.first]?.key;
    return key === undefined ? {} : { key };
  }

  async eraseBelow(log: string, below: number): Promise<boolean> {
    for (const { first } of this.blocks(log)) if (first < below) this.#blocks.get(log)?.delete(first);
    return false;
  }

  async unlist(channel: string): Promise<void> {
    this.#records.delete(channel);
  }

  /** What the log holds, ascending. */
  blocks(channel: string): readonly LogBlock[] {
    return this.#stored(channel);
  }

  /** Retention has passed for every block up to `vid`. */
  expire(channel: string, vid: number = Number.MAX_SAFE_INTEGER): void {
    for (const block of this.#stored(channel)) {
      if (block.last <= vid) this.#blocks.get(channel)?.delete(block.first);
    }
  }

  /** TTL takes one block that has expired, and not those before it: it keeps no order. */
  take(channel: string, first: number): void {
    this.#blocks.get(channel)?.delete(first);
  }

  /** The tables are dropped and made anew. */
  drop(): void {
    this.#blocks.clear();
    this.#records.clear();
  }

  #stored(channel: string): LogBlock[] {
    return [...(this.#blocks.get(channel)?.values() ?? [])].sort((a, b) => a.first - b.first);
  }
}

export class MemoryCursors implements Cursors {
  readonly #rows = new Map<string, Map<string, Cursor>>();

  async visit(
    channel: string,
    client: string,
    seen: Position,
    hold: Hold | undefined,
    now: number,
  ): Promise<Cursor | undefined> {
    const rows = this.#rows.get(channel) ?? new Map<string, Cursor>();
    this.#rows.set(channel, rows);
    const before = rows.get(client);
    const otherLife = seen.epoch !== undefined && seen.epoch !== before?.epoch;
    const newer = seen.maxvid !== undefined && (otherLife || seen.maxvid >= (before?.maxvid ?? 0));
    const { hold: _, ...kept } = before ?? {};
    rows.set(client, { ...kept, ...(newer ? seen : {}), ...(hold ? { hold } : {}), seenAt: now });
    return before;
  }

  async move(channel: string, client: string, from: Position, to: Position): Promise<void> {
    const row = this.#rows.get(channel)?.get(client);
    if (!row || row.maxvid !== from.maxvid || row.epoch !== from.epoch) return;
    const { maxvid: _, epoch: __, ...rest } = row;
    this.#rows.get(channel)?.set(client, { ...rest, ...to });
  }

  async save(
    channel: string,
    client: string,
    place: Position,
    hold: Hold | undefined,
    now: number,
    known: Pick<Cursor, 'seenAt' | 'hold'>,
  ): Promise<boolean> {
    const row = this.#rows.get(channel)?.get(client);
    if (row && row.seenAt === known.seenAt && row.hold?.nonce === known.hold?.nonce) {
      await this.visit(channel, client, place, hold, now);
      return true;
    }
    const { maxvid, epoch } = place;
    const sameLife = row?.epoch === undefined || row.epoch === epoch;
    if (maxvid !== undefined && row && sameLife && (row.maxvid ?? 0) <= maxvid)
      this.#rows.get(channel)?.set(client, { ...row, maxvid, ...(epoch === undefined ? {} : { epoch }) });
    return false;
  }

  async list(channel: string): Promise<ReadonlyArray<Cursor & { readonly client: string }>> {
    return [...(this.#rows.get(channel) ?? [])]
      .map(([client, cursor]) => ({ client, ...cursor }))
      .sort((a, b) => (a.client < b.client ? -1 : 1));
  }

  async forget(channel: string, client: string): Promise<void> {
    this.#rows.get(channel)?.delete(client);
  }
}

export class MemoryWaiters implements Waiters {
  readonly #arms = new Map<string, Map<string, Arm>>();

  async arm(channel: string, arm: Arm): Promise<void> {
    const arms = this.#arms.get(channel) ?? new Map<string, Arm>();
    this.#arms.set(channel, arms);
    if ((arms.get(arm.mailbox)?.turn ?? 0) <= arm.turn) arms.set(arm.mailbox, arm);
  }

  async armed(channel: string): Promise<readonly Arm[]> {
    return [...(this.#arms.get(channel)?.values() ?? [])];
  }

  async disarm(channel: string, { mailbox, nonce }: Arm): Promise<void> {
    const arms = this.#arms.get(channel);
    if (arms?.get(mailbox)?.nonce === nonce) arms.delete(mailbox);
  }
}

export class MemoryMailboxRegistry implements MailboxRegistry {
  readonly #entries = new Map<string, Registration>();

  async add(name: string, until: number): Promise<void> {
    this.#entries.set(name, { name, until, fenced: false });
  }

  async renew(name: string, until: number): Promise<boolean> {
    const entry = this.#entries.get(name);
    if (!entry || entry.fenced) return false;
    this.#entries.set(name, { ...entry, until });
    return true;
  }

  async fence({ name, until }: Registration): Promise<boolean> {
    const entry = this.#entries.get(name);
    if (entry?.until !== until) return false;
    this.#entries.set(name, { ...entry, fenced: true });
    return true;
  }

  async remove(name: string): Promise<void> {
    this.#entries.delete(name);
  }

  async list(): Promise<readonly Registration[]> {
    return [...this.#entries.values()];
  }
}
