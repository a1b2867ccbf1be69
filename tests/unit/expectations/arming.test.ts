import { describe, expect, test } from 'vitest';
import { Arming, requireExpectable } from '../../../lib/expectations/arming.ts';
import { MemoryExpectations } from '../../../packages/testing/src/memory/expectations.ts';
import { Calls, counting, replacing, unavailable } from '../../support/memory/doubles.ts';
import { FakeClock } from '../../support/time/clock.ts';

const START = Date.parse('2026-01-01T00:00:10.000Z');
const minutes = (count: number) => Date.parse('2026-01-01T00:00:00.000Z') + count * 60_000;

describe('notes a look', () => {
  test.each([
    ['PT1M', 2],
    ['PT5M', 6],
    ['PT29M', 30],
    ['PT2H', 31],
    ['P31D', 31],
  ])('for %s in minute %i', async (text, minute) => {
    const expectations = new MemoryExpectations();
    const arming = new Arming({ expectations, clock: new FakeClock(START) });
    await arming.arm('jobs', [{ expect: text }]);

    expect(expectations.looks()).toEqual([{ channel: 'jobs', due: minutes(minute) }]);
  });

  test('once for many events that promise the same within a minute', async () => {
    const calls = new Calls();
    const clock = new FakeClock(START);
    const arming = new Arming({ expectations: counting(new MemoryExpectations(), calls), clock });
    for (let i = 0; i < 100; i++) {
      clock.jump(100);
      await arming.arm('jobs', [{ expect: 'PT5M' }, {}, { expect: 'PT300S' }]);
    }

    expect(calls.of('noteLook')).toBe(1);
  });

  test('never less than 90 s ahead, so that the event is in the log by then', async () => {
    const clock = new FakeClock(START);
    for (let second = 0; second < 120; second++) {
      const expectations = new MemoryExpectations();
      await new Arming({ expectations, clock }).arm('jobs', [{ expect: 'PT1M' }]);
      clock.jump(1_000);
      expect((expectations.looks()[0]?.due ?? 0) - clock.now() + 1_000).toBeGreaterThanOrEqual(90_000);
    }
  });

  test('again when the append took long', async () => {
    const expectations = new MemoryExpectations();
    const clock = new FakeClock(START);
    const armed = await new Arming({ expectations, clock }).arm('jobs', [{ expect: 'PT1M' }]);
    await armed?.();
    expect(expectations.looks()).toHaveLength(1);

    clock.jump(600_000);
    await armed?.();
    expect(expectations.looks().map(({ due }) => due)).toEqual([minutes(2), minutes(12)]);
  });

  test('none for events that promise nothing', async () => {
    const expectations = new MemoryExpectations();

    expect(await new Arming({ expectations, clock: new FakeClock() }).arm('jobs', [{}, {}])).toBeUndefined();
    expect(expectations.looks()).toEqual([]);
  });

  test('or fails, and does not believe that it was noted', async () => {
    const store = new MemoryExpectations();
    let isDown = true;
    const expectations = replacing(store, {
      noteLook: (look) => (isDown ? Promise.reject(unavailable()) : store.noteLook(look)),
    });
    const arming = new Arming({ expectations, clock: new FakeClock(START) });
    await expect(arming.arm('jobs', [{ expect: 'PT1M' }])).rejects.toMatchObject({ code: 'unavailable' });
    isDown = false;
    await arming.arm('jobs', [{ expect: 'PT1M' }]);

    expect(store.looks()).toHaveLength(1);
  });
});

describe('a promise is refused', () => {
  const path = (i: number) => `[${i}].`;

  test.each([
    ['on a channel whose alarms could have no name', 'x'.repeat(122), { expect: 'PT5M' }],
    ['on a channel of alarms', 'alarms.jobs', { expect: 'PT5M' }],
    ['of the key that alarms about the channel have', 'jobs', { expect: 'PT5M', key: '*' }],
  ])('%s', (_, channel, event) => {
    expect(() => requireExpectable(channel, [{}, event], path)).toThrow(
      expect.objectContaining({
        code: 'bad-body',
        details: expect.objectContaining({ field: '[1].expect' }),
      }),
    );
    expect(() => requireExpectable(channel, [{}, { key: '*' }], path)).not.toThrow();
  });

  test('and not on the longest name that goes, nor beside another key', () => {
    expect(() => requireExpectable('x'.repeat(121), [{ expect: 'PT5M', key: 'a' }], path)).not.toThrow();
  });
});
