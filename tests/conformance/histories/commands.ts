/** What random clients of the Durable Streams protocol ask for, one request after the other, of a few streams. */

import fc from 'fast-check';

const NAMES = ['a', 'b', 'c'] as const;
const TYPES = ['application/json', 'text/plain', 'application/octet-stream'] as const;

export type Name = (typeof NAMES)[number];

/** An offset by what it is: one that was received for the stream before, counted from the last, or one of those that need not be. */
export type Offset = '-1' | 'now' | 'start' | 'form' | { readonly back: number };

export interface Batch {
  readonly id: string;
  readonly epoch: number;
  /** A number; or by what was taken of this producer last. */
  readonly seq: number | 'next' | 'again' | 'skips';
}

export interface Put {
  readonly kind: 'put';
  readonly name: Name;
  readonly type: string | undefined;
  readonly body: string;
  readonly closes: boolean;
  readonly ttlS: number | undefined;
  readonly fork:
    | { readonly from: Name; readonly offset: Offset | undefined; readonly sub: number | undefined }
    | undefined;
}

export interface Post {
  readonly kind: 'post';
  readonly name: Name;
  readonly type: string | undefined;
  readonly body: string;
  readonly closes: boolean;
  readonly batch: Batch | undefined;
  readonly seq: string | undefined;
}

export interface Read {
  readonly kind: 'get';
  readonly name: Name;
  readonly offset: Offset | undefined;
  readonly live: 'long-poll' | 'sse' | undefined;
  /** With the tag of the last answer to the same read. */
  readonly known: boolean;
}

export type Command = Put | Post | Read | { readonly kind: 'head' | 'delete'; readonly name: Name };

/** Most requests are of one stream, so that much happens to it. */
const name = fc.constantFrom<Name>('a', 'a', 'a', 'b', 'b', 'c');
const rarely = <T>(one: fc.Arbitrary<T>, weight = 3) =>
  fc.oneof({ weight, arbitrary: fc.constant(undefined) }, { weight: 1, arbitrary: one });
const flag = fc.oneof(
  { weight: 5, arbitrary: fc.constant(false) },
  { weight: 1, arbitrary: fc.constant(true) },
);

/** Most streams are of JSON, so that many requests fit their streams. */
const type = fc.oneof(
  { weight: 5, arbitrary: fc.constant<string | undefined>('application/json') },
  { weight: 3, arbitrary: fc.constantFrom<string | undefined>(...TYPES, 'Application/JSON; charset=utf-8') },
  { weight: 1, arbitrary: fc.constant(undefined) },
);
const body = fc.oneof(
  { weight: 4, arbitrary: fc.constantFrom('1', '"x"', '{"a":[1]}', '[1,2]', '["a",["b"]]') },
  { weight: 1, arbitrary: fc.constantFrom('', '[]', '{', 'ü🚪', ' ') },
);
const offset: fc.Arbitrary<Offset> = fc.oneof(
  { weight: 3, arbitrary: fc.record({ back: fc.nat(4) }) },
  { weight: 3, arbitrary: fc.constantFrom<Offset>('-1', 'now', 'start') },
  { weight: 1, arbitrary: fc.constant<Offset>('form') },
);
const batch = fc.record({
  id: fc.constantFrom('p', 'p', 'q'),
  epoch: fc.constantFrom(0, 0, 0, 0, 1),
  seq: fc.constantFrom<Batch['seq']>('next', 'next', 'next', 'again', 'again', 'skips', 0, 1, 2),
});

const put = fc.record({
  kind: fc.constant('put' as const),
  name,
  type,
  body: fc.oneof({ weight: 1, arbitrary: fc.constant('') }, { weight: 1, arbitrary: body }),
  closes: flag,
  ttlS: rarely(fc.constantFrom(3_600, 7_200), 6),
  fork: rarely(fc.record({ from: name, offset: rarely(offset, 1), sub: rarely(fc.nat(3), 2) })),
});
const post = fc.record({
  kind: fc.constant('post' as const),
  name,
  type,
  body,
  closes: flag,
  batch: rarely(batch, 1),
  seq: rarely(fc.constantFrom('1', '10', '2', 'b'), 4),
});
const get = fc.record({
  kind: fc.constant('get' as const),
  name,
  offset: rarely(offset, 1),
  live: rarely(fc.constantFrom('long-poll' as const, 'sse' as const), 4),
  known: flag,
});
const other = fc.record({ kind: fc.constantFrom('head' as const, 'delete' as const), name });

/** Streams are made at first, so that there is something to ask for. */
export const history: fc.Arbitrary<readonly Command[]> = fc
  .tuple(
    fc.array(put, { minLength: 1, maxLength: 2 }),
    fc.array(
      fc.oneof(
        { weight: 2, arbitrary: put },
        { weight: 6, arbitrary: post },
        { weight: 5, arbitrary: get },
        { weight: 2, arbitrary: other },
      ),
      { minLength: 3, maxLength: 14 },
    ),
  )
  .map(([made, then]) => [...made, ...then]);
