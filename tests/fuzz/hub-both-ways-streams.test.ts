/** Whatever is asked of a stream, and however it is spoiled, the hub's fast path answers as its router does. */

import fc from 'fast-check';
import { expect, test } from 'vitest';
import { ASKED_BY_ALL, ASKERS, askedBy, mintTokens } from '../support/stack/askers.ts';
import { bothWays, type Sent } from '../support/stack/both-ways.ts';
import { runs, TIMEOUT_MS } from './runs.ts';
import { streamCall, THERE } from './stream-calls.ts';

/** Most have a good token, or nothing else would be tried. */
const asker = fc.oneof(
  { weight: 9, arbitrary: fc.constantFrom('a program', 'a page of an origin that may') },
  { weight: 1, arbitrary: fc.constantFrom(...ASKERS.map(([name]) => name)) },
);
/** Addresses as they are, and with all that may be escaped. */
const spelling = fc.constantFrom(encodeURI, encodeURIComponent);

/** Made anew where one was deleted, closed or has come to its end. */
const MADE: ReadonlyArray<readonly [name: string, type: string, body: string, more: Sent['headers']]> = [
  ['notes', 'text/plain', 'ab', {}],
  ['docs/json', 'application/json', '[1,{"a":2}]', {}],
  ['docs/closed', 'text/plain', 'x', { 'stream-closed': 'true' }],
  ['docs/fork', 'text/plain', 'c', { 'stream-forked-from': '/v1/stream/notes' }],
];

test(
  "a stream's reader and writer are answered the same by the fast path and by the router",
  async () => {
    const ways = await bothWays(ASKED_BY_ALL);
    const tokens = await mintTokens();
    const door = { authorization: `Bearer ${tokens.usual}` };
    const seen = new Set<number>();
    expect(MADE.map(([name]) => name)).toEqual(THERE);
    try {
      await fc.assert(
        fc.asyncProperty(streamCall, asker, spelling, async (call, who, escaped) => {
          for (const [name, type, body, more] of MADE)
            await ways.ask({
              method: 'PUT',
              address: `/v1/stream/${name}`,
              headers: { ...door, 'content-type': type, ...more },
              body,
            });
          const { method, path, query, headers, body } = call;
          const isBare = method === 'GET' || method === 'HEAD' || body.length === 0;
          const named = path.toWellFormed().split('/').map(escaped).join('/');
          const params = new URLSearchParams(query.map(([name, value]) => [name, value]));
          const sent: Sent = {
            method,
            address: `/v1/stream/${named}?${params}`,
            headers: { ...Object.fromEntries(headers), host: 'hub.test' },
            ...(isBare ? {} : { body }),
          };
          const of = ASKERS.find(([name]) => name === who)?.[1] ?? (() => ({}));

          const { fast, router } = await ways.ask(askedBy(sent, of(tokens)));

          seen.add(router.status);
          expect(fast).toEqual(router);
        }),
        runs(300),
      );
      expect([...seen]).toEqual(expect.arrayContaining([200, 201, 204, 400, 401, 404, 409]));
    } finally {
      await ways.stop();
    }
  },
  TIMEOUT_MS,
);
