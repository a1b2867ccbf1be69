/** A process that serves streams: the real `createStream`, `appendTo`, `deleteStream`, `readStream` and `purge` with the real `Appender`, as `lib/compose` puts them together. */

import { TRUSTED } from '../../../lib/auth/caller.ts';
import { PushError } from '../../../lib/errors.ts';
import { Appender } from '../../../lib/log/append/appender.ts';
import { newEvent } from '../../../lib/log/block.ts';
import type { ChannelRecords, EventLog, StreamStore } from '../../../lib/log/ports.ts';
import { HeadReader } from '../../../lib/log/read/head-reader.ts';
import { appendTo } from '../../../lib/streams/append.ts';
import { createStream } from '../../../lib/streams/create.ts';
import { deleteStream } from '../../../lib/streams/delete.ts';
import { KnownStreams } from '../../../lib/streams/known-streams.ts';
import type { StreamWritePorts } from '../../../lib/streams/ports.ts';
import { purge } from '../../../lib/streams/purge.ts';
import { readStream } from '../../../lib/streams/read.ts';
import { MemoryDigests } from '../../../packages/testing/src/memory/digests.ts';
import { MemoryLogger, MemoryMeter } from '../../support/memory/doubles.ts';
import type { Actor } from '../actors/actor.ts';
import type { Control } from '../control.ts';
import type { Ask, ProcessPlan } from './config.ts';
import { BEGIN_MS } from './world.ts';

export interface ProcessPorts {
  readonly log: EventLog;
  readonly records: ChannelRecords;
  readonly streams: StreamStore;
}

/** What a mutation puts between the real code and the world. */
export type Glasses = (ports: ProcessPorts) => ProcessPorts;

export interface StreamOutput {
  readonly ask: Ask;
  /** Which of its process's requests it was. */
  readonly at: number;
  /** What the request was to write. */
  readonly text: string;
  readonly outcome:
    | { readonly kind: 'made'; readonly isNew: boolean }
    | {
        readonly kind: 'appended' | 'duplicate';
        readonly isClosed: boolean;
        /** Absent for events of a channel. */
        readonly nextOffset?: string;
      }
    | { readonly kind: 'read'; readonly log: string; readonly texts: readonly string[] }
    | { readonly kind: 'refused'; readonly code: string }
    | {
        readonly kind:
          | 'deleted'
          | 'purged'
          | 'closed'
          | 'gone'
          | 'bytes'
          | 'fenced'
          | 'bad-start'
          | 'gap'
          | 'seq';
      };
}

const JSON_TYPE = 'application/json';
const WEEK_MS = 7 * 24 * 3_600_000;

export function streamProcess(
  { name, asks, atOnce = 1 }: ProcessPlan,
  control: Control,
  say: (output: StreamOutput) => void,
  glasses?: Glasses,
): Actor {
  control.ahead = BEGIN_MS;
  const ports = composed(control, glasses);
  let begun = 0;
  let busy = 0;

  async function run(at: number): Promise<void> {
    const ask = asks[at];
    if (!ask) return;
    busy++;
    const text = textOf(ask, `${name}${at}`);
    try {
      say({ ask, at, text, outcome: await answer(ports, ask, text) });
    } catch (error) {
      if (!(error instanceof PushError)) throw error;
      say({ ask, at, text, outcome: { kind: 'refused', code: error.code } });
    } finally {
      busy--;
    }
  }

  return {
    offers: () => (busy < atOnce && begun < asks.length ? [String(begun)] : []),
    start: () => void run(begun++),
    waiting: () => [],
    finished: () => busy === 0 && begun >= asks.length && control.calls.size === 0,
    facts: () => undefined,
  };
}

/** Of a producer: its number; where nothing is written: nothing. */
export function textOf(ask: Ask, id: string): string {
  if (ask.kind === 'produce') return `${ask.producer.id}:${ask.producer.epoch}:${ask.producer.seq}`;
  return ask.kind === 'make' || ask.kind === 'fork' || ask.kind === 'append' || ask.kind === 'publish'
    ? id
    : '';
}

function composed(
  control: Control,
  glasses: Glasses | undefined,
): StreamWritePorts & { readonly appender: Appender } {
  const plain: ProcessPorts = {
    log: control.port('log', 'last', 'read', 'since', 'append'),
    records: control.port('records', 'get', 'begin', 'reserve'),
    streams: control.port(
      'streams',
      'swap',
      'producer',
      'keepProducer',
      'addFork',
      'removeFork',
      'forks',
      'doom',
      'doomed',
      'spare',
      'purge',
    ),
  };
  const { log, records, streams } = glasses?.(plain) ?? plain;
  const { clock } = control;
  const random = control.random('t');
  const common = {
    clock,
    random,
    logger: new MemoryLogger(),
    meter: new MemoryMeter(),
    log,
    records,
    streams,
  };
  const appender = new Appender({ ...common, digests: new MemoryDigests(), retentionMs: WEEK_MS });
  const headReader = new HeadReader({ log, records, clock });
  // Whom it rings is the other model's.
  const knownStreams = new KnownStreams(clock);
  return { ...common, appender, headReader, bell: { ring: async () => undefined }, knownStreams };
}

async function answer(
  ports: ReturnType<typeof composed>,
  ask: Ask,
  text: string,
): Promise<StreamOutput['outcome']> {
  const body = async () => new TextEncoder().encode(text === '' ? '' : JSON.stringify(text));
  switch (ask.kind) {
    case 'make':
    case 'fork': {
      const { name } = ask;
      const fork = ask.kind === 'fork' ? { fork: { from: ask.from } } : {};
      const ttl = ask.kind === 'make' && ask.ttlS !== undefined ? { ttlS: ask.ttlS } : {};
      const request = { name, contentType: JSON_TYPE, closes: false, body, ...fork, ...ttl };
      const { isNew } = await createStream(ports, TRUSTED, request);
      return { kind: 'made', isNew };
    }
    case 'append':
    case 'produce':
    case 'close': {
      const closes = ask.kind === 'close' || (ask.kind === 'produce' && ask.closes === true);
      const producer = ask.kind === 'produce' ? { producer: ask.producer } : {};
      return appendTo(ports, TRUSTED, { name: ask.name, contentType: JSON_TYPE, closes, body, ...producer });
    }
    case 'publish':
      await ports.appender.append(ask.name, [newEvent(text, text)], false);
      return { kind: 'appended', isClosed: false };
    case 'delete':
      await deleteStream(ports, TRUSTED, ask.name);
      return { kind: 'deleted' };
    case 'read': {
      const { stream, page } = await readStream(ports, TRUSTED, ask.name, '-1');
      return {
        kind: 'read',
        log: stream.log,
        texts: page.parts.map((part) => String(JSON.parse(String(part)))),
      };
    }
    case 'purge':
      await purge(ports, Number.POSITIVE_INFINITY);
      return { kind: 'purged' };
  }
}
