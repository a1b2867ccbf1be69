/** The subscriber's pure decisions, and one property: whatever happens to the polls, each event comes once, in order. */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { DoorbellError, type ErrorCode } from '../../client/errors.ts';
import { decide, type Outcome, type Position, startAt, waitSeconds } from '../../client/state.ts';
import type { PollAnswer } from '../../lib/protocol.ts';
import { event } from '../support/fake-fetch.ts';

const half = () => 0.5;
const at: Position = { ...startAt(5, null), epoch: 'e1', live: true };

function answered(more: Partial<PollAnswer>, tookMs = 20_000): Outcome {
  const answer: PollAnswer = { channel: 'doors', epoch: 'e1', events: [], maxvid: 5, missed: 0, ...more };
  return { kind: 'answer', answer, tookMs };
}

function failed(code: ErrorCode, epoch?: string): Outcome {
  const problem = { type: 'about:blank', title: 'x', status: 409, detail: 'x' };
  const details = epoch === undefined ? {} : { problem: { ...problem, epoch } };
  return { kind: 'failure', error: new DoorbellError(code, code, details) };
}

test('holds a poll only while the connection is known to be good', () => {
  expect(waitSeconds(at, 20)).toBe(20);
  expect(waitSeconds(startAt('now', null), 20)).toBe(0);
  expect(waitSeconds(decide(at, failed('unreachable'), 20, half).position, 20)).toBe(0);
});

test('never goes back, and never gives an event twice', () => {
  const step = decide(at, answered({ events: [event(4), event(5), event(6)], maxvid: 6 }), 20, half);

  expect(step.events.map(({ vid }) => vid)).toEqual([6]);
  expect(decide(step.position, answered({ maxvid: 2 }), 20, half).position.maxvid).toBe(6);
});

test('keeps the epoch when an answer has none', () => {
  expect(decide(at, answered({ epoch: null }), 20, half).position.epoch).toBe('e1');
});

test('treats an answer of another epoch as a reset and drops its events', () => {
  const step = decide(at, answered({ epoch: 'e2', events: [event(6)], maxvid: 6 }), 20, half);

  expect(step).toMatchObject({
    events: [],
    position: { maxvid: 0, epoch: 'e2' },
    notices: [{ kind: 'reset', epoch: 'e2' }],
    next: { kind: 'poll' },
  });
});

test('waits before the second reset in a row, and does not report it again', () => {
  const first = decide(at, failed('reset', 'e2'), 20, half);
  const second = decide(first.position, failed('reset', 'e3'), 0, half);

  expect(first.next.kind).toBe('poll');
  expect(second).toMatchObject({ notices: [], position: { epoch: 'e3' }, next: { kind: 'wait', ms: 500 } });
});

test('follows a reset at once even when it comes after an outage', () => {
  const outage = decide(at, failed('unreachable'), 20, half);

  expect(decide(outage.position, failed('reset', 'e2'), 0, half).next).toEqual({ kind: 'poll' });
});

test('forgets the epoch when a reset names none', () => {
  expect(decide(at, failed('reset'), 20, half).position).toMatchObject({ maxvid: 0, epoch: null });
});

test('begins the backoff anew after an answer', () => {
  const failures = ['unreachable', 'too-slow', 'server-error'] as const;
  const down = failures.reduce((position, code) => decide(position, failed(code), 0, half).position, at);
  const up = decide(down, answered({}), 0, half).position;

  expect(down.failures).toBe(3);
  expect(decide(up, failed('unreachable'), 20, half).next).toMatchObject({ kind: 'wait', ms: 500 });
});

test('asks again at once after a superseded poll, under another name', () => {
  const step = decide({ ...at, client: 'desk' }, answered({ superseded: true }, 5_000), 20, half);

  expect(step.next).toEqual({ kind: 'poll' });
  expect(step.position.client).not.toBe('desk');
  expect(decide(at, answered({ superseded: true }), 20, half).position.client).toBeNull();
});

test('gives each event once and in order, whatever happens to the polls', () => {
  const mishap = fc.constantFrom<ErrorCode>(
    'unreachable',
    'too-slow',
    'bad-answer',
    'too-many',
    'server-error',
  );
  // How many events are appended before a poll, how many its answer may carry, how far back it repeats, or a failure.
  const turn = fc.record({
    appended: fc.nat(4),
    limit: fc.nat(5),
    repeats: fc.nat(3),
    error: fc.option(mishap),
  });

  fc.assert(
    fc.property(fc.array(turn, { maxLength: 60 }), (turns) => {
      let position = startAt('start', null);
      let head = 0;
      const seen: number[] = [];
      for (const { appended, limit, repeats, error } of turns) {
        head += appended;
        const after = position.maxvid ?? 0;
        const maxvid = Math.min(head, after + limit);
        const from = Math.max(1, after + 1 - repeats);
        const events = Array.from({ length: Math.max(0, maxvid - from + 1) }, (_, i) => event(from + i));
        const outcome = error === null ? answered({ events, maxvid }) : failed(error);
        const step = decide(position, outcome, 20, half);
        seen.push(...step.events.map(({ vid }) => vid));
        position = step.position;
        expect(step.next.kind).not.toBe('stop');
      }
      expect(seen).toEqual(Array.from({ length: position.maxvid ?? 0 }, (_, i) => i + 1));
    }),
  );
});
