/** The built functions as API Gateway's HTTP API calls them: each route by the function that serverless.yml gives it to. */

import { copyFile, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { bundle } from '../../../local/bundle/bundle.ts';
import { SERVICE_DIR } from '../../../local/emulators/service.ts';
import { gatewayEvent } from '../http/gateway-event.ts';
import type { Served } from '../http/http.ts';

const NAMES = ['poll', 'publish', 'page'] as const;
const ASSETS = ['dashboard.html', 'client.js', 'client-more.js', 'openapi.json', 'channel-schemas.mjs'];
const POLLED = /^\/(?:v1\/channels\/[^/]+\/events|v1\/events|backend\.php)$/;
const PUBLISHED = /^\/v1\/channels\/[^/]+\/events$/;

type Handler = (
  event: object,
  context: object,
) => Promise<{
  readonly statusCode: number;
  readonly headers?: Record<string, string>;
  readonly body?: string;
}>;

/** Loads the functions anew, so that they read `process.env` as it is now. Asks with the token unless a request says something else. */
export async function functionFront(
  token: string,
): Promise<{ readonly served: Served; stop(): Promise<void> }> {
  await bundle();
  const folder = await mkdtemp(join(tmpdir(), 'doorbell-functions-'));
  const files = [...NAMES.map((name) => `${name}.mjs`), ...ASSETS];
  await Promise.all(files.map((file) => copyFile(join(SERVICE_DIR, 'dist', file), join(folder, file))));
  const load = async (name: (typeof NAMES)[number]) => {
    const url = pathToFileURL(join(folder, `${name}.mjs`)).href;
    const { handler } = (await import(/* @vite-ignore */ url)) as { readonly handler: Handler };
    return handler;
  };
  const [poll, publish, page] = await Promise.all([load('poll'), load('publish'), load('page')]);
  const served: Served = {
    async request(path, init = {}) {
      const { method = 'GET' } = init;
      const headers = new Headers(init.headers);
      if (!headers.has('authorization')) headers.set('authorization', `Bearer ${token}`);
      const event = gatewayEvent({ method, path, init: { ...init, headers } });
      const [route = ''] = path.split('?');
      const handler =
        method === 'GET' && POLLED.test(route)
          ? poll
          : method === 'POST' && PUBLISHED.test(route)
            ? publish
            : page;
      const { statusCode, headers: answered = {}, body } = await handler(event, { awsRequestId: 'request' });
      return new Response(statusCode === 204 ? null : body, { status: statusCode, headers: answered });
    },
  };
  return { served, stop: () => rm(folder, { recursive: true, force: true }) };
}
