/** How tokens are checked, read from the environment. */

import { describe, expect, test } from 'vitest';
import { secretsIn, tokenSettings } from '../../../lib/auth/settings.ts';

const SECRET = 'a secret of no fewer than 32 byte'.replaceAll(' ', '-');
const JWKS = {
  DOORBELL_JWKS_URL: 'https://id.example/.well-known/jwks.json',
  DOORBELL_ISSUER: 'https://id.example/',
  DOORBELL_AUDIENCE: 'doorbell',
};

describe('tokenSettings', () => {
  test('refuses an environment without a key, and names what to set', () => {
    for (const env of [{}, { DOORBELL_SECRET: '', DOORBELL_SECRET_PARAMETER: '', DOORBELL_JWKS_URL: '' }]) {
      expect(() => tokenSettings(env)).toThrow(
        /DOORBELL_SECRET_PARAMETER.*DOORBELL_JWKS_URL.*DOORBELL_SECRET/,
      );
    }
  });

  test('takes a shared secret, and by default the Authorization header alone', () => {
    expect(tokenSettings({ DOORBELL_SECRET: SECRET })).toEqual({
      secrets: [SECRET],
      claims: { read: 'read', write: 'write', manage: 'manage', share: 'share', dead: 'dead' },
      carriers: { query: false },
      revoked: new Set(),
    });
  });

  test('knows which tokens were called back', () => {
    const { revoked } = tokenSettings({ DOORBELL_SECRET: SECRET, DOORBELL_REVOKED: ' leaked-1  wall\n' });

    expect([...revoked]).toEqual(['leaked-1', 'wall']);
  });

  test('takes a parameter that holds the secret', () => {
    expect(tokenSettings({ DOORBELL_SECRET_PARAMETER: '/doorbell/secret' })).toMatchObject({
      secrets: [],
      secretParameter: '/doorbell/secret',
    });
  });

  test('takes a key set with its issuer and audience', () => {
    expect(tokenSettings(JWKS).jwks).toEqual({
      url: JWKS.DOORBELL_JWKS_URL,
      issuer: JWKS.DOORBELL_ISSUER,
      audience: JWKS.DOORBELL_AUDIENCE,
    });
  });

  test.each(['DOORBELL_ISSUER', 'DOORBELL_AUDIENCE'])('refuses a key set without %s', (name) => {
    expect(() => tokenSettings({ ...JWKS, [name]: '' })).toThrow(name);
  });

  test.each(['http://id.example/keys', 'ftp://id.example/keys', 'keys'])(
    'refuses the key set at %s',
    (url) => {
      expect(() => tokenSettings({ ...JWKS, DOORBELL_JWKS_URL: url })).toThrow('DOORBELL_JWKS_URL');
    },
  );

  test('takes a key set over plain HTTP from this very machine', () => {
    const url = 'http://127.0.0.1:8080/keys';

    expect(tokenSettings({ ...JWKS, DOORBELL_JWKS_URL: url }).jwks?.url).toBe(url);
  });

  test('takes names of claims, a cookie and the query', () => {
    const env = {
      DOORBELL_SECRET: SECRET,
      DOORBELL_READ_CLAIM: 'custom:read',
      DOORBELL_WRITE_CLAIM: 'custom:write',
      DOORBELL_MANAGE_CLAIM: 'custom:manage',
      DOORBELL_SHARE_CLAIM: 'custom:share',
      DOORBELL_DEAD_CLAIM: 'custom:dead',
      DOORBELL_CLIENT_CLAIM: 'custom:client',
      DOORBELL_TOKEN_COOKIE: 'doorbell',
      DOORBELL_TOKEN_QUERY: 'true',
    };

    expect(tokenSettings(env)).toMatchObject({
      claims: {
        read: 'custom:read',
        write: 'custom:write',
        manage: 'custom:manage',
        share: 'custom:share',
        dead: 'custom:dead',
        client: 'custom:client',
      },
      carriers: { cookie: 'doorbell', query: true },
    });
  });

  test('refuses a flag that is neither true nor false', () => {
    expect(() => tokenSettings({ DOORBELL_SECRET: SECRET, DOORBELL_TOKEN_QUERY: 'yes' })).toThrow(
      /DOORBELL_TOKEN_QUERY must be true or false/,
    );
  });
});

describe('secretsIn', () => {
  test('takes one secret a line, the newest first', () => {
    expect(secretsIn(`${SECRET}-2\n${SECRET}-1\n`, 'it')).toEqual([`${SECRET}-2`, `${SECRET}-1`]);
  });

  test('refuses one of fewer than 32 bytes without repeating it', () => {
    const refused = () => secretsIn(`${SECRET}\nhunter2`, 'DOORBELL_SECRET');

    expect(refused).toThrow('DOORBELL_SECRET: secret 2 must be at least 32 bytes long, got 7');
    expect(refused).not.toThrow('hunter2');
  });

  test('counts bytes, not characters', () => {
    expect(secretsIn('ü'.repeat(16), 'it')).toHaveLength(1);
    expect(() => secretsIn('ü'.repeat(15), 'it')).toThrow('got 30');
  });

  test.each(['', ' \n '])('refuses %j, which holds none', (text) => {
    expect(() => secretsIn(text, 'it')).toThrow('it holds no secret');
  });
});
