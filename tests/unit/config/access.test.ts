/** Whose pages may call the API, how many polls are held, and what an acknowledged event survives: defaults, ranges, messages. */

import { describe, expect, test } from 'vitest';
import {
  corsHeaders,
  corsOrigins,
  durability,
  maxHeldPolls,
  maxHeldPollsPerToken,
  repeatsPerSecond,
} from '../../../lib/compose/settings.ts';
import { type Environment, isOn, settingsOf, text } from '../../../lib/config.ts';

describe.each([
  { name: 'MAX_HELD_POLLS', read: maxHeldPolls, byDefault: 10_000, most: 1_000_000 },
  { name: 'MAX_HELD_POLLS_PER_TOKEN', read: maxHeldPollsPerToken, byDefault: undefined, most: 1_000_000 },
  { name: 'REPEATS_PER_SECOND', read: repeatsPerSecond, byDefault: 2, most: 1_000 },
])('$name', ({ name, read, byDefault, most }) => {
  test.each<Environment>([{}, { [name]: '' }])('has its default with %j', (env) => {
    expect(read(env)).toBe(byDefault);
  });

  test.each([1, 7, most])('takes %i', (value) => {
    expect(read({ [name]: String(value) })).toBe(value);
  });

  test.each(['0', '-1', '1.5', String(most + 1), 'many'])('refuses %s and tells the range', (text) => {
    expect(() => read({ [name]: text })).toThrow(
      `${name} must be a whole number from 1 to ${most}, got "${text}"`,
    );
  });
});

describe('CORS_ORIGINS', () => {
  test.each<readonly [Environment, readonly string[]]>([
    [{}, []],
    [{ CORS_ORIGINS: ' ' }, []],
    [{ CORS_ORIGINS: '*' }, ['*']],
    [
      { CORS_ORIGINS: ' https://a.example\n  http://localhost:8080 ' },
      ['https://a.example', 'http://localhost:8080'],
    ],
  ])('of %j are %j', (env, origins) => {
    expect(corsOrigins(env)).toEqual(origins);
  });

  test.each(['https://a.example/', 'https://a.example/page', 'a.example', 'HTTPS://a.example', 'null', '**'])(
    'refuses %s, which no browser sends as an origin',
    (origin) => {
      expect(() => corsOrigins({ CORS_ORIGINS: `https://b.example ${origin}` })).toThrow(
        `CORS_ORIGINS must hold origins like https://example.com, got "${origin}"`,
      );
    },
  );
});

describe('CORS_HEADERS', () => {
  test.each<readonly [Environment, readonly string[]]>([
    [{}, []],
    [{ CORS_HEADERS: ' ' }, []],
    [{ CORS_HEADERS: '*' }, ['*']],
    [{ CORS_HEADERS: ' X-Request-Id  traceparent ' }, ['X-Request-Id', 'traceparent']],
  ])('of %j are %j', (env, headers) => {
    expect(corsHeaders(env)).toEqual(headers);
  });

  test.each(['X-Request-Id,traceparent', 'X:', '(x)', 'ü'])(
    'refuses %s, which no header is called',
    (name) => {
      expect(() => corsHeaders({ CORS_HEADERS: `traceparent ${name}` })).toThrow(
        `CORS_HEADERS must hold names of headers like X-Request-Id, got "${name}"`,
      );
    },
  );
});

describe('DURABILITY', () => {
  test.each<readonly [Environment, string]>([
    [{}, 'process'],
    [{ DURABILITY: '' }, 'process'],
    [{ DURABILITY: 'process' }, 'process'],
    [{ DURABILITY: 'power' }, 'power'],
  ])('of %j is %s', (env, value) => {
    expect(durability(env)).toBe(value);
  });

  test('refuses anything else', () => {
    expect(() => durability({ DURABILITY: 'Power' })).toThrow(
      'DURABILITY must be process or power, got "Power"',
    );
  });
});

describe('INGEST_QUEUE', () => {
  test.each<readonly [Environment, boolean]>([
    [{}, false],
    [{ INGEST_QUEUE: '' }, false],
    [{ INGEST_QUEUE: 'false' }, false],
    [{ INGEST_QUEUE: 'true' }, true],
  ])('of %j is %s', (env, on) => {
    expect(isOn(env, 'INGEST_QUEUE')).toBe(on);
  });

  test.each(['yes', '1', 'TRUE'])('refuses %s: a switch that is mistyped must not read as off', (word) => {
    expect(() => isOn({ INGEST_QUEUE: word }, 'INGEST_QUEUE')).toThrow(
      `INGEST_QUEUE must be true or false, got "${word}"`,
    );
  });
});

test.each<readonly [Environment, string]>([
  [{}, '127.0.0.1'],
  [{ HOST: '' }, '127.0.0.1'],
  [{ HOST: '0.0.0.0' }, '0.0.0.0'],
])('HOST of %j is %s', (env, host) => {
  expect(text(env, 'HOST')).toBe(host);
});

test('the settings of two readers are those that both read', () => {
  const [hub, start] = [settingsOf('hub'), settingsOf('npm start')];

  expect(settingsOf('hub', 'npm start')).toEqual(hub.filter((name) => start.includes(name)));
  expect(hub).toContain('DATA_FILE');
  expect(start).not.toContain('DATA_FILE');
});
