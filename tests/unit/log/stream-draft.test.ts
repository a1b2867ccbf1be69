/** What streams' writers add to a block, and what is refused of it. */

import { describe, expect, test } from 'vitest';
import type { PlanState } from '../../../lib/log/append/append-plan.ts';
import { refusalOf } from '../../../lib/log/append/refusals.ts';
import { StreamDraft, type StreamWrite } from '../../../lib/log/append/stream-draft.ts';
import { type NewEvent, newEvent } from '../../../lib/log/block.ts';
import { MAX_PRODUCERS, type Producer } from '../../../lib/log/writers.ts';

const PRODUCER: Producer = { id: 'p', epoch: 0, seq: 0 };
const bytes = (text: string) => new TextEncoder().encode(text);
const message = newEvent('m', 1);

/** A draft on a log whose head is 10; `write` is for its life. */
function setUp(state: Partial<PlanState> = {}) {
  const events: NewEvent[] = [];
  const draft = new StreamDraft({ epoch: 'e1', head: 10, ...state } as PlanState, events);
  const write = (more: Partial<StreamWrite> = {}, messages: readonly NewEvent[] = []) =>
    draft.take({ life: 'e1', ...more }, messages);
  return { draft, events, write };
}

describe('a write', () => {
  test('of messages or bytes is appended behind what is there, one after the other', () => {
    const { draft, events, write } = setUp();

    expect(write({}, [message])).toEqual({ kind: 'appended', tail: 11, isClosed: false });
    expect(write({ bytes: bytes('abc') })).toMatchObject({ tail: 14 });
    expect(write({ bytes: bytes('de'), producer: PRODUCER })).toMatchObject({ tail: 16, producer: PRODUCER });
    expect(events).toEqual([message]);
    expect(Buffer.from(draft.content().bytes ?? []).toString()).toBe('abcde');
  });

  test('of another life finds that this one is over', () => {
    expect(setUp().write({ life: 'e2' }, [message])).toEqual({ kind: 'gone' });
  });

  test('of a producer is taken once, and in order', () => {
    const { write } = setUp({ writers: { producers: [PRODUCER] } });
    const at = (seq: number) => write({ producer: { ...PRODUCER, seq }, bytes: bytes('x') });

    expect(at(0)).toEqual({ kind: 'duplicate', tail: 10, isClosed: false, producer: PRODUCER });
    expect(at(2)).toEqual({ kind: 'gap', expected: 1 });
    expect(at(1)).toMatchObject({ kind: 'appended', tail: 11 });
    expect(at(2)).toMatchObject({ kind: 'appended', tail: 12 });
  });

  test('of a producer that stands in an item of its own is held to that', () => {
    const { write } = setUp({ evicted: new Map([['p', { ...PRODUCER, epoch: 3 }]]) });

    expect(write({ producer: PRODUCER })).toEqual({ kind: 'fenced', epoch: 3 });
  });

  test('must come after the last Stream-Seq', () => {
    const { write } = setUp({ writers: { producers: [], seq: '0005' } });

    expect(write({ seq: '0005' }, [message])).toEqual({ kind: 'seq', tail: 10 });
    expect(write({ seq: '0006' }, [message])).toMatchObject({ kind: 'appended' });
    expect(write({ seq: '0006' }, [message])).toMatchObject({ kind: 'seq' });
    expect(write({}, [message])).toMatchObject({ kind: 'appended' });
  });
});

describe('the end of a stream', () => {
  test('is written with the last that it holds, and counts for nothing that is read', () => {
    const { draft, write } = setUp();

    expect(write({ mark: 'closed', bytes: bytes('z'), producer: PRODUCER })).toMatchObject({
      kind: 'appended',
      tail: 11,
      isClosed: true,
    });
    expect(draft.content()).toMatchObject({ mark: 'closed', writers: { closedBy: PRODUCER } });
  });

  test('that is there is not written again', () => {
    expect(setUp({ mark: 'closed' }).draft.content()).not.toHaveProperty('mark');
  });

  test.each([
    { what: 'closing once more', more: { mark: 'closed' as const }, kind: 'duplicate' },
    {
      what: 'closing once more with a last message',
      more: { mark: 'closed' as const, bytes: bytes('x') },
      kind: 'closed',
    },
    {
      what: 'the same batch of the producer that closed it',
      more: { producer: PRODUCER, bytes: bytes('x') },
      kind: 'duplicate',
    },
    { what: 'another batch of that producer', more: { producer: { ...PRODUCER, seq: 1 } }, kind: 'closed' },
    { what: 'bytes', more: { bytes: bytes('x') }, kind: 'closed' },
    { what: 'deleting it', more: { mark: 'deleted' as const }, kind: 'appended' },
  ])('makes of $what: $kind', ({ more, kind }) => {
    const { write } = setUp({ head: 11, mark: 'closed', writers: { producers: [], closedBy: PRODUCER } });

    expect(write(more).kind).toBe(kind);
  });

  test('tells where it is to whoever comes too late', () => {
    const { write } = setUp({ head: 11, mark: 'closed' });

    expect(write({ bytes: bytes('x') })).toEqual({ kind: 'closed', tail: 10 });
    expect(write({ mark: 'closed' })).toEqual({ kind: 'duplicate', tail: 10, isClosed: true });
  });

  test('by deletion is the end of every write', () => {
    expect(setUp({ mark: 'deleted' }).write({ mark: 'deleted' })).toEqual({ kind: 'gone' });
  });
});

describe('events of a publish', () => {
  const always = () => true;

  test.each([
    { what: 'an open channel', state: {}, refused: undefined },
    { what: 'a stream of bytes', state: { holdsBytes: true }, refused: { kind: 'bytes' } },
    { what: 'a closed channel', state: { mark: 'closed' as const }, refused: { kind: 'closed', tail: 9 } },
    { what: 'a deleted channel', state: { mark: 'deleted' as const }, refused: { kind: 'gone' } },
  ])('for $what: refused with $refused', ({ state, refused }) => {
    expect(setUp(state).draft.refusal(always)).toEqual(refused);
  });

  test('that are all there already are not refused where the channel has been closed since', () => {
    expect(setUp({ mark: 'closed' }).draft.refusal(() => false)).toBeUndefined();
  });

  test.each([
    {
      outcome: { kind: 'closed' as const, tail: 9 },
      error: { code: 'closed', details: { channel: 'doors', head: 9 } },
    },
    {
      outcome: { kind: 'bytes' as const },
      error: { code: 'unsupported-media-type', details: { channel: 'doors' } },
    },
    { outcome: { kind: 'gone' as const }, error: { code: 'gone', details: { channel: 'doors' } } },
  ])('are refused in words that name the channel: $outcome.kind', ({ outcome, error }) => {
    expect(refusalOf('doors', outcome)).toMatchObject(error);
  });
});

test('a block without writers says nothing of them; one with too many keeps the newest', () => {
  const { draft, write } = setUp();
  expect(draft.content()).toEqual({ evicted: [] });
  for (let i = 0; i <= MAX_PRODUCERS; i++) write({ producer: { id: `p${i}`, epoch: 0, seq: 0 } });

  const { writers, evicted } = draft.content();

  expect(writers?.producers).toHaveLength(MAX_PRODUCERS);
  expect(evicted.map(({ id }) => id)).toEqual(['p0']);
});
