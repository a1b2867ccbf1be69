/** Log lines: whatever stands in a value, a line stays one line, and nobody can forge another. In a process of its own, as a function writes them. */

import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { expect, test } from 'vitest';

const ROOT = join(import.meta.dirname, '../../..');

const HOSTILE = [
  'one\ntwo',
  'one\r\ntwo\r',
  '\n{"level":"ERROR","message":"forged"}\n',
  '"},{"level":"ERROR"',
  '\u0000\u0007\u001b[2J\u001b]0;title\u0007',
  '\u2028\u2029\u0085\u000b\u000c',
  '\u202eesrever',
  '\ud800',
];

test('a value cannot begin a line of its own, nor become another field', () => {
  const program = `
    import { powertoolsLogger } from './lib/telemetry/logger.ts';
    const logger = powertoolsLogger();
    for (const value of ${JSON.stringify(HOSTILE)})
      for (const level of ['debug', 'info', 'warn', 'error'])
        logger[level]('what happened', { path: value, reason: value, list: [value], ['name ' + value]: 1 });`;
  const { stdout, stderr, status } = spawnSync(process.execPath, ['--input-type=module', '-e', program], {
    cwd: ROOT,
    encoding: 'utf8',
    env: { PATH: process.env.PATH, POWERTOOLS_LOG_LEVEL: 'DEBUG', POWERTOOLS_SERVICE_NAME: 'doorbell' },
  });

  expect(status).toBe(0);
  const lines = `${stdout}${stderr}`.split(/[\r\n\v\f]/).filter((line) => line !== '');
  expect(lines).toHaveLength(HOSTILE.length * 4);
  const logged = lines.map((line) => JSON.parse(line) as Record<string, unknown>);
  for (const { message, service } of logged)
    expect([message, service]).toEqual(['what happened', 'doorbell']);
  expect(logged.filter(({ level }) => level === 'ERROR').map(({ path }) => path)).toEqual(HOSTILE);
  // A terminal that shows the log obeys none of it.
  expect([...lines.join('')].filter((char) => char < ' ')).toEqual([]);
});
