/** What a writer sends, as what a block holds: messages of a stream of JSON, or bytes. */

import { PushError } from '../errors.ts';
import { type NewEvent, newEvent } from '../log/block.ts';
import { LIMITS } from '../protocol/doorbell.ts';
import type { DataCheck } from '../publish/data-check.ts';
import { parseJson } from '../runtime/json.ts';

export interface Content {
  readonly events: readonly NewEvent[];
  readonly bytes?: Uint8Array;
}

const UTF8 = new TextDecoder('utf-8', { fatal: true });
const NO_EVENTS: readonly NewEvent[] = [];

/** The content of a body that is not empty. An array of JSON is so many messages. Throws `bad-body`, and `too-large` for more messages than one write may hold. */
export function contentOf(
  body: Uint8Array,
  isJson: boolean,
  newId: () => string,
  check?: DataCheck,
): Content {
  if (!isJson) return { events: NO_EVENTS, bytes: owned(body) };
  const json = jsonOf(body);
  const messages = Array.isArray(json) ? json : [json];
  if (messages.length > LIMITS.appendMessages) {
    const message = `The body must hold at most ${LIMITS.appendMessages} messages, got ${messages.length}.`;
    throw new PushError('too-large', message, { field: 'body' });
  }
  const events = messages.map((data: unknown) => newEvent(newId(), data));
  if (check) for (const [i, one] of events.entries()) check(one, Array.isArray(json) ? `[${i}]` : 'body');
  return { events };
}

/** True where the body would add nothing. */
export function isEmpty({ events, bytes }: Content): boolean {
  return events.length === 0 && (bytes?.byteLength ?? 0) === 0;
}

/** Kept in memory for readers: a small piece of a large buffer would keep all of that. */
function owned(bytes: Uint8Array): Uint8Array {
  return 2 * bytes.byteLength < bytes.buffer.byteLength ? new Uint8Array(bytes) : bytes;
}

function jsonOf(body: Uint8Array): unknown {
  let json: unknown;
  try {
    json = parseJson(UTF8.decode(body));
  } catch {
    throw new PushError('bad-body', 'The body is not JSON.', { field: 'body' });
  }
  const messages: readonly unknown[] = Array.isArray(json) ? json : [json];
  // One level is the array of messages.
  if (messages.every((one) => isShallow(one, LIMITS.dataDepth))) return json;
  const message = `A message must not hold arrays and objects more than ${LIMITS.dataDepth} deep.`;
  throw new PushError('bad-body', message, { field: 'body' });
}

function isShallow(value: unknown, depth: number): boolean {
  if (typeof value !== 'object' || value === null) return true;
  return depth > 0 && Object.values(value).every((inner) => isShallow(inner, depth - 1));
}
