/** Whatever is asked, and however it is spoiled, the hub's fast path answers as its router does. */

import fc from 'fast-check';
import { expect, test } from 'vitest';
import { mint } from '../../lib/auth/mint.ts';
import { BORN } from '../support/memory/memory-app.ts';
import { bothWays, type Sent } from '../support/stack/both-ways.ts';
import { addressOf, validCall } from './arbitraries.ts';
import { PATIENCE_MS, runs } from './runs.ts';
import { spoiled } from './spoils.ts';

const SECRET = 'the-secret-of-these-hubs-0123456789';
const ORIGIN = 'https://dashboards.example';

/** What an HTTP client would not send as it is. */
const isSendable = ({ method, address, headers, body }: Sent) =>
  /^[A-Z]+$/.test(method) &&
  /^\/[!-~]*$/.test(address) &&
  !address.startsWith('//') &&
  !(body && (method === 'GET' || method === 'HEAD')) &&
  !['host', 'content-length', 'transfer-encoding', 'expect', 'upgrade', 'connection'].some(
    (name) => name in headers,
  ) &&
  !Object.values(headers).some((value) => value.trim() !== value);

const calls = fc
  .oneof(
    validCall.map((call) => ({ call, spoils: [] })),
    spoiled.map(([call, spoils]) => ({ call, spoils })),
  )
  .chain(({ call, spoils }) =>
    fc.record({
      origin: fc.constantFrom(undefined, ORIGIN, 'https://other.example'),
      accept: fc.constantFrom(undefined, 'application/json', 'text/event-stream', 'Text/Event-Stream, */*'),
      last: fc.constantFrom(undefined, '', '1', '99', 'x'),
      sent: fc.constant({ call, spoils }),
    }),
  );

test(
  'the fast path and the router answer the same',
  async () => {
    const env = {
      DOORBELL_SECRET: SECRET,
      CORS_ORIGINS: ORIGIN,
      DOORBELL_TOKEN_QUERY: 'true',
      REPEATS_PER_SECOND: '1000',
    };
    const ways = await bothWays(env);
    const token = await mint(SECRET, { read: ['*'], write: ['*'], ttlS: 3_600, now: Date.now() });
    const authorization = `Bearer ${token}`;
    const address = `/v1/channels/${BORN}/events`;
    const json = { 'content-type': 'application/json' };
    const seen = new Set<number>();
    try {
      await ways.ask({
        method: 'POST',
        address,
        headers: { authorization, ...json },
        body: '[{"data":1},{"data":2}]',
      });
      await fc.assert(
        fc.asyncProperty(calls, async ({ origin, accept, last, sent: { call, spoils } }) => {
          const type = call.type === undefined ? {} : { 'content-type': call.type };
          const asked = {
            ...(origin === undefined ? {} : { origin }),
            ...(accept === undefined ? {} : { accept }),
            ...(last === undefined ? {} : { 'last-event-id': last }),
          };
          const valid: Sent = {
            method: call.operation.method,
            address: addressOf(call),
            headers: { ...Object.fromEntries(call.headers), authorization, ...type, ...asked },
            ...(call.body === undefined ? {} : { body: call.body }),
          };
          const sent = spoils.reduce<Sent>((one, spoil) => spoil(one as never), valid);
          fc.pre(isSendable(sent));

          const { fast, router } = await ways.ask(sent);

          seen.add(router.status);
          expect(fast).toEqual(router);
        }),
        runs(400),
      );
      expect([...seen]).toEqual(expect.arrayContaining([200, 201, 400, 401, 404, 405, 409]));
    } finally {
      await ways.stop();
    }
  },
  PATIENCE_MS,
);
