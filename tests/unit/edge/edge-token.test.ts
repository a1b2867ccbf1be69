/** The function at the edge lets in whom the origin would let read the channel, and nobody else. */

import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { mint } from '../../../lib/auth/mint.ts';
import { PROBLEMS, type ProblemCode } from '../../../lib/protocol/problems.ts';
import { edgeCode, MOST_BYTES, withEdgeCode } from '../../../local/serverless/edge.ts';
import { type EdgeAnswer, edgeRequest, edgeWith, verdictOf } from '../../support/http/edge.ts';
import { REVOKED, ROWS, SECRET, TOKENS } from '../../support/http/token-table.ts';

const PATH = '/v1/shared/doors.3/events';
const ENV = {
  DOORBELL_READ_CLAIM: 'read',
  PUBLIC_CHANNELS: 'weather news.*',
  CORS_ORIGINS: 'https://page.example',
};
const STORE = JSON.stringify({ secrets: [`${SECRET}-newer`, SECRET], revoked: [REVOKED] });
const edge = edgeWith(ENV, STORE);
const polling = ROWS.find(({ path }) => path === '/v1/channels/doors.3/events?maxvid=0&wait=0')?.answers;
/** A shared poll brings the channel as a whole, so whoever may read some of its keys is refused. */
const ofKeys = [
  'some of its keys',
  'some of its keys, read only',
  'one of its keys',
  'a prefix of its keys',
  'prefixes of its keys',
  'all of its keys',
];
const whole: typeof polling = {
  ...polling,
  ...Object.fromEntries(ofKeys.map((kind) => [kind, 'forbidden'])),
};

describe('a token at the edge', () => {
  test.each(Object.keys(TOKENS))(
    '%s is judged as a poll of the whole channel at the origin is',
    async (kind) => {
      const expected = whole[kind];

      const verdict = verdictOf(await edge({ request: edgeRequest(PATH, await TOKENS[kind]?.()) }));

      expect(verdict).toBe(typeof expected === 'number' ? 'passed' : expected);
    },
  );

  test('that is good is not passed on, nor are cookies and ranges', async () => {
    const request = edgeRequest(PATH, await TOKENS.everything?.(), { cookies: { a: { value: 'b' } } });
    request.headers.range = { value: 'bytes=0-1' };
    request.headers.origin = { value: 'https://page.example' };

    expect(await edge({ request })).toEqual({
      ...edgeRequest(PATH),
      headers: { origin: { value: 'https://page.example' } },
    });
  });

  test('that stands twice is refused, and so is one of another scheme', async () => {
    const good = (await TOKENS.everything?.()) ?? '';
    const value = `Bearer ${good}`;
    const twice = { authorization: { value, multiValue: [{ value }, { value }] } };
    const basic = { authorization: { value: 'Basic YTpi' } };
    const ask = async (headers: object) =>
      verdictOf(await edge({ request: { ...edgeRequest(PATH), headers: { ...headers } } }));

    expect([await ask(twice), await ask(basic)]).toEqual(['bad-token', 'no-token']);
  });

  test('is revoked by its subject too', async () => {
    const store = JSON.stringify({ secrets: [SECRET], revoked: ['wall'] });
    const ask = async (client: string) => {
      const token = await mint(SECRET, { read: ['*'], write: [], client, ttlS: 60, now: Date.now() });
      return verdictOf(await edgeWith(ENV, store)({ request: edgeRequest(PATH, token) }));
    };

    expect([await ask('wall'), await ask('desk')]).toEqual(['bad-token', 'passed']);
  });

  test.each([undefined, '', 'null', '{}', '{"secrets":[]}', '{"secrets":"x"}'])(
    'lets nobody in where the store holds %j',
    async (store) => {
      const request = edgeRequest(PATH, await TOKENS.everything?.());

      expect(verdictOf(await edgeWith(ENV, store)({ request }))).toBe('unavailable');
    },
  );

  test('is never taken for good when it is changed in one place', async () => {
    const good = (await TOKENS['read only']?.()) ?? '';
    const change = fc.tuple(fc.nat(good.length - 1), fc.constantFrom(...'ABYZabyz0189-_.='));
    await fc.assert(
      fc.asyncProperty(change, async ([at, character]) => {
        fc.pre(good[at] !== character);
        const token = `${good.slice(0, at)}${character}${good.slice(at + 1)}`;
        expect(verdictOf(await edge({ request: edgeRequest(PATH, token) }))).not.toBe('passed');
      }),
    );
  });
});

describe('the edge', () => {
  test.each([
    ['/v1/shared/weather/events', 'passed'],
    ['/v1/shared/news.today/events', 'passed'],
    ['/v1/shared/news/events', 'no-token'],
    ['/v1/shared/weather.more/events', 'no-token'],
    ['/v1/shared/we%61ther/events', 'not-found'],
    ['/v1/shared/weather/events/', 'not-found'],
    ['/v1/shared/weather/../doors/events', 'not-found'],
  ])('says of %s without a token: %s', async (uri, verdict) => {
    expect(verdictOf(await edge({ request: edgeRequest(uri) }))).toBe(verdict);
  });

  test.each(['HEAD', 'POST'])('refuses %s, and passes on what a page asks before it asks', async (method) => {
    const ask = (how: string) => edge({ request: edgeRequest(PATH, undefined, { method: how }) });

    expect([verdictOf(await ask(method)), verdictOf(await ask('OPTIONS'))]).toEqual([
      'method-not-allowed',
      'passed',
    ]);
  });

  test('refuses as the origin does, so that pages understand it, and lets nothing be kept', async () => {
    for (const kind of ['none', 'expired', 'other channel']) {
      const request = edgeRequest(PATH, await TOKENS[kind]?.());
      request.headers.origin = { value: 'https://page.example' };

      const answer = (await edge({ request })) as EdgeAnswer;

      const { status, title } = PROBLEMS[verdictOf(answer) as ProblemCode];
      expect(JSON.parse(answer.body)).toMatchObject({ status, title, detail: expect.any(String) });
      expect(answer.statusCode).toBe(status);
      expect(answer.headers).toMatchObject({
        'cache-control': { value: 'no-store' },
        'content-type': { value: 'application/problem+json' },
        'access-control-allow-origin': { value: 'https://page.example' },
      });
    }
  });

  test('says nothing to pages of other origins', async () => {
    const request = edgeRequest(PATH);
    request.headers.origin = { value: 'https://evil.example' };

    expect(((await edge({ request })) as EdgeAnswer).headers).not.toHaveProperty(
      'access-control-allow-origin',
    );
  });
});

describe('the code at the edge', () => {
  test('has nothing that its runtime does not know, and nothing that CloudFormation would replace', () => {
    const code = edgeCode(ENV);

    // docs: "JavaScript runtime 2.0 features for CloudFront Functions".
    expect(code).not.toMatch(
      /\?\.|\?\?|\.\.\.|\bclass\b|\bfor *\([^)]* of |(?:const|let|var) *[{[]|`|catch *\{/,
    );
    expect(code).not.toMatch(/\$\{|EDGE_/);
  });

  test('is as short as it must be, or the deploy is refused', () => {
    expect(Buffer.byteLength(edgeCode(ENV))).toBeLessThan(MOST_BYTES);
    expect(() => edgeCode({ ...ENV, PUBLIC_CHANNELS: 'x'.repeat(9_000) })).toThrow('at most 10240 bytes');
  });

  test('stands in the template where there is a CDN', () => {
    const poll = { environment: ENV };
    const Resources = { EdgeFunction: { Type: 'AWS::CloudFront::Function', Properties: { Name: 'edge' } } };

    const { EdgeFunction } = withEdgeCode({ Resources }, { functions: { poll } }).Resources;

    expect(EdgeFunction?.Properties).toEqual({ Name: 'edge', FunctionCode: edgeCode(ENV) });
    expect(withEdgeCode({ Resources: {} }, { functions: { poll } })).toEqual({ Resources: {} });
  });
});
