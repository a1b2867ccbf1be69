/** What a request says once for all events of its body: of which type they are, where each has its key, and what each promises. */

import { PushError } from '../../errors.ts';
import { expectMs } from '../../expectations/duration.ts';
import { CONTENT_TYPES, EXPECT_RULE } from '../../protocol/doorbell.ts';
import { type KeyOf, keyAt } from '../../publish/key-pointer.ts';
import type { EntryExtras } from '../../publish/parse-events.ts';

/** A media type without its parameters. */
export function mediaType(header: string | undefined): string | undefined {
  return header?.split(';')[0]?.trim().toLowerCase();
}

export function isCloudEventType(type: string | undefined): boolean {
  return type === CONTENT_TYPES.cloudEvent || type === CONTENT_TYPES.cloudEvents;
}

/** Where each event has its key, when the request says so: a pointer in the header, or the name of a member in the query. Throws `bad-parameter`. */
export function keyOfLines(
  header: string | undefined,
  keyFrom: string | undefined,
  type: string | undefined,
): KeyOf | undefined {
  const field = fieldOf('Doorbell-Key', header, 'keyFrom', keyFrom);
  if (field === undefined) return undefined;
  if (type === CONTENT_TYPES.json) {
    const message = `${field} is for ${CONTENT_TYPES.ndjson} and CloudEvents: in JSON each event has its own key.`;
    throw new PushError('bad-parameter', message, { field });
  }
  return keyAt(header ?? `/${keyFrom?.replaceAll('~', '~0').replaceAll('/', '~1')}`, field);
}

/** What each line promises, when the request says so. Throws `bad-parameter`. */
export function expectOfLines(
  header: string | undefined,
  parameter: string | undefined,
  type: string | undefined,
): EntryExtras | undefined {
  const field = fieldOf('Doorbell-Expect', header, 'expect', parameter);
  const expect = header ?? parameter;
  if (field === undefined || expect === undefined) return undefined;
  if (type !== CONTENT_TYPES.ndjson) {
    const message = `${field} is for ${CONTENT_TYPES.ndjson}: in JSON each event has its own.`;
    throw new PushError('bad-parameter', message, { field });
  }
  if (expectMs(expect) === undefined)
    throw new PushError('bad-parameter', `${field} ${EXPECT_RULE}.`, { field });
  return { expect };
}

/** Which of a header and a parameter was sent, as errors name it. Throws when both were. */
function fieldOf(
  header: string,
  inHeader: string | undefined,
  parameter: string,
  inQuery: string | undefined,
): string | undefined {
  if (inHeader === undefined) return inQuery === undefined ? undefined : parameter;
  const field = header.toLowerCase();
  if (inQuery === undefined) return field;
  const message = `${header} and ${parameter} say the same: send one of them.`;
  throw new PushError('bad-parameter', message, { field });
}
