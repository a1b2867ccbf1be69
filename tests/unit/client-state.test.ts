/** The poller's decisions: every cell of the table, and the counters beside it. */
import { describe, expect, test } from 'vitest';
import { AT_REST, type Input, type Standing, type State, step, TABLE } from '../../client/state.ts';

const half = () => 0.5;
const at = (state: State, more: Partial<Standing> = {}): Standing => ({ ...AT_REST, state, ...more });

const INPUTS = Object.keys(TABLE.idle) as Input[];
const STATES = Object.keys(TABLE) as State[];

/** The table again, drawn by hand: where each state goes; `.` is nowhere, and a state's own name is anew. */
const DRAWN = `
            wanted   unwanted changed  answered hurried  failed   due      doubted  ended
  idle      probing  .        .        .        .        .        .        .        stopped
  probing   .        idle     probing  ready    ready    waiting  .        probing  stopped
  ready     live     .        .        .        .        .        .        idle     stopped
  live      .        ready    live     ready    resting  waiting  .        probing  stopped
  resting   .        .        .        .        .        .        ready    probing  stopped
  waiting   .        idle     .        .        .        .        probing  probing  stopped
  stopped   .        .        .        .        .        .        .        .        .
`;

const [heads = [], ...rows] = DRAWN.trim()
  .split('\n')
  .map((line) => line.trim().split(/\s+/));
const cells = rows.flatMap(([state, ...next]) =>
  next.map((to, i) => [state, heads[i], to] as [State, Input, string]),
);

test('the drawing has a cell for each state and input', () => {
  expect(cells.map(([state, input]) => `${state} ${input}`).sort()).toEqual(
    STATES.flatMap((state) => INPUTS.map((input) => `${state} ${input}`)).sort(),
  );
});

test.each(cells)('%s, %s: %s', (state, input, to) => {
  const next = step(at(state), input, half);

  expect(next?.state ?? '.').toBe(to);
});

test('every state can be reached from idle, and stopped from every state', () => {
  const reached = new Set<State>(['idle']);
  for (const state of reached) {
    for (const input of INPUTS) {
      const next = step(at(state), input, half);
      if (next) reached.add(next.state);
    }
  }

  expect([...reached].sort()).toEqual([...STATES].sort());
  for (const state of STATES) expect(step(at(state), 'ended', half)?.state ?? state).toBe('stopped');
});

describe('the backoff', () => {
  const fail = (standing: Standing, times: number, floorMs = 0): Standing => {
    let now = standing;
    for (let i = 0; i < times; i++) {
      const probing = { ...now, state: 'probing' as const };
      now = step(probing, 'failed', () => 1, floorMs) ?? now;
    }
    return now;
  };

  test('its ceiling doubles from 1 s to 30 s and stays there', () => {
    const ceilings = [1, 2, 3, 4, 5, 6, 7, 5_000].map((times) => fail(AT_REST, times).delayMs);

    expect(ceilings).toEqual([1_000, 2_000, 4_000, 8_000, 16_000, 30_000, 30_000, 30_000]);
    expect(step(at('live'), 'failed', () => 0)?.delayMs).toBe(0);
  });

  test('stands on what the server asked for', () => {
    expect(step(at('live'), 'failed', half, 7_000)?.delayMs).toBe(7_500);
  });

  test('goes on over probes, and begins anew after an answer', () => {
    const down = fail(at('live'), 3);
    const probing = step(down, 'due', half);

    expect(probing).toMatchObject({ state: 'probing', failed: 3 });
    expect(step(probing ?? AT_REST, 'answered', half)).toMatchObject({ state: 'ready', failed: 0 });
  });

  test('is not shortened by somebody who wants something', () => {
    expect(step(fail(at('live'), 3), 'wanted', half)).toBeUndefined();
    expect(step(fail(at('live'), 3), 'changed', half)).toBeUndefined();
  });
});

describe('the breaker', () => {
  test('lets two hurried answers pass, then pauses longer and longer', () => {
    let standing = at('live');
    const pauses = [1, 2, 3, 4, 5].map(() => {
      standing = step({ ...standing, state: 'live' }, 'hurried', () => 1) ?? standing;
      return standing.delayMs;
    });

    expect(pauses).toEqual([0, 0, 1_000, 2_000, 4_000]);
  });

  test('is forgotten with an answer that took its time', () => {
    const hurried = { ...at('live'), hurried: 4 };

    expect(step(hurried, 'answered', half)).toMatchObject({ hurried: 0 });
  });
});
