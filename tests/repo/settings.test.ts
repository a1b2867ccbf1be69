/** Settings are one table: the documents are made from it, the deploy agrees with it, and the code reads no variable that is not in it. */

import { globSync, readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { SETTINGS, type Setting, type SettingName, settingsOf } from '../../lib/config.ts';
import { loadService, type Service } from '../../local/emulators/service.ts';
import { documentPath, sectionOf } from '../support/repo/documents.ts';
import {
  allSettings,
  hubSettingsTable,
  LIMIT_SETTINGS,
  startSettings,
  withLimitSettings,
} from '../support/repo/setting-tables.ts';

test.each([
  { path: 'README.md', made: startSettings },
  { path: 'docs/operations/hub.md', made: hubSettingsTable },
  { path: 'docs/reference/settings.md', made: allSettings },
])('the settings in $path are those of lib/config.ts (npm run docs)', ({ path, made }) => {
  expect(sectionOf(path, 'settings')).toBe(made());
});

test('docs/reference/limits.md says by which setting each limit is set, and its range (npm run docs)', () => {
  const document = readFileSync(documentPath('docs/reference/limits.md'), 'utf8');

  expect(document).toBe(withLimitSettings(document));
  for (const [limit, name] of Object.entries(LIMIT_SETTINGS))
    expect(document.split('\n').find((line) => line.startsWith(`| ${limit} |`)) ?? limit).toContain(
      `\`${name}\``,
    );
});

/** Variables of the platform, of Powertools, of serverless and of npm; what a test or a tool alone reads. */
const FOREIGN = /^(AWS|POWERTOOLS|SLS|VITEST|npm)_|^(CI|DOORBELL_URL|DOORBELL_TOKEN|PATH)$/;

test('every environment variable that the service reads is in the table, and every one of the table is read', () => {
  const files = ['lib', 'hub', 'local', 'functions'].flatMap((folder) =>
    globSync(`${folder}/**/*.{ts,mjs}`, { cwd: documentPath('.') }),
  );
  // What the Runtime Interface Client has installed there is not the service's.
  const sources = files
    .filter((file) => file !== 'lib/config.ts' && !file.includes('node_modules'))
    .map((file) => readFileSync(documentPath(file), 'utf8'));
  const direct = /\benv\.([A-Z][A-Z0-9_]+)\b/g;
  const named = /\(\s*(?:process\.)?env,\s*'([A-Z][A-Z0-9_]+)'/g;
  const takenApart = sources.flatMap((source) => source.match(/\{[^{}]*\} = env;/g) ?? []).join();
  const read = new Set([
    ...sources.flatMap((source) =>
      [...source.matchAll(direct), ...source.matchAll(named)].map(([, name = '']) => name),
    ),
    ...(takenApart.match(/\b[A-Z][A-Z0-9_]+\b/g) ?? []),
  ]);

  expect([...read].filter((name) => !FOREIGN.test(name)).sort()).toEqual([...settingsOf()].sort());
});

test('npm start passes on what the functions read and a terminal can set, and no name of a table or queue', () => {
  const passedOn = settingsOf('functions', 'npm start');

  expect(passedOn).toContain('MAX_HELD_POLLS');
  expect(passedOn.filter((name) => /_TABLE$|_URL$|PREFIX|PARAMETER/.test(name))).toEqual([
    'DOORBELL_JWKS_URL',
  ]);
});

test('each parameter of a deploy has the default of its setting, and becomes the variable of that name', async () => {
  const service = (await loadService()) as Service & {
    readonly params: { readonly default: Readonly<Record<string, unknown>> };
  };
  const yaml = readFileSync(documentPath('serverless.yml'), 'utf8');

  for (const name of settingsOf()) {
    const row: Setting = SETTINGS[name];
    const { parameter, byDefault = '' } = row;
    if (parameter === undefined) continue;
    expect([name, String(service.params.default[parameter])]).toEqual([name, String(byDefault)]);
    expect(valuesOf(yaml, name)).toContain(`\${param:${parameter}}`);
  }
});

/** What serverless.yml gives a variable, through `custom` where it goes that way. */
function valuesOf(yaml: string, name: SettingName): readonly string[] {
  const [, value = ''] = new RegExp(`^ +${name}: (.+)$`, 'm').exec(yaml) ?? [];
  const [, custom] = /^\$\{self:custom\.(\w+)\}$/.exec(value) ?? [];
  const [, through = ''] = custom ? (new RegExp(`^  ${custom}: (.+)$`, 'm').exec(yaml) ?? []) : [];
  return [value, through];
}
