/** The deploy that is refused because its functions could check no token or answer no poll, and the key of `npm start`. */

import { mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { loadService, type Service } from '../../../local/emulators/service.ts';
import { developmentSecret } from '../../../local/secret.ts';
import { checkLimits } from '../../../local/serverless/check-limits.ts';
import { checkTokens } from '../../../local/serverless/check-tokens.ts';
import DoorbellPlugin from '../../../local/serverless/plugin.ts';
import { checkSecret } from '../../../local/start.ts';

describe('the settings of a deploy', () => {
  let declared: Service;
  beforeAll(async () => {
    declared = await loadService();
  });

  /** The service as it is with these parameters. */
  function withEnvironment(change: Readonly<Record<string, unknown>>): Service {
    const functions = Object.entries(declared.functions).map(([name, one]) => {
      const checksTokens = 'DOORBELL_SECRET_PARAMETER' in (one.environment ?? {});
      return [name, checksTokens ? { ...one, environment: { ...one.environment, ...change } } : one] as const;
    });
    return { ...declared, functions: Object.fromEntries(functions) };
  }

  test('refuses the service as it stands, and says what to do', () => {
    expect(() => checkTokens(declared)).toThrow(/No key.*aws ssm put-parameter.*--param="secretParameter=/s);
  });

  test('lets through one with a secret or with a key set', () => {
    const keySet = {
      DOORBELL_JWKS_URL: 'https://id.example/keys',
      DOORBELL_ISSUER: 'https://id.example',
      DOORBELL_AUDIENCE: 'doorbell',
    };

    expect(() =>
      checkTokens(withEnvironment({ DOORBELL_SECRET_PARAMETER: '/doorbell/secret' })),
    ).not.toThrow();
    expect(() => checkTokens(withEnvironment(keySet))).not.toThrow();
  });

  test.each([
    [{ DOORBELL_SECRET_PARAMETER: 'secret' }, 'must begin with /'],
    [{ DOORBELL_JWKS_URL: 'http://id.example/keys' }, 'DOORBELL_JWKS_URL'],
    [{ DOORBELL_JWKS_URL: 'https://id.example/keys' }, 'DOORBELL_ISSUER'],
    [{ DOORBELL_SECRET_PARAMETER: '/s', DOORBELL_TOKEN_QUERY: 'yes' }, 'DOORBELL_TOKEN_QUERY'],
  ])('refuses %j', (change, message) => {
    expect(() => checkTokens(withEnvironment(change))).toThrow(message);
  });

  test.each([
    [{ DIRECT_WAIT: 'yes' }, /directWait: DIRECT_WAIT must be true or false/],
    [{ MAX_HELD_POLLS: '0' }, /MAX_HELD_POLLS.*1/],
    // As YAML has it without quotes.
    [{ MAX_HELD_POLLS: 0 }, /MAX_HELD_POLLS.*1/],
    [{ MAX_HELD_POLLS_PER_TOKEN: '10k' }, /MAX_HELD_POLLS_PER_TOKEN/],
    [{ REPEATS_PER_SECOND: '1001' }, /REPEATS_PER_SECOND.*1000/],
    [{ RETENTION_HOURS: '0' }, /^retentionHours: RETENTION_HOURS.*1/],
    [{ CURSOR_HOURS: 'a month' }, /^cursorHours: CURSOR_HOURS/],
    [{ CORS_ORIGINS: 'example.com' }, /^corsOrigins: CORS_ORIGINS/],
    [{ CORS_HEADERS: 'X-A,X-B' }, /^corsHeaders: CORS_HEADERS/],
    [{ METRICS: 'some' }, /^metrics: METRICS must be none or counts or all/],
    [{ BACKEND_CHANNEL: 'a b' }, /^backendChannel: BACKEND_CHANNEL/],
  ])('the limits of a deploy are refused with %j', (change, message) => {
    expect(() => checkLimits(declared)).not.toThrow();
    expect(() => checkLimits(withEnvironment(change))).toThrow(message);
  });

  test.each([
    [{ requestsPerSecond: '-1' }, /requestsPerSecond.*1/],
    [{ pollConcurrency: 'x' }, /pollConcurrency/],
    [{ managedConcurrency: '1601' }, /managedConcurrency.*1600/],
    [{ managedLeast: 'abc' }, /managedLeast/],
    [{ managedMost: 0 }, /managedMost.*1/],
    [{ managedLeast: '50', managedMost: 30 }, /managedLeast must be at most managedMost, got 50 and 30/],
    [{ managedSubnets: 'subnet-1' }, /belong together/],
    [{ managedSecurityGroups: 'sg-1' }, /belong together/],
    [{ deletionProtection: 'yes' }, /deletionProtection must be true or false, got "yes"/],
    [{ adoptTable: '' }, /adoptTable must be true or false/],
    [{ directWait: 'true' }, /directWait signs tickets.*secretParameter/],
    [{ sampleProducer: 'on' }, /sampleProducer must be true or false/],
    [{ alarms: 'on' }, /alarms must be true or false/],
    [{ alarms: 'true', metrics: 'none' }, /alarms=true needs metrics=counts or all/],
    [{ alarmTopic: 'arn:aws:sns:us-east-1:111122223333:on-call' }, /give it with alarms=true/],
    [{ alarms: 'true', alarmConcurrency: 'many' }, /alarmConcurrency/],
    [{ sampleProducer: 'TRUE' }, /sampleProducer must be true or false, got "TRUE"/],
  ])('the parameters of a deploy are refused with %j', (change, message) => {
    const checked = { ...declared.custom?.checked, ...change };

    expect(declared.custom?.checked).toHaveProperty('managedMost');
    expect(() => checkLimits({ ...declared, custom: { checked } })).toThrow(message);
  });

  /** What a command of the framework is told before it does anything; the service names no key. */
  function warnedBy(commands: readonly string[], service = declared): readonly string[] {
    const warnings: string[] = [];
    const log = { error: () => undefined, warning: (text: string) => void warnings.push(text) };
    const pluginManager = { plugins: [], spawn: async () => undefined };
    const serverless = { service, processedInput: { commands }, pluginManager, classes: { Error } };
    new DoorbellPlugin(serverless, {}, { log }).hooks.initialize?.();
    return warnings;
  }

  test.each([[['deploy']], [['deploy', 'function']]])('%j is refused before it does anything', (commands) => {
    expect(() => warnedBy(commands)).toThrow(/No key/);
  });

  test('a package is made all the same, and is said to be good for looking only', () => {
    expect(warnedBy(['package'])).toEqual([expect.stringMatching(/its deploy is refused.*No key/s)]);
    expect(warnedBy(['remove'])).toEqual([]);
  });

  test('a package with several mistakes is told all of them, beside the missing key', () => {
    const checked = {
      ...declared.custom?.checked,
      deletionProtection: 'yes',
      sampleProducer: 'TRUE',
      managedLeast: '-1',
    };
    const service = { ...withEnvironment({ RETENTION_HOURS: 'abc' }), custom: { checked } };
    const [warning, ...more] = warnedBy(['package'], service);

    expect(more).toEqual([]);
    for (const said of [/retentionHours/, /deletionProtection/, /sampleProducer/, /managedLeast/, /No key/])
      expect(warning).toMatch(said);
    expect(warning?.match(/retentionHours/g)).toHaveLength(1);
    expect(() => warnedBy(['deploy'], service)).toThrow(/retentionHours.*No key/s);
  });

  test('a stack whose tables are protected is not removed half-way: it is refused before it begins', () => {
    const checked = { ...declared.custom?.checked, deletionProtection: 'true' };

    expect(() => warnedBy(['remove'], { ...declared, custom: { checked } })).toThrow(
      /--param="deletionProtection=false"/,
    );
  });

  test('every function that checks tokens may read the secret', () => {
    const roles = Object.values(declared.functions).flatMap((one) =>
      'DOORBELL_SECRET_PARAMETER' in (one.environment ?? {}) ? (one as unknown as { role: string }).role : [],
    );

    // That of tickets is there only where they are, and a policy cannot name what is not: it says so itself.
    const others = roles.filter((Ref) => Ref !== 'TicketRole');
    const { SecretPolicy, TicketRole } = declared.resources.Resources;
    expect(SecretPolicy?.Properties?.Roles).toEqual(others.map((Ref) => ({ Ref })));
    expect(others).toHaveLength(roles.length - 1);
    expect(JSON.stringify(TicketRole)).toContain('ssm:GetParameter');
  });
});

describe('the development key', () => {
  let dataDir: string;
  beforeAll(async () => {
    dataDir = await mkdtemp(join(tmpdir(), 'doorbell-secret-'));
  });
  afterAll(() => rm(dataDir, { recursive: true }));

  test('is made once, kept, and readable by its user alone', async () => {
    const folder = join(dataDir, 'new');
    const secret = await developmentSecret(folder);

    expect(Buffer.byteLength(secret)).toBeGreaterThanOrEqual(32);
    expect(await developmentSecret(folder)).toBe(secret);
    expect((await stat(join(folder, 'secret'))).mode & 0o777).toBe(0o600);
    expect((await readFile(join(folder, 'secret'), 'utf8')).trim()).toBe(secret);
  });

  test('is made anew when its file is empty, as a full disk leaves it', async () => {
    await writeFile(join(dataDir, 'secret'), '');
    const secret = await developmentSecret(dataDir);

    expect(Buffer.byteLength(secret)).toBeGreaterThanOrEqual(32);
    expect(await developmentSecret(dataDir)).toBe(secret);
  });

  test('is not for an address that others can reach', () => {
    for (const host of ['127.0.0.1', 'localhost', '::1'])
      expect(() => checkSecret(host, undefined)).not.toThrow();
    for (const host of ['0.0.0.0', '::', '192.168.1.7'])
      expect(() => checkSecret(host, undefined)).toThrow(/DOORBELL_SECRET/);
    expect(() => checkSecret('0.0.0.0', 'x'.repeat(32))).not.toThrow();
    expect(() => checkSecret('127.0.0.1', 'short')).toThrow(/at least 32 bytes/);
  });
});
