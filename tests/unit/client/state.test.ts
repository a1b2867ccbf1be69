/** The poller's decisions: every cell of the table. */
import { expect, test } from 'vitest';
import { type Input, type State, TABLE } from '../../../packages/client/src/state.ts';

const INPUTS = Object.keys(TABLE.idle) as Input[];
const STATES = Object.keys(TABLE) as State[];

/** The table again, drawn by hand: where each state goes; `.` is nowhere, and a state's own name is anew. */
const DRAWN = `
            wanted   unwanted changed  answered failed   due      doubted  ended
  idle      probing  .        .        .        .        .        .        stopped
  probing   .        idle     probing  ready    waiting  .        probing  stopped
  ready     live     .        .        .        .        .        idle     stopped
  live      .        ready    live     ready    waiting  .        probing  stopped
  waiting   .        idle     .        .        .        probing  probing  stopped
  stopped   .        .        .        .        .        .        .        .
`;

const [headReader = [], ...rows] = DRAWN.trim()
  .split('\n')
  .map((line) => line.trim().split(/\s+/));
const cells = rows.flatMap(([state, ...next]) =>
  next.map((to, i) => [state, headReader[i], to] as [State, Input, string]),
);

test('the drawing has a cell for each state and input', () => {
  expect(cells.map(([state, input]) => `${state} ${input}`).sort()).toEqual(
    STATES.flatMap((state) => INPUTS.map((input) => `${state} ${input}`)).sort(),
  );
});

test.each(cells)('%s, %s: %s', (state, input, to) => {
  expect(TABLE[state][input] || '.').toBe(to);
});

test('every state can be reached from idle, and stopped from every state', () => {
  const reached = new Set<State>(['idle']);
  for (const state of reached) {
    for (const input of INPUTS) {
      const next = TABLE[state][input];
      if (next) reached.add(next);
    }
  }

  expect([...reached].sort()).toEqual([...STATES].sort());
  for (const state of STATES) expect(TABLE[state].ended || state).toBe('stopped');
});
