/**
 * JSON text that a producer handed in, as a body, a line or a message: read, or refused with a `PushError` that names what is wrong. What two
 * programs may read differently is refused too, so that every reader sees the event that its producer meant.
 */

import { PushError } from '../errors.ts';
import { LIMITS } from '../protocol/doorbell.ts';
import { parseJson, repeatedName } from '../runtime/json.ts';

/** Arrays and objects around `data`, at most: a message, its array of events, and the event. */
const AROUND_DATA = 3;
/** Characters of a producer's own name that an error repeats: a body may be one long name, and an answer has a limit too. */
const MAX_NAME = 100;

/** The way to a place in JSON: names and indexes from the outside in. */
export type Path = ReadonlyArray<string | number>;

/**
 * As `parseJson`. Throws `bad-body` for what is not JSON (`subject` begins that sentence, and `field` names it) and for what says a name twice in
 * one object (`fieldAt` names that place). What is nested deeper than anything that is taken may come out with rounded numbers.
 */
export function parseStrictJson(
  text: string,
  { subject, field }: { readonly subject: string; readonly field: string },
  fieldAt: (path: Path) => string,
): unknown {
  const json = parseOr(text, () => {
    throw new PushError('bad-body', `${subject} is not JSON.`, { field });
  });
  if (isWrittenAlike(json, text)) return json;
  const path = repeatedName(text, LIMITS.dataDepth + AROUND_DATA);
  if (!path) return json;
  const at = fieldAt(path);
  const message = `${at} must not say a name twice in one object: a reader would see one of the two only.`;
  throw new PushError('bad-body', message, { field: at });
}

/** True of most JSON that a program has made. No name stands in it twice then: one of the two would be missing in what is written. */
function isWrittenAlike(json: unknown, text: string): boolean {
  try {
    return JSON.stringify(json) === text;
  } catch {
    // Nested too deeply to be written.
    return false;
  }
}

/** The object that a path to a name leads to: `[2]`, `events[0].data`; nothing inside of an event's data is named. */
export function jsonPath(whole: string): (path: Path) => string {
  return (path) => {
    const around = path.slice(0, -1);
    const data = around.indexOf('data');
    const named = data < 0 ? around : around.slice(0, data + 1);
    const steps = named.map((step) => (typeof step === 'number' ? `[${step}]` : `.${shortName(step)}`));
    return steps.join('').replace(/^\./, '') || whole;
  };
}

/** A name as errors repeat it. */
export function shortName(name: string): string {
  return name.length <= MAX_NAME ? name : `${name.slice(0, MAX_NAME)}…`;
}

function parseOr(text: string, refuse: () => never): unknown {
  try {
    return parseJson(text);
  } catch (error) {
    if (!(error instanceof RangeError)) refuse();
    // Keeping numbers recurses. Whoever checks the depth refuses this, and can say where it is.
    return JSON.parse(text);
  }
}
