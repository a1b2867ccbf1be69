/** The CDN of a deploy, as the packaged template has it: what is in its caches' keys, what it keeps, and who is asked before it. */

import { beforeAll, expect, test } from 'vitest';
import { ROUTES } from '../../lib/http/routes.ts';
import { edgeCode } from '../../local/serverless/edge.ts';
import { packaged } from '../support/repo/packaged.ts';
import type { Template } from '../support/repo/template.ts';

const PARTS = [
  'EdgeDistribution',
  'EdgeFunction',
  'EdgeTokens',
  'PageCachePolicy',
  'PassCachePolicy',
  'SharedCachePolicy',
];

/** What needs no token, but for the look whether the service is well. */
const OPEN = [ROUTES.page, ROUTES.client, ROUTES.more, ROUTES.openapi].map(({ path }) => path);

interface Behavior {
  readonly PathPattern?: string;
  readonly CachePolicyId: { readonly Ref: string };
  readonly FunctionAssociations?: readonly unknown[];
  readonly OriginRequestPolicyId?: string;
}
interface Distribution {
  readonly Origins: ReadonlyArray<{
    readonly Id: string;
    readonly ConnectionAttempts: number;
    readonly OriginCustomHeaders?: unknown;
  }>;
  readonly DefaultCacheBehavior: Behavior;
  readonly CacheBehaviors: readonly Behavior[];
  readonly CustomErrorResponses: ReadonlyArray<{ readonly ErrorCachingMinTTL: number }>;
}
interface Policy {
  readonly MinTTL: number;
  readonly MaxTTL: number;
  readonly ParametersInCacheKeyAndForwardedToOrigin: {
    readonly HeadersConfig: { readonly Headers: readonly string[] };
    readonly CookiesConfig: { readonly CookieBehavior: string };
    readonly QueryStringsConfig: { readonly QueryStringBehavior: string };
  };
}

let template: Template;
let cdn: Distribution;
beforeAll(async () => {
  ({ template } = await packaged());
  cdn = template.Resources.EdgeDistribution?.Properties.DistributionConfig as Distribution;
}, 120_000);

const policy = (id: string) => template.Resources[id]?.Properties.CachePolicyConfig as Policy;

test('a CDN is there only where one is asked for', () => {
  for (const id of PARTS) expect(template.Resources[id]?.Condition).toBe('HasCdn');
});

test('the key of a shared poll is its address and the origin of a page: no token, no cookie', () => {
  const [shared] = cdn.CacheBehaviors;
  const { MinTTL, ParametersInCacheKeyAndForwardedToOrigin: key } = policy('SharedCachePolicy');

  expect(shared).toMatchObject({ PathPattern: '/v1/shared/*', CachePolicyId: { Ref: 'SharedCachePolicy' } });
  // It would send headers that are not in the key.
  expect(shared).not.toHaveProperty('OriginRequestPolicyId');
  expect(MinTTL).toBe(0);
  expect(key).toMatchObject({
    HeadersConfig: { Headers: ['Origin'] },
    CookiesConfig: { CookieBehavior: 'none' },
    QueryStringsConfig: { QueryStringBehavior: 'all' },
  });
});

test('the key of everything else has the token, and nothing is kept that says no-store', () => {
  const { MinTTL, ParametersInCacheKeyAndForwardedToOrigin: key } = policy('PassCachePolicy');

  expect(cdn.DefaultCacheBehavior.CachePolicyId).toEqual({ Ref: 'PassCachePolicy' });
  expect(MinTTL).toBe(0);
  expect(key.HeadersConfig.Headers).toContain('Authorization');
  expect(key.CookiesConfig.CookieBehavior).toBe('all');
});

test('the page and the client are kept for a minute, whatever a reader sends, and nothing below /v1 is', () => {
  const { MinTTL, MaxTTL, ParametersInCacheKeyAndForwardedToOrigin: key } = policy('PageCachePolicy');
  const kept = cdn.CacheBehaviors.filter(({ CachePolicyId }) => CachePolicyId.Ref === 'PageCachePolicy');

  expect(kept.map(({ PathPattern }) => PathPattern)).toEqual(OPEN);
  expect(kept.filter((behavior) => 'OriginRequestPolicyId' in behavior)).toEqual([]);
  expect([MinTTL, MaxTTL]).toEqual([60, 60]);
  expect(key).toMatchObject({
    HeadersConfig: { Headers: ['Origin'] },
    CookiesConfig: { CookieBehavior: 'none' },
    QueryStringsConfig: { QueryStringBehavior: 'none' },
  });
});

test('what passes through to the API says that shared polls are held in front of it', () => {
  const [api] = cdn.Origins;

  expect(api?.OriginCustomHeaders).toEqual([{ HeaderName: 'Doorbell-Front', HeaderValue: 'shared' }]);
});

test('tokens are checked before the cache of shared polls, by the code that the tests run', () => {
  expect(cdn.CacheBehaviors[0]?.FunctionAssociations).toEqual([
    { EventType: 'viewer-request', FunctionARN: { 'Fn::GetAtt': ['EdgeFunction', 'FunctionARN'] } },
  ]);
  expect(template.Resources.EdgeFunction?.Properties).toMatchObject({
    FunctionCode: edgeCode({ DOORBELL_READ_CLAIM: 'read', PUBLIC_CHANNELS: 'weather' }),
    FunctionConfig: { Runtime: 'cloudfront-js-2.0' },
  });
});

test('only the origin of shared polls is asked with the token of the distribution, each origin once', () => {
  const [api, shared] = cdn.Origins;

  expect(JSON.stringify(api)).not.toContain('Authorization');
  expect(JSON.stringify(shared)).toContain(
    'Bearer {{resolve:secretsmanager:doorbell/prod/edge-token:SecretString}}',
  );
  expect(cdn.Origins.map(({ ConnectionAttempts }) => ConnectionAttempts)).toEqual([1, 1]);
});

test('no refusal is kept', () => {
  for (const { ErrorCachingMinTTL } of cdn.CustomErrorResponses) expect(ErrorCachingMinTTL).toBe(0);
});

test('a long hold is asked of the function itself, at an address that only the distribution may ask', () => {
  const [, shared] = cdn.Origins as unknown as ReadonlyArray<Readonly<Record<string, unknown>>>;
  const made = ['PollUrl', 'PollUrlSigning', 'PollUrlPermission', 'PollUrlInvokePermission'];

  for (const id of made) expect(template.Resources[id]?.Condition).toBe('HasLongHold');
  expect(template.Resources.PollUrl?.Properties).toMatchObject({ AuthType: 'AWS_IAM' });
  for (const id of made.slice(2)) {
    const { Principal, SourceArn } = template.Resources[id]?.Properties ?? {};
    expect([Principal, JSON.stringify(SourceArn)]).toEqual([
      'cloudfront.amazonaws.com',
      // biome-ignore lint/suspicious/noTemplateCurlyInString: CloudFormation's own.
      expect.stringContaining('distribution/${EdgeDistribution}'),
    ]);
  }
  expect(shared).toMatchObject({
    OriginAccessControlId: {
      'Fn::If': ['HasLongHold', { 'Fn::GetAtt': ['PollUrlSigning', 'Id'] }, expect.anything()],
    },
    CustomOriginConfig: { 'Fn::If': ['HasLongHold', { OriginReadTimeout: 60 }, { OriginReadTimeout: 30 }] },
  });
});
