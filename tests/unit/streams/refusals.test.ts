/** Who is refused, in which order, and what is told. Nothing that is refused changes the stream. */

import { describe, expect, test } from 'vitest';
import { type Caller, TRUSTED } from '../../../lib/auth/caller.ts';
import { expectProblemDocument } from '../../support/http/problems.ts';
import { nextOffset, streamApp } from '../../support/memory/stream-app.ts';

const JSON_TYPE = { 'content-type': 'application/json' };
const CLOSED = { 'stream-closed': 'true' };
const HTML = { 'content-type': 'text/html' };
const as = (epoch: number, seq: number) => ({
  'producer-id': 'p',
  'producer-epoch': String(epoch),
  'producer-seq': String(seq),
});

describe('a token', () => {
  const none: Caller = { read: [], write: [] };

  test.each([
    { method: 'GET', headers: {}, needs: ['read'] },
    { method: 'GET', query: '?live=long-poll&offset=-1', headers: {}, needs: ['read'] },
    { method: 'GET', query: '?live=sse&offset=-1', headers: {}, needs: ['read'] },
    { method: 'HEAD', headers: {}, needs: ['read'] },
    { method: 'POST', headers: {}, body: 'x', needs: ['write'] },
    { method: 'POST', headers: CLOSED, body: 'x', needs: ['write', 'manage'] },
    { method: 'PUT', headers: {}, needs: ['manage'] },
    { method: 'DELETE', headers: {}, needs: ['manage'] },
  ])(
    'for $method $query with $headers needs $needs, and nothing else',
    async ({ method, headers, needs, query = '', body }) => {
      const granted = (claims: readonly string[]): Caller =>
        Object.fromEntries(
          ['read', 'write', 'manage'].map((one) => [one, claims.includes(one) ? ['a'] : []]),
        ) as unknown as Caller;
      const ask = async (caller: Caller) => {
        const app = streamApp({ caller });
        await app.ports.streams.swap('a', undefined, {
          state: 'live',
          log: 'a~1~x',
          stamp: 1,
          contentType: 'text/plain',
          touchedAt: app.clock.now(),
          base: 0,
          segments: [],
        });
        const all = { 'content-type': 'text/plain', ...headers };
        const asking = app.request(
          method,
          `a${query}`,
          method === 'GET' || method === 'HEAD' ? {} : all,
          body,
        );
        await app.clock.advance(25_000);
        return (await asking).status;
      };

      expect(await ask(granted(needs))).toBeLessThan(300);
      for (const one of needs) expect(await ask(granted(needs.filter((each) => each !== one)))).toBe(403);
      expect(await ask({ ...granted(needs), read: [], write: [], manage: [] })).toBe(403);
      expect(await ask(none)).toBe(403);
    },
  );

  test('that may not write is told so before its body is read', async () => {
    let reads = 0;
    const { append } = streamApp({
      caller: { ...TRUSTED, write: [] },
      admit: () => {
        reads++;
        return () => undefined;
      },
    });

    expect([(await append('a', 'x')).status, reads]).toEqual([403, 0]);
  });
});

test('each body is let in by who keeps count, and let go, whatever becomes of it', async () => {
  const counted: Array<string | undefined> = [];
  let held = 0;
  const { make, append } = streamApp({
    caller: { ...TRUSTED, principal: 'me' },
    admit: (principal) => {
      counted.push(principal);
      held++;
      return () => held--;
    },
  });
  await make('a', {}, 'x');
  await append('a', 'y');
  const tooLarge = await append('a', 'y', { 'content-length': String(6 * 1024 * 1024) });

  expect([counted, held]).toEqual([['me', 'me', 'me'], 0]);
  await expectProblemDocument(tooLarge, 413, 'too-large');
});

describe('of several things that are wrong, one is told first:', () => {
  test('what its producer is, then that there is no stream', async () => {
    const { append } = streamApp();

    await expectProblemDocument(await append('x', '', as(-1, 0)), 400, 'bad-parameter', 'producer-epoch');
    await expectProblemDocument(await append('x', ''), 404, 'not-found');
  });

  test('that the body is empty, then that its type is missing', async () => {
    const { make, append } = streamApp();
    await make('a', CLOSED);

    await expectProblemDocument(await append('a', '', HTML), 400, 'bad-body', 'body');
    await expectProblemDocument(
      await append('a', 'x', { 'content-type': ' ' }),
      400,
      'bad-parameter',
      'content-type',
    );
  });

  test('that the stream is closed, then that the type is another', async () => {
    const { make, append } = streamApp();
    const made = await make('a', CLOSED, 'a');
    await make('b');
    const closed = await append('a', 'x', HTML);

    expect([nextOffset(closed), closed.headers.get('stream-closed')]).toEqual([nextOffset(made), 'true']);
    await expectProblemDocument(closed, 409, 'closed');
    await expectProblemDocument(await append('b', 'x', HTML), 409, 'conflict', 'content-type');
  });

  test('that the stream is closed, then that the body is not JSON', async () => {
    const { make, append } = streamApp();
    await make('a', { ...JSON_TYPE, ...CLOSED });
    await make('b', JSON_TYPE);

    await expectProblemDocument(await append('a', '{', JSON_TYPE), 409, 'closed');
    await expectProblemDocument(await append('b', '{', JSON_TYPE), 400, 'bad-body', 'body');
    await expectProblemDocument(await append('b', '[]', JSON_TYPE), 400, 'bad-body', 'body');
  });

  test('that the body is not JSON, then what its producer did', async () => {
    const { make, append } = streamApp();
    await make('a', JSON_TYPE);
    await append('a', '1', { ...JSON_TYPE, ...as(1, 0) });

    await expectProblemDocument(await append('a', '{', { ...JSON_TYPE, ...as(0, 0) }), 400, 'bad-body');
    await expectProblemDocument(await append('a', '1', { ...JSON_TYPE, ...as(0, 0) }), 403, 'fenced');
  });

  test.each(['[]', '{'])('that %s is no batch, also under a number that was taken', async (body) => {
    const { make, append, read } = streamApp();
    await make('a', JSON_TYPE);
    await append('a', '1', { ...JSON_TYPE, ...as(0, 0) });

    await expectProblemDocument(
      await append('a', body, { ...JSON_TYPE, ...as(0, 0) }),
      400,
      'bad-body',
      'body',
    );
    expect((await append('a', '1', { ...JSON_TYPE, ...as(0, 0) })).status).toBe(204);
    expect(await (await read('a')).json()).toEqual([1]);
  });

  test('what its producer did, then its Stream-Seq', async () => {
    const { make, append } = streamApp();
    await make('a');
    await append('a', '1', { ...as(1, 0), 'stream-seq': 'b' });

    const fenced = await append('a', '1', { ...as(0, 0), 'stream-seq': 'a' });
    const behind = await append('a', '1', { ...as(1, 1), 'stream-seq': 'a' });

    await expectProblemDocument(fenced, 403, 'fenced');
    expect(nextOffset(behind)).toMatch(/_0{15}1$/);
    await expectProblemDocument(behind, 409, 'conflict');
  });
});

test.each([
  ['POST', 'a'],
  ['PUT', 'new'],
])('a packed body of a %s is refused, and nothing of it is kept', async (method, path) => {
  const { make, request, read } = streamApp();
  await make('a', {}, 'x');
  const type = { 'content-type': 'text/plain' };
  const packed = await request(method, path, { ...type, 'content-encoding': 'gzip' }, 'y');

  await expectProblemDocument(packed, 415, 'unsupported-media-type', 'content-encoding');
  expect(await (await read('a')).text()).toBe('x');
  expect((await read('new')).status).toBe(404);
  expect((await request(method, path, { ...type, 'content-encoding': 'Identity' }, 'y')).ok).toBe(true);
});

describe('a producer', () => {
  test('that begins anew with another number than 0 is refused', async () => {
    const { make, append } = streamApp();
    await make('a');
    await append('a', '1', as(0, 0));

    const response = await append('a', '2', as(1, 1));

    await expectProblemDocument(response.clone(), 400, 'bad-parameter');
    expect((await response.json()).detail).toContain('must begin with Producer-Seq 0');
  });

  test('that leaves numbers out waits 80 ms for them, and is told both', async () => {
    const { clock, make, append } = streamApp();
    await make('a');
    await append('a', '1', as(0, 0));
    let status = 0;
    const asking = append('a', '2', as(0, 5)).then((response) => {
      ({ status } = response);
      return response;
    });
    await clock.advance(79);
    const early = status;
    await clock.advance(1);
    const response = await asking;

    expect([early, response.status]).toEqual([0, 409]);
    expect([
      response.headers.get('producer-expected-seq'),
      response.headers.get('producer-received-seq'),
    ]).toEqual(['1', '5']);
    expect((await response.json()).detail).toBe('Producer-Seq 1 comes next, got 5.');
  });

  test('whose batch closed the stream may send it again, and no other, and not with another type', async () => {
    const { make, append } = streamApp();
    await make('a');
    await append('a', 'end', { ...as(0, 0), ...CLOSED });
    const again = await append('a', 'end', { ...as(0, 0), ...CLOSED });

    expect([again.status, again.headers.get('stream-closed'), again.headers.get('producer-seq')]).toEqual([
      204,
      'true',
      '0',
    ]);
    expect((await append('a', 'more', as(0, 1))).status).toBe(409);
    await expectProblemDocument(await append('a', 'end', { ...HTML, ...as(0, 0) }), 409, 'closed');
  });
});

test('a producer that only closes a stream which others have closed is refused, and nobody else is', async () => {
  const { make, request } = streamApp();
  await make('a', CLOSED, 'x');
  const produced = await request('POST', 'a', { ...CLOSED, ...as(0, 2) });

  expect((await request('POST', 'a', CLOSED)).status).toBe(204);
  expect(produced.headers.get('producer-seq')).toBeNull();
  await expectProblemDocument(produced, 409, 'closed');
});

test('a name whose stream is only kept for its forks is taken', async () => {
  const { make, request, read } = streamApp();
  await make('a', {}, 'x');
  await make('b', { 'stream-forked-from': '/v1/stream/a' });
  await request('DELETE', 'a');

  await expectProblemDocument(await make('a'), 409, 'conflict', 'path');
  await expectProblemDocument(await read('a'), 410, 'gone');
  await expectProblemDocument(await request('DELETE', 'a'), 410, 'gone');
  expect(await (await read('b')).text()).toBe('x');
});
