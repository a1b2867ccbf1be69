import { describe, expect, test } from 'vitest';
import { HELP, readOptions } from '../../../bench/race/options.ts';
import { withSettings } from '../../../bench/race/peers/pushpin.ts';
import { PEERS } from '../../../bench/race/peers.ts';
import { casesOf, SCENARIOS } from '../../../bench/race/scenarios.ts';

describe('the race', () => {
  test('is of everybody in everything, once, unless it is told otherwise', () => {
    expect(readOptions([])).toEqual({
      help: false,
      quick: false,
      peers: PEERS.map(({ name }) => name),
      scenarios: SCENARIOS,
      rounds: 1,
      seed: 42,
      out: 'bench/results/race',
    });
  });

  test('can be of some in something', () => {
    const args = [
      '--peers',
      'bare-node,nchan',
      '--scenarios',
      'burst',
      '--rounds',
      '3',
      '--seed',
      '7',
      '--quick',
    ];

    expect(readOptions(args)).toMatchObject({
      peers: ['nchan', 'bare-node'],
      scenarios: ['burst'],
      rounds: 3,
      seed: 7,
      out: 'bench/results/race-quick',
    });
  });

  test.each([
    [['--peers', 'nginx'], '--peers must be of gearman-php'],
    [['--scenarios', 'speed'], '--scenarios must be of latency'],
    [['--rounds', '0'], '--rounds must be a whole number from 1 to 20, got 0'],
    [['--seed', 'x'], '--seed must be'],
    [['--fast'], 'fast'],
  ])('refuses %j', (args, message) => {
    expect(() => readOptions(args)).toThrow(message);
  });

  test('names every server and scenario in its help', () => {
    for (const name of [...PEERS.map((peer) => peer.name), ...SCENARIOS]) expect(HELP).toContain(name);
  });
});

describe('the cases', () => {
  test('are the same in a quick run, but smaller', () => {
    const quick = casesOf(SCENARIOS, true);

    expect(quick.length).toBeGreaterThan(SCENARIOS.length);
    for (const { what } of quick) expect(what.readers).toBeLessThanOrEqual(1_000);
  });

  test('publish as many events on each channel', () => {
    const loads = casesOf(SCENARIOS, false).flatMap(({ what }) => (what.kind === 'load' ? [what] : []));

    for (const { events, warmUp, channels } of loads)
      expect([events % channels, warmUp % channels]).toEqual([0, 0]);
  });
});

test('Pushpin is set up by its packaged file, with other values', () => {
  expect(withSettings('[runner]\n# a=1\na=1\nb=2\n', { a: 3 })).toBe('[runner]\n# a=1\na=3\nb=2\n');
  expect(() => withSettings('a=1\n', { c: 3 })).toThrow('there is no c in');
});
