/** The Runtime API of an environment of `npm run start:lambda`: it serves the runtime beside it, and no web page. */

import { request } from 'node:http';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { RuntimeApi } from '../../../local/lambda/runtime-api.ts';

let api: RuntimeApi;
let asked = 0;
beforeAll(async () => {
  api = await RuntimeApi.start({
    onNext: () => asked++,
    onPosted: () => asked++,
    onInitError: () => asked++,
  });
});
afterAll(() => api?.close());

function post(path: string, headers: Readonly<Record<string, string>>): Promise<number> {
  return new Promise((resolve, reject) => {
    const url = `http://${api.address}/2018-06-01/runtime${path}`;
    const sent = request(url, { method: 'POST', headers }, (response) => {
      response.resume();
      resolve(response.statusCode ?? 0);
    });
    sent.on('error', reject).end('{}');
  });
}

test.each([
  { what: 'under a name that points here', headers: { host: 'evil.example:9001' } },
  { what: 'by a form', headers: { origin: 'https://evil.example' } },
  { what: 'from a sandboxed frame', headers: { origin: 'null' } },
  { what: 'by an image', headers: { 'sec-fetch-site': 'cross-site' } },
])('a page that asks $what is refused', async ({ headers }) => {
  expect(await post('/init/error', headers)).toBe(403);
  expect(await post('/invocation/x/response', headers)).toBe(403);
  expect(asked).toBe(0);
});

test('the runtime is heard', async () => {
  expect(await post('/invocation/x/response', {})).toBe(202);
  expect(asked).toBe(1);
});
