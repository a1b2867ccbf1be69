/** Requests of the Durable Streams protocol, right, nearly right, or hostile: each is answered as the OpenAPI document says, and what is refused changes nothing. */

import fc from 'fast-check';
import { expect, test } from 'vitest';
import { openApi } from '../../local/bundle/openapi.ts';
import { problem } from '../support/http/http.ts';
import { streamApp } from '../support/memory/stream-app.ts';
import { track } from '../support/memory/world.ts';
import { operationsOf } from '../support/repo/openapi.ts';
import { runs, TIMEOUT_MS } from './runs.ts';
import { streamCall, THERE } from './stream-calls.ts';

const DOCUMENTED = new Map(
  operationsOf(openApi())
    .filter(({ path }) => path.startsWith('/v1/stream/'))
    .map(({ method, responses }) => [method, Object.keys(responses).map(Number)]),
);
type App = ReturnType<typeof streamApp>;

async function filled(): Promise<App> {
  const app = streamApp();
  await app.make('notes', {}, 'ab');
  await app.make('docs/json', { 'content-type': 'application/json' }, '[1,{"a":2}]');
  await app.make('docs/closed', { 'stream-closed': 'true' }, 'x');
  await app.make('docs/fork', { 'stream-forked-from': '/v1/stream/notes' }, 'c');
  return app;
}

/** What readers can tell of all streams. */
async function state({ read, request }: App): Promise<unknown> {
  return Promise.all(
    THERE.map(async (name) => {
      const [looked, response] = [await request('HEAD', name), await read(name)];
      return [[...looked.headers], await response.text(), [...response.headers]];
    }),
  );
}

test(
  'a request is answered as documented, and one that is refused leaves every stream as it was',
  async () => {
    const statuses = new Set<number>();
    await fc.assert(
      fc.asyncProperty(streamCall, async ({ method, path, query, headers, body }) => {
        const app = await filled();
        const before = await state(app);
        const address = path.split('/').map(encodeURIComponent).join('/');
        const sent = Object.fromEntries(headers);
        const isBare = method === 'GET' || method === 'HEAD' || body.length === 0;
        const asking = track(
          app.request(
            method,
            `${address}?${new URLSearchParams(query.map(([name, value]) => [name, value]))}`,
            sent,
            isBare ? undefined : body,
          ),
        );
        while (!asking.done) await app.clock.advance(1_000);
        const response = await asking.promise;
        const { status } = response;
        statuses.add(status);

        expect(app.ports.logger.lines.filter(({ level }) => level === 'error')).toEqual([]);
        expect(status).toBeLessThan(500);
        if (DOCUMENTED.has(method)) expect(DOCUMENTED.get(method)).toContain(status);
        if (status >= 400 && method !== 'HEAD') {
          const { detail } = await problem(response.clone());
          expect(String(detail).length).toBeLessThan(400);
        }
        if (status >= 400) expect(await state(app)).toEqual(before);
        expect(app.held.size).toBe(0);
      }),
      runs(400),
    );

    expect([...statuses]).toEqual(expect.arrayContaining([200, 201, 204, 400, 404, 409]));
  },
  TIMEOUT_MS,
);
