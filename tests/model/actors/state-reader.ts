/**
 * Someone who begins with the state: the real `readState`, page by page, on the real table; then the real reading on from the first page's `maxvid`,
 * narrow or not. After each page and each answer it says what it has.
 */

import { TRUSTED } from '../../../lib/auth/caller.ts';
import { PushError } from '../../../lib/errors.ts';
import type { ChannelRecords, EventLog } from '../../../lib/log/ports.ts';
import { HeadReader } from '../../../lib/log/read/head-reader.ts';
import type { Narrow } from '../../../lib/log/read/narrow.ts';
import { catchUp } from '../../../lib/poll/catch-up.ts';
import { isLost, reader } from '../../../lib/poll/reader.ts';
import { SingleCheck } from '../../../lib/poll/single-check.ts';
import { narrowOf } from '../../../lib/poll/wish.ts';
import type { PollAnswer } from '../../../lib/protocol/doorbell.ts';
import type { StateStore } from '../../../lib/state/ports.ts';
import { readState } from '../../../lib/state/read-state.ts';
import type { Control } from '../control.ts';
import { CHANNEL } from '../world.ts';
import type { Actor, Output } from './actor.ts';
import { type Notes, recorded } from './recorded.ts';
import { statesTable } from './states.ts';

export interface StateReaderPlan {
  readonly name: string;
  /** Only these keys, in the state and afterwards; absent: all. */
  readonly keys?: readonly string[];
  /** How often it looks for what is new, once it has the state. */
  readonly polls: number;
  /** How often it begins anew, where it has missed something. */
  readonly again?: number;
  readonly limit?: number;
}

export interface StateReaderPorts {
  readonly log: EventLog & Pick<ChannelRecords, 'get'>;
  readonly states: StateStore;
  /** What it is told of what is new. */
  readonly told: (answer: PollAnswer) => PollAnswer;
}

export type StateReaderGlasses = (ports: StateReaderPorts) => StateReaderPorts;

/** A key's newest event; no id where it is deleted. */
export interface Known {
  readonly vid: number;
  readonly id: string | undefined;
}

export function stateReader(
  plan: StateReaderPlan,
  control: Control,
  say: (output: Output) => void,
  glasses?: StateReaderGlasses,
): Actor {
  const notes: Notes = { answers: [] };
  const table = statesTable(control, notes);
  const plain: StateReaderPorts = {
    log: {
      ...recorded(control.port('log', 'last', 'read', 'since', 'append'), notes),
      ...recorded(control.port('records', 'get'), notes),
    },
    states: {
      page: (...asked) => table.page(...asked),
      foldedTo: (...asked) => table.foldedTo(...asked),
    },
    told: (answer) => answer,
  };
  const { log, states, told } = glasses?.(plain) ?? plain;
  const headReader = new HeadReader({ log, records: log, clock: control.clock });
  const { keys = [], polls, again = 0, limit = 500 } = plan;
  const narrow: Narrow | undefined = narrowOf(keys, '', false);
  let begun = false;
  let busy = false;

  async function fromState(map: Map<string, Known>) {
    const first = await readState({ log, headReader, states }, TRUSTED, CHANNEL, {
      prefix: '',
      after: '',
      keys,
    });
    for (let page = first; ; ) {
      for (const { key, vid, id } of page.entries) take(map, key, vid, id);
      if (page.next === null) break;
      const range = { prefix: '', after: page.next, keys };
      page = await readState({ log, headReader, states }, TRUSTED, CHANNEL, range);
      // Of another life: it begins anew, as with a reset.
      if (page.epoch !== first.epoch) return undefined;
    }
    return { maxvid: first.maxvid, epoch: first.epoch };
  }

  /** False where it has to begin anew. */
  async function pollOn(at: { maxvid: number; epoch: string }, map: Map<string, Known>): Promise<boolean> {
    const sight = new SingleCheck({ log, headReader }, CHANNEL);
    await sight.arrive();
    const stood = reader(CHANNEL, at, undefined, sight, { narrow });
    if (isLost(stood)) {
      say({ kind: 'refused', client: plan.name, after: at.maxvid, epoch: at.epoch, code: 'reset' });
      return false;
    }
    const { answers, stand } = await catchUp([stood], limit, () => true);
    const answer = answers?.[0] && told(answers[0]);
    if (answer && answer.missed > 0) return false;
    for (const { key, vid, id, data } of answer?.events ?? [])
      if (key !== undefined) take(map, key, vid, data === null ? undefined : id);
    at.maxvid = answer?.maxvid ?? stand[0]?.after ?? at.maxvid;
    return true;
  }

  async function run(): Promise<void> {
    busy = true;
    try {
      for (let tries = 0; tries <= again; tries++) {
        const map = new Map<string, Known>();
        const at = await fromState(map);
        if (!at) continue;
        const tell = (left: number) => {
          say({ kind: 'map', reader: plan.name, keys, ...at, map: new Map(map) });
          notes.answers = [tries, left, { ...at }, [...map], control.answers.get('records.get')];
        };
        tell(polls);
        let isWhole = true;
        for (let poll = 0; poll < polls && isWhole; poll++) {
          isWhole = await pollOn(at, map);
          if (isWhole) tell(polls - poll);
        }
        if (isWhole) break;
      }
    } catch (error) {
      if (!(error instanceof PushError)) throw error;
    } finally {
      busy = false;
    }
  }

  return {
    offers: () => (begun ? [] : ['read']),
    start() {
      begun = true;
      void run();
    },
    waiting: () => [],
    finished: () => begun && !busy,
    facts: () => (glasses ? undefined : [begun, notes.answers]),
  };
}

function take(map: Map<string, Known>, key: string, vid: number, id: string | undefined): void {
  if ((map.get(key)?.vid ?? 0) < vid) map.set(key, { vid, id });
}
