/** Requests of the Durable Streams protocol, as anybody may send them. */

import fc from 'fast-check';
import { anyText, texts } from './texts.ts';

const METHODS = ['GET', 'HEAD', 'PUT', 'POST', 'DELETE'] as const;
/** Streams that are there before. */
export const THERE = ['notes', 'docs/json', 'docs/closed', 'docs/fork'];

/** What a header can carry at all: the rest no client can send. */
const headerText = anyText.map((text) => text.replace(/[^\t\x20-\x7e\x80-\xff]/g, '').trim());
const numberText = fc.oneof(
  fc.constantFrom('0', '1', '2', '-1', '007', '1e3', '9007199254740991', '9007199254740992', ' 1'),
  fc.nat().map(String),
  headerText,
);
const offset = fc.oneof(
  fc.constantFrom('-1', 'now', '0000000000000000_0000000000000000', '0000000000000001_0000000000000001', ''),
  headerText,
);
const header = fc.oneof(
  fc.tuple(
    fc.constant('content-type'),
    fc.oneof(fc.constantFrom('text/plain', 'application/json', 'Application/JSON; a=b', ';', ''), headerText),
  ),
  fc.tuple(fc.constant('stream-closed'), fc.oneof(fc.constantFrom('true', 'TRUE', 'false'), headerText)),
  fc.tuple(
    fc.constantFrom('stream-ttl', 'producer-epoch', 'producer-seq', 'stream-fork-sub-offset'),
    numberText,
  ),
  fc.tuple(
    fc.constant('stream-expires-at'),
    fc.oneof(
      fc.constantFrom('2030-01-01T00:00:00Z', '2020-01-01T00:00:00Z', '9999-99-99T00:00:00Z'),
      headerText,
    ),
  ),
  fc.tuple(fc.constantFrom('producer-id', 'stream-seq', 'if-none-match'), headerText),
  fc.tuple(
    fc.constant('stream-forked-from'),
    fc.oneof(fc.constantFrom(...THERE.map((name) => `/v1/stream/${name}`), '/v1/stream/../a'), headerText),
  ),
  fc.tuple(fc.constant('stream-fork-offset'), offset),
);
const producer = fc.constant([
  ['producer-id', 'p'],
  ['producer-epoch', '0'],
  ['producer-seq', '0'],
] as ReadonlyArray<readonly [string, string]>);
const parameter = fc.oneof(
  fc.tuple(fc.constant('offset'), offset),
  fc.tuple(fc.constant('live'), fc.oneof(fc.constantFrom('long-poll', 'sse', ''), anyText)),
  fc.tuple(fc.constantFrom('cursor', 'other', 'offset', 'live'), anyText),
);
/** A request, right, nearly right, or hostile. */
export const streamCall = fc.record({
  method: fc.constantFrom(...METHODS),
  path: fc.oneof(
    { weight: 4, arbitrary: fc.constantFrom(...THERE, 'new', 'docs/new') },
    { weight: 1, arbitrary: anyText },
  ),
  query: fc.array(parameter, { maxLength: 3 }),
  headers: fc
    .tuple(fc.array(header, { maxLength: 4 }), fc.oneof(fc.constant([]), producer))
    .map(([some, all]) => [...some, ...all]),
  body: fc.oneof(
    fc.constant(''),
    texts.map((text) => new TextEncoder().encode(text)),
    fc.uint8Array({ maxLength: 40 }).map((bytes) => Uint8Array.from(bytes)),
  ),
});
