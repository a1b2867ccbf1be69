/** What holds for every answer, whatever the route: who may ask from a page, and how long an address may be. */

import { describe, expect, test } from 'vitest';
import { type Access, createApp } from '../../../lib/http/app.ts';
import { LIMITS } from '../../../lib/protocol/doorbell.ts';
import { expectProblemDocument } from '../../support/http/problems.ts';
import { MemoryLogger } from '../../support/memory/doubles.ts';
import { everyone } from '../../support/memory/everyone.ts';
import { SeededChance } from '../../support/time/clock.ts';

const PAGE = 'https://page.example';

function serve(access: Partial<Access> = {}) {
  return createApp({ logger: new MemoryLogger(), random: new SeededChance() }, { ...everyone, ...access }, [
    (routes) => routes.get('/v1/echo', (c) => c.text('here')),
  ]);
}

const from = (origin: string) => ({ headers: { origin } });
const preflight = (origin: string) => ({
  method: 'OPTIONS',
  headers: { origin, 'access-control-request-method': 'DELETE' },
});
const listOf = (headers: Headers, name: string) => headers.get(name)?.split(/, ?/).sort();

describe('a page of another origin', () => {
  test('is let in where its origin is named, and may see when to come again and why it was refused', async () => {
    const { headers } = await serve({ corsOrigins: [PAGE] }).request('/v1/echo', from(PAGE));

    expect(headers.get('access-control-allow-origin')).toBe(PAGE);
    expect(listOf(headers, 'access-control-expose-headers')).toEqual(
      expect.arrayContaining(['Retry-After', 'WWW-Authenticate']),
    );
  });

  test('is not let in where another one is named', async () => {
    const { headers } = await serve({ corsOrigins: [PAGE] }).request(
      '/v1/echo',
      from('https://other.example'),
    );

    expect(headers.get('access-control-allow-origin')).toBeNull();
  });

  test('is let in where every origin is', async () => {
    const { headers } = await serve({ corsOrigins: ['*'] }).request(
      '/v1/echo',
      from('https://other.example'),
    );

    expect(headers.get('access-control-allow-origin')).toBe('*');
  });

  test('never brings cookies of its own', async () => {
    const { headers } = await serve({ corsOrigins: [PAGE] }).request('/v1/echo', preflight(PAGE));

    expect(headers.get('access-control-allow-credentials')).toBeNull();
  });

  test('may send what the protocol asks for, and what is named besides', async () => {
    const asked = (corsHeaders?: string[]) =>
      serve({ corsOrigins: [PAGE], ...(corsHeaders ? { corsHeaders } : {}) }).request(
        '/v1/echo',
        preflight(PAGE),
      );
    const { status, headers } = await asked();
    const more = (await asked(['X-Trace-Id'])).headers;
    const own = listOf(headers, 'access-control-allow-headers') ?? [];

    expect([status, headers.get('access-control-max-age')]).toEqual([204, '600']);
    expect(own).toEqual(expect.arrayContaining(['Authorization', 'Content-Type']));
    expect(listOf(more, 'access-control-allow-headers')).toEqual([...own, 'X-Trace-Id'].sort());
    expect(listOf(headers, 'access-control-allow-methods')).toEqual(
      expect.arrayContaining(['DELETE', 'GET', 'POST']),
    );
  });

  test('is told nothing where no origin is named: a preflight is a method that is not taken', async () => {
    const { headers, status } = await serve().request('/', preflight(PAGE));

    expect([status, headers.get('allow')]).toEqual([405, 'GET']);
    expect(headers.get('access-control-allow-methods')).toBeNull();
  });
});

describe('an address', () => {
  /** Of so many characters in all. */
  const address = (length: number) => `http://localhost/v1/echo?`.padEnd(length, 'x');

  test('may have as many characters as there may be', async () => {
    expect((await serve().request(address(LIMITS.addressChars))).status).toBe(200);
  });

  test('with one more is refused, in whatever part they are', async () => {
    const response = await serve().request(address(LIMITS.addressChars + 1));

    await expectProblemDocument(response.clone(), 414, 'uri-too-long', 'query');
    expect(await response.text()).toContain(`got ${LIMITS.addressChars + 1}.`);
  });

  test('that leads nowhere is told apart from one that takes other methods', async () => {
    const [nowhere, elsewhere] = [
      await serve().request('/nothing'),
      await serve().request('/healthz', { method: 'PUT' }),
    ];

    expect(nowhere.headers.get('allow')).toBeNull();
    await expectProblemDocument(nowhere, 404, 'not-found');
    await expectProblemDocument(elsewhere, 405, 'method-not-allowed');
  });
});
