/** Requests of the Durable Streams protocol, right, nearly right, or hostile: each is answered as the OpenAPI document says, and what is refused changes nothing. */

import fc from 'fast-check';
import { expect, test } from 'vitest';
import { openApi } from '../../local/bundle/openapi.ts';
import { problem } from '../support/http/http.ts';
import { streamApp } from '../support/memory/stream-app.ts';
import { track } from '../support/memory/world.ts';
import { operationsOf } from '../support/repo/openapi.ts';
import { runs, TIMEOUT_MS } from './runs.ts';
import { anyText, texts } from './texts.ts';

const METHODS = ['GET', 'HEAD', 'PUT', 'POST', 'DELETE'] as const;
const DOCUMENTED = new Map(
  operationsOf(openApi())
    .filter(({ path }) => path.startsWith('/v1/stream/'))
    .map(({ method, responses }) => [method, Object.keys(responses).map(Number)]),
);
/** Streams that are there before. */
const THERE = ['notes', 'docs/json', 'docs/closed', 'docs/fork'];

/** What a header can carry at all: the rest no client can send. */
const headerText = anyText.map((text) => text.replace(/[^\t\x20-\x7e\x80-\xff]/g, '').trim());
const numberText = fc.oneof(
  fc.constantFrom('0', '1', '2', '-1', '007', '1e3', '9007199254740991', '9007199254740992', ' 1'),
  fc.nat().map(String),
  headerText,
);
const offset = fc.oneof(
  fc.constantFrom('-1', 'now', '0000000000000000_0000000000000000', '0000000000000001_0000000000000001', ''),
  headerText,
);
const header = fc.oneof(
  fc.tuple(
    fc.constant('content-type'),
    fc.oneof(fc.constantFrom('text/plain', 'application/json', 'Application/JSON; a=b', ';', ''), headerText),
  ),
  fc.tuple(fc.constant('stream-closed'), fc.oneof(fc.constantFrom('true', 'TRUE', 'false'), headerText)),
  fc.tuple(
    fc.constantFrom('stream-ttl', 'producer-epoch', 'producer-seq', 'stream-fork-sub-offset'),
    numberText,
  ),
  fc.tuple(
    fc.constant('stream-expires-at'),
    fc.oneof(
      fc.constantFrom('2030-01-01T00:00:00Z', '2020-01-01T00:00:00Z', '9999-99-99T00:00:00Z'),
      headerText,
    ),
  ),
  fc.tuple(fc.constantFrom('producer-id', 'stream-seq', 'if-none-match'), headerText),
  fc.tuple(
    fc.constant('stream-forked-from'),
    fc.oneof(fc.constantFrom(...THERE.map((name) => `/v1/stream/${name}`), '/v1/stream/../a'), headerText),
  ),
  fc.tuple(fc.constant('stream-fork-offset'), offset),
);
const producer = fc.constant([
  ['producer-id', 'p'],
  ['producer-epoch', '0'],
  ['producer-seq', '0'],
] as ReadonlyArray<readonly [string, string]>);
const parameter = fc.oneof(
  fc.tuple(fc.constant('offset'), offset),
  fc.tuple(fc.constant('live'), fc.oneof(fc.constantFrom('long-poll', 'sse', ''), anyText)),
  fc.tuple(fc.constantFrom('cursor', 'other', 'offset', 'live'), anyText),
);
const call = fc.record({
  method: fc.constantFrom(...METHODS),
  path: fc.oneof(
    { weight: 4, arbitrary: fc.constantFrom(...THERE, 'new', 'docs/new') },
    { weight: 1, arbitrary: anyText },
  ),
  query: fc.array(parameter, { maxLength: 3 }),
  headers: fc
    .tuple(fc.array(header, { maxLength: 4 }), fc.oneof(fc.constant([]), producer))
    .map(([some, all]) => [...some, ...all]),
  body: fc.oneof(
    fc.constant(''),
    texts.map((text) => new TextEncoder().encode(text)),
    fc.uint8Array({ maxLength: 40 }).map((bytes) => Uint8Array.from(bytes)),
  ),
});

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
      fc.asyncProperty(call, async ({ method, path, query, headers, body }) => {
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
