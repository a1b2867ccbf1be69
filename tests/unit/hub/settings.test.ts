/** What a hub is told by its environment: defaults, ranges, and a document that has all of them. */

import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { hubSettings } from '../../../hub/settings.ts';
import { isLoopback } from '../../../lib/protocol/loopback.ts';
import { documentPath } from '../../support/repo/documents.ts';

const document = readFileSync(documentPath('docs/operations/hub.md'), 'utf8');
const rows = new Map(
  [...document.matchAll(/^\| `([A-Z0-9_]+)` \| ([^|]*) \| ([^|]*) \|/gm)].map(
    ([, name = '', byDefault = '', range = '']) => [name, { byDefault, range }],
  ),
);

/** Reads the setting back from what the name was set to. */
const SETTINGS = {
  PORT: (env: object) => hubSettings({ ...env }).port,
  H2C_PORT: (env: object) => hubSettings({ ...env }).h2cPort ?? 'none',
  ADMIN_PORT: (env: object) => hubSettings({ ...env }).adminPort,
  DRAIN_SECONDS: (env: object) => hubSettings({ ...env }).drainMs / 1_000,
  MAX_PUBLISHES: (env: object) => hubSettings({ ...env }).maxPublishes,
  MAX_UNREAD_MIB: (env: object) => hubSettings({ ...env }).maxUnreadBytes / 1024 / 1024,
  MAX_CONNECTIONS: (env: object) => hubSettings({ ...env }).maxConnections,
};

describe.each(Object.entries(SETTINGS))('%s', (name, read) => {
  const { byDefault, range } = rows.get(name) ?? { byDefault: '', range: '' };
  const [least = '', most = ''] = range.split('–');

  test('has the default that docs/operations/hub.md says, also when it is empty', () => {
    expect(String(read({}))).toBe(byDefault);
    expect(read({ [name]: '' })).toBe(read({}));
  });

  test('takes its least and its most', () => {
    expect([least, most].map((text) => read({ [name]: text }))).toEqual([Number(least), Number(most)]);
  });

  test.each([String(Number(least) - 1), String(Number(most) + 1), 'x', '1.5'])('refuses %s', (text) => {
    const message = `${name} must be a whole number from ${least} to ${most}, got "${text}"`;
    expect(() => read({ [name]: text })).toThrow(message);
  });
});

test('a hub and its figures are open to this machine alone unless somebody says otherwise', () => {
  const { host, adminHost } = hubSettings({});

  expect([isLoopback(host), isLoopback(adminHost)]).toEqual([true, true]);
  expect(isLoopback('0.0.0.0')).toBe(false);
  expect(hubSettings({ HOST: '0.0.0.0', ADMIN_HOST: '10.0.0.1' })).toMatchObject({
    host: '0.0.0.0',
    adminHost: '10.0.0.1',
  });
});

test('docs/operations/hub.md has every variable of hub/settings.ts', () => {
  const source = readFileSync(documentPath('hub/settings.ts'), 'utf8');
  const names = new Set(source.match(/\b(?:[A-Z0-9]+_)*(?:PORT|HOST|SECONDS|PUBLISHES|CONNECTIONS)\b/g));

  for (const name of names) if (!name.startsWith('DEFAULT_')) expect(rows.has(name), name).toBe(true);
});
