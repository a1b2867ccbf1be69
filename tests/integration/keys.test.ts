/** Where keys come from is configuration only: Parameter Store, or an identity provider whose tokens look as Cognito's and Auth0's do. */

import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { exportJWK, generateKeyPair, type JWTPayload, SignJWT } from 'jose';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { mint } from '../../lib/auth/mint.ts';
import { type LocalStack, startLocalStack } from '../../local/emulators/stack.ts';
import { eventsPath, posting, publish } from '../support/http/http.ts';
import { parameterStore } from '../support/http/parameters.ts';
import { expectProblemDocument } from '../support/http/problems.ts';
import { freshClients, startProcess, type TestProcess } from '../support/stack/process.ts';
import { WAIT_MS } from '../support/time/limits.ts';

let stack: LocalStack;
beforeAll(async () => {
  stack = await startLocalStack();
  await publish(startProcess(stack).app, 'doors', { data: 1 });
});
afterAll(() => stack.stop());

const EVENTS = eventsPath('doors', { maxvid: 0, wait: 0 });
const read = (app: TestProcess['app'], token: string, path = EVENTS) =>
  app.request(path, { headers: { authorization: `Bearer ${token}` } });

describe('a secret in Parameter Store', () => {
  const NAME = '/doorbell/test/secret';
  const SECRET = 'the-secret-of-these-tests-0123456789';
  const OLD = 'the-secret-that-was-before-0123456789';
  const token = (secret: string) => mint(secret, { read: ['doors'], write: [], ttlS: 60, now: Date.now() });
  const serving = (value?: string) =>
    startProcess(stack, {
      env: { DOORBELL_SECRET_PARAMETER: NAME },
      clients: { ...freshClients(stack), ssm: parameterStore(value === undefined ? {} : { [NAME]: value }) },
    });

  test('checks tokens; while it is replaced both are good', async () => {
    const { app } = serving(`${SECRET}\n${OLD}\n`);

    expect((await read(app, await token(SECRET))).status).toBe(200);
    expect((await read(app, await token(OLD))).status).toBe(200);
    await expectProblemDocument(await read(app, await token(`${SECRET}!`)), 401, 'bad-token');
  });

  test.each([
    ['is not there', undefined, /ParameterNotFound: SSM refused the call/],
    [
      'is too short',
      'short',
      /parameter \/doorbell\/test\/secret: secret 1 must be at least 32 bytes long, got 5/,
    ],
    ['is empty', ' \n', /holds no secret/],
  ])('that %s lets nobody in, and the log says why', async (_, value, reason) => {
    const { app, logged } = serving(value);

    await expectProblemDocument(await read(app, await token(SECRET)), 503, 'unavailable');
    expect(logged).toEqual([
      {
        level: 'error',
        message: 'the shared secret cannot be read, so nobody is let in',
        fields: { reason: expect.stringMatching(reason) },
      },
    ]);
  });
});

describe('an identity provider', () => {
  const pairs = { rsa: generateKeyPair('RS256'), ec: generateKeyPair('ES256') };
  let isUp = true;
  const provider = createServer(async (_, response) => {
    const keys = await Promise.all(
      Object.entries(pairs).map(async ([kid, pair]) => {
        return { ...(await exportJWK((await pair).publicKey)), kid, use: 'sig' };
      }),
    );
    response.writeHead(isUp ? 200 : 503).end(JSON.stringify({ keys }));
  });
  let url = '';
  beforeAll(async () => {
    provider.listen(0, '127.0.0.1');
    await once(provider, 'listening');
    url = `http://127.0.0.1:${(provider.address() as AddressInfo).port}/.well-known/jwks.json`;
  });
  afterAll(() => void provider.close());

  const exp = () => Math.floor(Date.now() / 1000) + 60;
  const sign = async (kid: keyof typeof pairs, payload: JWTPayload) =>
    new SignJWT({ exp: exp(), ...payload })
      .setProtectedHeader({ alg: kid === 'ec' ? 'ES256' : 'RS256', kid })
      .sign((await pairs[kid]).privateKey);
  const serving = (env: Record<string, string>) =>
    startProcess(stack, { env: { DOORBELL_JWKS_URL: url, ...env } });

  test('such as Cognito: an access token to which its trigger added aud and channels', async () => {
    const issuer = 'https://cognito-idp.eu-west-1.amazonaws.com/eu-west-1_pool';
    const { app } = serving({ DOORBELL_ISSUER: issuer, DOORBELL_AUDIENCE: 'app-client' });
    const sub = '0b1c2d3e-aaaa-4bbb-8ccc-1234567890ab';
    const claims = {
      iss: issuer,
      sub,
      client_id: 'app-client',
      token_use: 'access',
      aud: 'app-client',
      read: ['doors'],
    };

    expect((await read(app, await sign('rsa', claims))).status).toBe(200);
    expect((await read(app, await sign('rsa', claims), `${EVENTS}&client=${sub}`)).status).toBe(200);
    const another = await read(app, await sign('rsa', claims), `${EVENTS}&client=wall`);
    await expectProblemDocument(another, 403, 'forbidden', 'client');
    const { aud: _, ...bare } = claims;
    await expectProblemDocument(await read(app, await sign('rsa', bare)), 401, 'bad-token');
    const foreign = await sign('rsa', { ...claims, aud: 'another-app' });
    await expectProblemDocument(await read(app, foreign), 401, 'bad-token');
    const publishing = {
      ...posting({ data: 2 }),
      headers: { authorization: `Bearer ${await sign('rsa', claims)}` },
    };
    await expectProblemDocument(
      await app.request(eventsPath('doors'), publishing),
      403,
      'forbidden',
      'channel',
    );
  });

  test('such as Auth0: claims with a namespace, several audiences, a subject that is no client id', async () => {
    const issuer = 'https://tenant.eu.auth0.com/';
    const namespace = 'https://doorbell.example';
    const { app } = serving({
      DOORBELL_ISSUER: issuer,
      DOORBELL_AUDIENCE: 'https://api.example',
      DOORBELL_READ_CLAIM: `${namespace}/read`,
      DOORBELL_WRITE_CLAIM: `${namespace}/write`,
      DOORBELL_CLIENT_CLAIM: `${namespace}/client`,
    });
    const claims = {
      iss: issuer,
      sub: 'auth0|7',
      aud: ['https://api.example', `${issuer}userinfo`],
      scope: 'openid',
      [`${namespace}/read`]: ['doors'],
    };

    expect((await read(app, await sign('ec', claims))).status).toBe(200);
    const cursor = await read(app, await sign('ec', claims), `${EVENTS}&client=auth0%7C7`);
    await expectProblemDocument(cursor, 400, 'bad-parameter', 'client');
    const withClient = await sign('ec', { ...claims, [`${namespace}/client`]: 'auth0.7' });
    expect((await read(app, withClient, `${EVENTS}&client=auth0.7`)).status).toBe(200);
    const another = await read(app, withClient, `${EVENTS}&client=auth0.8`);
    await expectProblemDocument(another, 403, 'forbidden', 'client');
    const withoutSlash = await sign('ec', { ...claims, iss: issuer.slice(0, -1) });
    await expectProblemDocument(await read(app, withoutSlash), 401, 'bad-token');
    const { [`${namespace}/read`]: __, ...plain } = claims;
    const elsewhere = await sign('ec', { ...plain, read: ['*'] });
    await expectProblemDocument(await read(app, elsewhere), 403, 'forbidden', 'channel');
  });

  test('that is down when a process starts: readers are told to come again, and are let in once it is up', async () => {
    isUp = false;
    const { app, logged } = serving({ DOORBELL_ISSUER: 'https://id.example', DOORBELL_AUDIENCE: 'doorbell' });
    const token = await sign('rsa', { iss: 'https://id.example', aud: 'doorbell', read: ['doors'] });

    const refused = await read(app, token);
    await expectProblemDocument(refused, 503, 'unavailable');
    expect(Number(refused.headers.get('retry-after'))).toBeGreaterThanOrEqual(1);
    expect(logged).toMatchObject([
      { level: 'error', message: 'the key set cannot be read, so nobody is let in' },
    ]);
    isUp = true;

    await vi.waitUntil(async () => (await read(app, token)).status === 200, {
      timeout: WAIT_MS,
      interval: 100,
    });
  });
});
