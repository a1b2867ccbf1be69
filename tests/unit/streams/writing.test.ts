/** Making a stream, appending to it, closing and deleting it. */

import { describe, expect, test } from 'vitest';
import { LIMITS } from '../../../lib/protocol/doorbell.ts';
import { expectProblemDocument } from '../../support/http/problems.ts';
import { nextOffset, streamApp } from '../../support/memory/stream-app.ts';

describe('making a stream', () => {
  test('says where it is, of what it is, and where it ends', async () => {
    const { make } = streamApp();

    const { status, headers } = await make('a/b', {}, 'hello');

    expect(status).toBe(201);
    expect(headers.get('location')).toBe('http://localhost/v1/stream/a/b');
    expect(headers.get('content-type')).toBe('text/plain');
    expect(headers.get('stream-next-offset')).toMatch(/^\d{16}_0{15}5$/);
  });

  test('once more finds it, where it is asked for as it is', async () => {
    const { make } = streamApp();
    const made = await make('notes', { 'stream-ttl': '60' });
    const again = await make('notes', { 'stream-ttl': '60' });

    expect([again.status, nextOffset(again)]).toEqual([200, nextOffset(made)]);
    expect(again.headers.get('location')).toBeNull();
  });

  test.each([
    { what: 'another content type', headers: { 'content-type': 'text/html' }, says: 'content type' },
    { what: 'another time to live', headers: { 'stream-ttl': '61' }, says: 'Stream-TTL' },
    { what: 'an end', headers: { 'stream-expires-at': '2030-01-01T00:00:00Z' }, says: 'Stream-Expires-At' },
    { what: 'its end at once', headers: { 'stream-closed': 'true' }, says: 'closed or open' },
  ])('with $what than it has is a conflict that says so', async ({ headers, says }) => {
    const { make } = streamApp();
    await make('notes');

    const response = await make('notes', headers as Record<string, string>);

    await expectProblemDocument(response.clone(), 409, 'conflict', 'path');
    expect(await response.text()).toContain(says);
  });

  test.each([
    ['stream-ttl', '-1'],
    ['stream-ttl', '1.5'],
    ['stream-ttl', '007'],
    ['stream-ttl', '10000000001'],
    ['stream-expires-at', 'tomorrow'],
    ['stream-expires-at', `2026-01-31T12:00:00.${'0'.repeat(256)}Z`],
    ['content-type', `text/plain; x=${'x'.repeat(256)}`],
    ['stream-expires-at', '2026-13-01T00:00:00Z'],
  ])('with %s of %s is refused', async (name, value) => {
    await expectProblemDocument(
      await streamApp().make('notes', { [name]: value }),
      400,
      'bad-parameter',
      name,
    );
  });

  test('whose time is over leaves the name to a new one, whose offsets are others', async () => {
    const { clock, make, read } = streamApp();
    const old = await make('notes', { 'stream-ttl': '60' }, 'old');
    await clock.advance(60_000);
    const gone = await read('notes');
    const fresh = await make('notes', {}, 'new');

    expect([gone.status, fresh.status]).toEqual([404, 201]);
    await expectProblemDocument(await read('notes', `?offset=${nextOffset(old)}`), 410, 'gone', 'offset');
    expect(await (await read('notes')).text()).toBe('new');
  });

  test('that is read lives on', async () => {
    const { clock, make, read } = streamApp();
    await make('notes', { 'stream-ttl': '60' }, 'a');
    for (let i = 0; i < 5; i++) {
      await clock.advance(50_000);
      expect((await read('notes')).status).toBe(200);
    }
  });
});

describe('appending', () => {
  test.each([
    { what: 'nothing', body: '', headers: {}, status: 400, type: 'bad-body' },
    {
      what: 'another content type',
      body: 'x',
      headers: { 'content-type': 'text/html' },
      status: 409,
      type: 'conflict',
    },
  ])('$what is refused', async ({ body, headers, status, type }) => {
    const { make, append, read } = streamApp();
    await make('notes', {}, 'a');

    await expectProblemDocument(await append('notes', body, headers as Record<string, string>), status, type);
    expect(await (await read('notes')).text()).toBe('a');
  });

  test('a body of as many messages as it may hold is taken, and one more is refused', async () => {
    const { make, append, request, read } = streamApp();
    const json = { 'content-type': 'application/json' };
    const most = JSON.stringify(Array(LIMITS.appendMessages).fill(1));
    const more = JSON.stringify(Array(LIMITS.appendMessages + 1).fill(1));
    await make('numbers', json);

    expect((await append('numbers', most, json)).status).toBe(204);
    await expectProblemDocument(await append('numbers', more, json), 413, 'too-large', 'body');
    await expectProblemDocument(await request('PUT', 'others', json, more), 413, 'too-large', 'body');
    expect(await (await read('numbers')).json()).toHaveLength(LIMITS.appendMessages);
  });

  test('to what is not there is refused', async () => {
    await expectProblemDocument(await streamApp().append('notes', 'x'), 404, 'not-found');
  });

  test('under a Stream-Seq takes what comes after the last one only', async () => {
    const { make, append, read } = streamApp();
    await make('notes');
    const statuses = [];
    for (const seq of ['01', '02', '02', '01', '03'])
      statuses.push((await append('notes', seq, { 'stream-seq': seq })).status);

    expect(statuses).toEqual([204, 204, 409, 409, 204]);
    expect(await (await read('notes')).text()).toBe('010203');
  });
});

describe('a producer', () => {
  const as = (epoch: number, seq: number) => ({
    'producer-id': 'p',
    'producer-epoch': String(epoch),
    'producer-seq': String(seq),
  });

  test('that sends a batch again appends it once', async () => {
    const { make, append, read } = streamApp();
    await make('notes');
    const [first, again] = [await append('notes', 'a', as(0, 0)), await append('notes', 'a', as(0, 0))];

    expect([first.status, again.status]).toEqual([200, 204]);
    expect([first.headers.get('producer-epoch'), first.headers.get('producer-seq')]).toEqual(['0', '0']);
    expect(nextOffset(again)).toBe(nextOffset(first));
    expect(await (await read('notes')).text()).toBe('a');
  });

  test('of an older session is kept out', async () => {
    const { make, append } = streamApp();
    await make('notes');
    await append('notes', 'a', as(1, 0));

    const response = await append('notes', 'b', as(0, 1));

    expect(response.headers.get('producer-epoch')).toBe('1');
    await expectProblemDocument(response, 403, 'fenced');
  });

  test('that leaves a batch out is told which one comes next, after a moment', async () => {
    const { clock, make, append } = streamApp();
    await make('notes');
    const appending = append('notes', 'b', as(0, 1));
    await clock.advance(1_000);
    const { status, headers } = await appending;

    expect([status, headers.get('producer-expected-seq'), headers.get('producer-received-seq')]).toEqual([
      409,
      '0',
      '1',
    ]);
  });

  test('whose batch comes before its turn is waited for', async () => {
    const { clock, make, append, read } = streamApp();
    await make('notes');
    const second = append('notes', 'b', as(0, 1));
    await clock.advance(20);
    await append('notes', 'a', as(0, 0));
    await clock.advance(1_000);

    expect((await second).status).toBe(200);
    expect(await (await read('notes')).text()).toBe('ab');
  });

  test.each([
    { what: 'no session', headers: { 'producer-id': 'p', 'producer-seq': '0' }, field: 'producer-id' },
    { what: 'a blank name', headers: { ...as(0, 0), 'producer-id': ' ' }, field: 'producer-id' },
    { what: 'a number that is none', headers: { ...as(0, 0), 'producer-seq': '-1' }, field: 'producer-seq' },
  ])('with $what is refused', async ({ headers, field }) => {
    const { make, append } = streamApp();
    await make('notes');

    const { status, ...response } = await append('notes', 'a', headers as Record<string, string>).then(
      async (one) => ({
        status: one.status,
        ...((await one.json()) as { field: string }),
      }),
    );

    expect([status, response.field]).toEqual([400, field]);
  });
});

describe('the end', () => {
  test('comes with a last message, and nothing after it', async () => {
    const { make, append, read } = streamApp();
    await make('notes');
    const closed = await append('notes', 'end', { 'stream-closed': 'true' });
    const late = await append('notes', 'more');

    expect([closed.status, closed.headers.get('stream-closed')]).toEqual([204, 'true']);
    expect([late.status, late.headers.get('stream-closed'), nextOffset(late)]).toEqual([
      409,
      'true',
      nextOffset(closed),
    ]);
    const response = await read('notes');
    expect([await response.text(), response.headers.get('stream-closed')]).toEqual(['end', 'true']);
  });

  test.each([['{'], ['[]'], ['[1'], ['"\u0000']])(
    'is told to a producer before that %s is no batch',
    async (body) => {
      const { make, append } = streamApp();
      const json = { 'content-type': 'application/json' };
      await make('notes', { ...json, 'stream-closed': 'true' });
      const producer = { 'producer-id': 'p', 'producer-epoch': '0', 'producer-seq': '0' };

      const response = await append('notes', body, { ...json, ...producer });

      expect([response.status, response.headers.get('stream-closed')]).toEqual([409, 'true']);
    },
  );

  test('may be told twice', async () => {
    const { make, request } = streamApp();
    await make('notes');
    const close = () => request('POST', 'notes', { 'stream-closed': 'true' });

    expect([(await close()).status, (await close()).status]).toEqual([204, 204]);
  });

  test('of a stream that is deleted is for readers and writers', async () => {
    const { make, append, read, request } = streamApp();
    await make('notes', {}, 'a');

    expect((await request('DELETE', 'notes')).status).toBe(204);

    for (const response of [
      await read('notes'),
      await append('notes', 'b'),
      await request('DELETE', 'notes'),
    ])
      await expectProblemDocument(response, 404, 'not-found');
  });
});
