/** Lines of JSON out of a stream: the same ones, however it is cut into chunks. */

import fc from 'fast-check';
import { expect, test } from 'vitest';
import { batchesOf, type Line } from '../../../packages/cli/src/lines.ts';

async function read(chunks: readonly Uint8Array[]) {
  const lines: Line[] = [];
  let fault: string | undefined;
  async function* stream() {
    yield* chunks;
  }
  for await (const batch of batchesOf(stream())) {
    lines.push(...batch.lines);
    fault = batch.fault?.message;
  }
  return { lines, fault };
}

const bytes = (text: string) => new TextEncoder().encode(text);

test('lines are the same wherever the stream is cut', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.jsonValue(), { maxLength: 8 }),
      fc.array(fc.nat(200)),
      fc.boolean(),
      async (values, cuts, ended) => {
        const whole = bytes(values.map((value) => JSON.stringify(value)).join('\n') + (ended ? '\n' : ''));
        const places = [...new Set(cuts.map((cut) => Math.min(cut, whole.length)))].sort((a, b) => a - b);
        const chunks = [0, ...places].map((from, i) => whole.slice(from, places[i] ?? whole.length));

        const { lines, fault } = await read(chunks);

        expect(fault).toBeUndefined();
        expect(lines.map(({ value }) => value)).toEqual(
          values.map((value) => JSON.parse(JSON.stringify(value))),
        );
      },
    ),
    { numRuns: 100 },
  );
});

test('count blank ones, and keep the text that came', async () => {
  const { lines } = await read([bytes('\ufeff1\r\n\n 1e2 \n')]);

  expect(lines).toEqual([
    { number: 1, text: '1', value: 1 },
    { number: 3, text: '1e2', value: 100 },
  ]);
});

test('come as soon as they are whole', async () => {
  let asked = 0;
  async function* stream() {
    for (const text of ['1\n2', '\n']) {
      asked++;
      yield bytes(text);
    }
  }
  const batches = batchesOf(stream());

  expect((await batches.next()).value).toMatchObject({ lines: [{ value: 1 }], bytes: 3 });
  expect(asked).toBe(1);
});

test.each([
  ['what is not JSON', [bytes('1\n{"a":\n3')], 'Line 2 is not JSON.', 1],
  [
    'bytes that are not UTF-8',
    [bytes('1\n'), Uint8Array.of(0x22, 0xff, 0x22)],
    'Line 2, or one soon after it, is not UTF-8.',
    1,
  ],
  ['a character that is cut off', [bytes('1\n'), Uint8Array.of(0xe2, 0x82)], 'The last line is cut off.', 1],
  [
    'a line without end',
    [bytes('1\n'), bytes('x'.repeat(1_100_000))],
    'Line 2 is longer than 1048576 characters.',
    1,
  ],
])('end at %s', async (_, chunks, message, before) => {
  const { lines, fault } = await read(chunks);

  expect(fault).toBe(message);
  expect(lines).toHaveLength(before);
});
