/** `doorbell dev`, on a server that only says how it was started. `tests/packages/cli.test.ts` has the real one. */

import { expect, test } from 'vitest';
import type { DevServer } from '../../../packages/cli/src/dev-server.ts';
import { call } from '../../support/cli/terminal.ts';

const fetch = () => Promise.reject(new Error('Nothing is asked.'));

function server() {
  const started = Promise.withResolvers<Parameters<DevServer['startDev']>[0]>();
  let stopped = 0;
  const startDev: DevServer['startDev'] = async (surroundings) => {
    surroundings.say('It serves.\n');
    started.resolve(surroundings);
    return async () => {
      stopped++;
    };
  };
  return { devServer: async () => ({ startDev }), started: started.promise, stopped: () => stopped };
}

test('serves until Ctrl-C, and ends with 0 when the server has stopped', async () => {
  const { devServer, started, stopped } = server();
  const interrupt = new AbortController();
  const called = call(['dev'], { fetch, devServer, interrupt });
  await started;
  expect(stopped()).toBe(0);

  interrupt.abort();

  expect(await called).toMatchObject({ exit: 0, out: 'It serves.\n', err: '' });
  expect(stopped()).toBe(1);
});

test('stops when the program that started it is gone', async () => {
  const { devServer, started, stopped } = server();
  const called = call(['dev'], { fetch, devServer });

  (await started).end();

  expect(await called).toMatchObject({ exit: 0 });
  expect(stopped()).toBe(1);
});

test('doorbell dev takes its settings from the environment, and two of them from options', async () => {
  const { devServer, started } = server();
  const interrupt = new AbortController();
  const args = ['dev', '--port', '3001', '--data-dir', 'here'];
  const called = call(args, { fetch, devServer, interrupt, env: { PORT: '1', DURABILITY: 'power' } });

  expect((await started).env).toMatchObject({ PORT: '3001', DATA_DIR: 'here', DURABILITY: 'power' });
  interrupt.abort();
  await called;
});

test('doorbell dev says why the server cannot start', async () => {
  const startDev = () => Promise.reject(new Error('PORT must be 0-65535, got 70000'));

  expect(await call(['dev'], { fetch, devServer: async () => ({ startDev }) })).toMatchObject({
    exit: 1,
    err: 'PORT must be 0-65535, got 70000\n',
  });
});
