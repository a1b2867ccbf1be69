/** Which call meets which fault, and the errors that AWS and the network answer with. Deterministic: it counts calls. */

import type { MemoryCall } from '../support/memory/memory-clients.ts';
import { DEAD_LETTERS_URL, type Fault } from './plan.ts';

/** Which calls a letter's fault can befall; dead letters are no doorbells, and SQS loses nothing. */
const LETTER_CALLS: Readonly<Record<string, string>> = {
  'message lost': 'SendMessage',
  'message late': 'SendMessage',
  'message again': 'ReceiveMessage',
};

export class Fates {
  readonly #left: Array<{ readonly fault: Fault; skip: number; times: number }>;

  constructor(faults: readonly Fault[]) {
    this.#left = faults.map((fault) => ({ fault, skip: fault.skip, times: fault.times }));
  }

  /** The fault that befalls the next call of this name from this process, if any. */
  next(slot: number, { name, input }: MemoryCall): Fault | undefined {
    let met: Fault | undefined;
    for (const entry of this.#left) {
      const { fault } = entry;
      const on = LETTER_CALLS[fault.kind] ?? fault.on;
      if (fault.kind in LETTER_CALLS && input.QueueUrl === DEAD_LETTERS_URL) continue;
      if ((on !== 'any' && on !== name) || (fault.slot !== 'any' && fault.slot !== slot)) continue;
      if (entry.times === 0) continue;
      if (entry.skip > 0) entry.skip--;
      else if (!met) {
        entry.times--;
        met = fault;
      }
    }
    return met;
  }
}

export function throttling(): Error {
  return named('ThrottlingException', { $metadata: { httpStatusCode: 400 } });
}

export function serverError(): Error {
  return named('InternalServerError', { $metadata: { httpStatusCode: 500 } });
}

export function timeout(): Error {
  return named('TimeoutError', {});
}

export function refusedConnection(): Error {
  return named('Error', { code: 'ECONNREFUSED' });
}

export function denied(): Error {
  return named('AccessDeniedException', { $metadata: { httpStatusCode: 400 } });
}

function named(name: string, more: object): Error {
  return Object.assign(new Error('made to fail'), { name, ...more });
}
