/** The verifier's smaller parts: repeatable chance, data in brief, options, and what it makes of an answer. */

import { EventEmitter } from 'node:events';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { LIMITS } from '../../../lib/protocol/doorbell.ts';
import { inBrief } from '../../../packages/testing/src/check/brief.ts';
import { RULES } from '../../../packages/testing/src/check/checks/violation.ts';
import { payload } from '../../../packages/testing/src/check/load/payload.ts';
import { readAnswers, readProblem, readReceipt } from '../../../packages/testing/src/check/load/replies.ts';
import { describeOptions, readOptions, readUrl, typed } from '../../../packages/testing/src/check/options.ts';
import { random } from '../../../packages/testing/src/check/random.ts';
import { interruptsOf } from '../../../packages/testing/src/check/stop.ts';

const draws = (seed: number, actor: string) => {
  const chance = random(seed, actor);
  return Array.from({ length: 50 }, () => chance.integer(1, 6));
};

describe('chance', () => {
  test('is the same for the same seed and actor, and another for any other', () => {
    expect(draws(7, 'reader-1')).toEqual(draws(7, 'reader-1'));
    expect(draws(7, 'reader-1')).not.toEqual(draws(7, 'reader-2'));
    expect(draws(7, 'reader-1')).not.toEqual(draws(8, 'reader-1'));
  });

  test('reaches every number of a range and no other', () => {
    const chance = random(1, 'dice');

    const thrown = new Set(Array.from({ length: 500 }, () => chance.integer(1, 6)));

    expect([...thrown].sort()).toEqual([1, 2, 3, 4, 5, 6]);
  });
});

describe('data in brief', () => {
  test.each([
    [
      { a: 1, b: { c: [1, 2], d: null } },
      { b: { d: null, c: [1, 2] }, a: 1 },
    ],
    [JSON.parse('{"__proto__":1,"x":2}'), JSON.parse('{"x":2,"__proto__":1}')],
    [
      { text: 'x'.repeat(5_000), n: 1 },
      { n: 1, text: 'x'.repeat(5_000) },
    ],
  ])('is equal for equal values %#', (one, other) => {
    expect(inBrief(one)).toBe(inBrief(other));
  });

  test.each([
    [1, '1'],
    [[], {}],
    [JSON.parse('{"__proto__":1}'), {}],
    [
      [1, 2],
      [2, 1],
    ],
    ['x'.repeat(5_000), `${'x'.repeat(4_999)}y`],
  ])('differs for different values %#', (one, other) => {
    expect(inBrief(one)).not.toBe(inBrief(other));
  });

  test('stays short', () => {
    expect(inBrief('x'.repeat(200_000)).length).toBeLessThan(200);
  });

  test('no two events of a producer are alike', () => {
    const chance = random(1, 'producer-1');

    const made = Array.from({ length: 500 }, (_, i) => inBrief(payload('producer-1', i, false, chance).data));

    expect(new Set(made).size).toBe(500);
  });

  test('large events are several pages of a disk, no two alike, and an array of them is one block', () => {
    const chance = random(1, 'producer-1');

    const made = Array.from({ length: 500 }, (_, i) =>
      JSON.stringify(payload('producer-1', i, true, chance, true)),
    );

    expect(new Set(made).size).toBe(500);
    expect(Math.min(...made.map(({ length }) => length))).toBeGreaterThan(2 * 4_096);
    // The longest array has a dozen.
    expect(12 * Math.max(...made.map(({ length }) => length))).toBeLessThan(LIMITS.blockBytes);
  });
});

describe('options', () => {
  const read = (...args: string[]) => readOptions(args, ['url', 'seed', 'seconds'], () => 42);

  test('have defaults, and a seed of their own', () => {
    expect(read()).toMatchObject({ help: false, numbers: { seconds: 30, seed: 42 }, texts: {} });
  });

  test('are taken as given', () => {
    expect(read('--seed', '7', '--url=http://127.0.0.1:1')).toMatchObject({
      numbers: { seed: 7 },
      texts: { url: 'http://127.0.0.1:1' },
    });
  });

  test.each([
    [['--seconds', '0'], '--seconds must be a whole number from 1 to 3600, got 0'],
    [['--seconds', '1.5'], '--seconds must be a whole number from 1 to 3600, got 1.5'],
    [['--seed', '-1'], /seed/],
    [['--cycles', '5'], /--cycles/],
    [['stray'], /stray/],
  ])('%j is refused', (args, message) => {
    expect(() => read(...args)).toThrow(message);
  });

  test('are told with their ranges, and as they would be typed', () => {
    const { numbers } = read('--seconds', '5');

    expect(describeOptions(['url', 'seconds'])).toMatch(
      /^ {2}--url .*\n {2}--seconds .*; 1 to 3600, default 30$/,
    );
    expect(typed(numbers, ['seed', 'seconds'])).toBe('--seed 42 --seconds 5');
  });

  test('the address loses its last slash', () => {
    expect(readUrl('https://example.test/stage/')).toBe('https://example.test/stage');
  });

  test.each([undefined, 'here', 'ftp://x', 'http://a?b', 'http://a#b', 'http://me@a'])(
    'the address %s is refused',
    (text) => {
      expect(() => readUrl(text)).toThrow(/^--url /);
    },
  );
});

describe('replies', () => {
  const answer = { channel: 'c', epoch: null, events: [], maxvid: 0, missed: 0 };

  test('are read as they are, sound or not', () => {
    const events = [2, 1].map((vid) => ({ vid, id: 'x', at: 'now', data: { vid } }));

    expect(readAnswers(JSON.stringify({ ...answer, events, superseded: true }), false)).toEqual([
      {
        ...answer,
        events: events.map((event) => ({ ...event, data: inBrief(event.data) })),
        superseded: true,
      },
    ]);
    expect(readAnswers(JSON.stringify({ channels: [answer, answer] }), true)).toEqual([answer, answer]);
  });

  test.each([
    ['', false],
    ['null', false],
    ['{}', true],
    [JSON.stringify(answer), true],
    [JSON.stringify({ ...answer, maxvid: '1' }), false],
    [JSON.stringify({ ...answer, events: [{ vid: 1, id: 'x', at: 'now' }] }), false],
  ])('%s is no answer', (text, many) => {
    expect(readAnswers(text, many)).toBeUndefined();
  });

  test('receipts and problems are told from anything else', () => {
    const receipt = { first: 1, last: 2, count: 2, duplicates: 0 };

    expect(readReceipt(JSON.stringify(receipt))).toEqual(receipt);
    expect(readReceipt('{"first":1}')).toBeUndefined();
    expect(readProblem('{"type":"urn:doorbell:problem:unavailable","appended":3}')).toEqual({
      type: 'unavailable',
      appended: 3,
    });
    expect(readProblem('<html>')).toEqual({ type: 'not a problem document', appended: 0 });
  });
});

describe('an interrupt', () => {
  test('is heard twice, but not when the second is the same one by another way', async () => {
    const signals = new EventEmitter();
    let now = 0;
    const { first, second } = interruptsOf(signals, () => now);
    let ended = false;
    void second.then(() => {
      ended = true;
    });

    expect(first.aborted).toBe(false);
    signals.emit('SIGINT');
    signals.emit('SIGINT');
    expect(first.aborted).toBe(true);
    await Promise.resolve();
    expect(ended).toBe(false);
    now = 1_000;
    signals.emit('SIGTERM');
    await second;
  });
});

test('each rule has a history that it must find', () => {
  const told = ['publishes', 'readers', 'states'].map((part) =>
    readFileSync(join(import.meta.dirname, `${part}.test.ts`), 'utf8'),
  );

  expect(Object.keys(RULES).filter((rule) => !told.join().includes(`'${rule}'`))).toEqual([]);
});
