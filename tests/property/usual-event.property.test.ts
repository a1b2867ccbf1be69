/** The short look at an event takes what the schema takes, and leaves everything else to the schema. */

import fc from 'fast-check';
import * as v from 'valibot';
import { expect, test } from 'vitest';
import { LIMITS } from '../../lib/protocol/doorbell.ts';
import { EventSchema, newEventsOf } from '../../lib/publish/parse-events.ts';

const name = fc.constantFrom('id', 'key', 'data', 'Data', '__proto__', 'toString', '');
const value = fc.oneof(
  fc.constantFrom(
    '',
    'a',
    'a/b',
    'a b',
    '\u0000',
    'x'.repeat(LIMITS.idLength),
    'x'.repeat(LIMITS.idLength + 1),
  ),
  fc.constantFrom(null, 0, true, [], {}),
);
/** As `JSON.parse` makes it: `__proto__` is a member like others. */
const object = fc
  .array(fc.tuple(name, value), { maxLength: 4 })
  .map((members): unknown =>
    JSON.parse(`{${members.map(([k, one]) => `${JSON.stringify(k)}:${JSON.stringify(one)}`)}}`),
  );

test('of one event', () => {
  let taken = 0;
  fc.assert(
    fc.property(fc.oneof({ weight: 5, arbitrary: object }, value), (event) => {
      const { success, output } = v.safeParse(EventSchema, event);
      const read = () =>
        newEventsOf(
          [event],
          () => '',
          () => 'made',
        ).events[0];
      if (!success) {
        expect(read).toThrow();
        return;
      }
      taken++;
      const { id = 'made', key, data } = output;
      expect(read()).toMatchObject(key === undefined ? { id, data } : { id, key, data });
    }),
    { numRuns: 5_000, seed: 20261129 },
  );

  expect(taken).toBeGreaterThan(50);
});
