/**
 * Request handlers for MSW: what the code under test asks of a Doorbell somewhere else is answered by the one of the test. In Node and in a browser; it loads
 * nothing of Node.
 */

import { bypass, type HttpHandler, http } from 'msw';
import type { TestDoorbell } from './doorbell.ts';

/** `base`: where the code under test thinks that the server is: everything before `/v1`. In a browser, `startMemory` must know the page's origin. */
export function doorbellHandlers(
  { url }: Pick<TestDoorbell, 'url'>,
  { base }: { readonly base: string },
): readonly HttpHandler[] {
  const prefix = base.replace(/\/+$/, '');
  return [
    http.all(`${prefix}/v1/*`, async ({ request }) => {
      const { method, headers, signal } = request;
      const body = method === 'GET' || method === 'HEAD' ? undefined : await request.arrayBuffer();
      const there = url + request.url.slice(prefix.length);
      return fetch(bypass(new Request(there, { method, headers, signal, ...(body && { body }) })));
    }),
  ];
}
