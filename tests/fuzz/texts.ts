/** Texts that are JSON, nearly, or not at all; and what a parser may do with them. */

import fc from 'fast-check';
import { expect } from 'vitest';
import { PushError } from '../../lib/errors.ts';
import type { ProblemCode } from '../../lib/protocol/problems.ts';
import { jsonPath, parseStrictJson } from '../../lib/publish/strict-json.ts';

/** Characters within which an error stays. */
export const SHORT = 400;

export const anyText = fc.oneof(fc.string(), fc.string({ unit: 'binary' }), fc.string({ unit: 'grapheme' }));

/** JSON text that is nearly right: with pieces cut out, doubled, or put in. */
const nearlyJson = fc
  .tuple(
    fc.oneof(fc.json(), fc.json({ noUnicodeString: false }), envelope(fc.json())),
    fc.array(
      fc.tuple(
        fc.nat(),
        fc.constantFrom(
          '',
          '{',
          '}',
          '[',
          ']',
          ',',
          '"',
          ':',
          '\\',
          '\\u',
          '\\ud800',
          '\0',
          '-',
          '.',
          'e',
          '1e400',
          '0',
          '12345678901234567890',
          'null',
          '"__proto__":',
          '"a":1,"a":2',
          '\n',
          '\ufeff',
          ' ',
        ),
        fc.nat(3),
      ),
      { maxLength: 3 },
    ),
  )
  .map(([text, edits]) =>
    edits.reduce((all, [at, piece, cut]) => {
      const place = at % (all.length + 1);
      return all.slice(0, place) + piece + all.slice(place + cut);
    }, text),
  );

/** What stands around data where it is handed in, in a doorbell, or nearly. */
function envelope(json: fc.Arbitrary<string>): fc.Arbitrary<string> {
  const member = fc.tuple(
    fc.constantFrom(
      'id',
      'data',
      'channel',
      'events',
      'kind',
      'nonce',
      'epoch',
      'first',
      'last',
      'at',
      'entries',
      '__proto__',
      'toString',
    ),
    fc.oneof(
      json,
      fc.constantFrom('"doors"', '"ring"', '"supersede"', '1', '2', '[{"data":1}]', '[{"id":"a","data":1}]'),
    ),
  );
  const object = fc
    .array(member, { maxLength: 9 })
    .map((members) => `{${members.map(([name, value]) => `"${name}":${value}`).join(',')}}`);
  return fc.oneof(
    object,
    fc.array(object, { maxLength: 3 }).map((objects) => `[${objects.join(',')}]`),
  );
}

export const texts = fc.oneof(anyText, nearlyJson, envelope(fc.json()));

/** What it gives, or `undefined` where it throws what it may; anything else is thrown on. */
export function allowing<T>(codes: readonly ProblemCode[], parse: () => T): T | undefined {
  try {
    return parse();
  } catch (error) {
    if (!(error instanceof PushError)) throw error;
    expect(codes).toContain(error.code);
    expect(error.message.length).toBeLessThan(SHORT);
    expect(error.details.field?.length ?? SHORT).toBeLessThan(SHORT);
    return undefined;
  }
}

export const BODY: readonly ProblemCode[] = ['bad-body', 'too-large'];
export const QUERY: readonly ProblemCode[] = ['bad-parameter'];
/** JSON as a body's. */
export const given = (text: string) =>
  parseStrictJson(text, { subject: 'The body', field: 'body' }, jsonPath('body'));
