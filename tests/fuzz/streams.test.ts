/** Requests of the Durable Streams protocol, right, nearly right, or hostile: each is answered as the OpenAPI document says, and what is refused changes nothing. */

import Ajv from 'ajv/dist/2020.js';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { openApi } from '../../local/bundle/openapi.ts';
import { problem } from '../support/http/http.ts';
import { streamApp } from '../support/memory/stream-app.ts';
import { track } from '../support/memory/world.ts';
import { operationsOf } from '../support/repo/openapi.ts';
import { runs, TIMEOUT_MS } from './runs.ts';
import { streamCall, THERE } from './stream-calls.ts';

const OPERATIONS = operationsOf(openApi()).filter(({ path }) => path.startsWith('/v1/stream/'));
const DOCUMENTED = new Map(
  OPERATIONS.map(({ method, responses }) => [method, Object.keys(responses).map(Number)]),
);
/** What the document says of the body of an answer that has some: by its type, or else of any type. */
const CONTENT = OPERATIONS.find(({ method }) => method === 'GET')?.responses[200]?.content ?? {};
const ajv = new Ajv.default({ strict: false });
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

/** As a generic client reads it: JSON by its type, and anything else as text. */
async function expectDocumentedBody(response: Response): Promise<void> {
  const type = response.headers.get('content-type')?.split(';')[0]?.trim().toLowerCase() ?? '';
  const { schema } = CONTENT[type] ?? CONTENT['*/*'] ?? {};
  if (!schema) throw new Error(`no body of ${type} is documented`);
  const body = await response.text();
  ajv.validate(schema, type === 'application/json' ? JSON.parse(body) : body);
  expect(ajv.errors ?? []).toEqual([]);
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
        if (status === 200 && method === 'GET') await expectDocumentedBody(response.clone());
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
