/**
 * Tells a program of this machine from a web page, for servers that listen on loopback and ask for no token. A browser carries a page's
 * requests to loopback too: under the page's own name, when that name was made to point here (DNS rebinding), or with a form.
 */

import type { IncomingHttpHeaders } from 'node:http';

/** With any port: a tunnel to this machine may end on another one. No page can make these names its own. */
const LOOPBACK_HOST = /^(?:127(?:\.\d{1,3}){3}|\[::1\]|(?:[a-z\d-]+\.)*localhost)(?::\d+)?$/i;

/** Whether a `Host` header names this machine as only its own programs do. Every browser sends one. */
export function isLoopbackHost(host: string | undefined): boolean {
  return host !== undefined && LOOPBACK_HOST.test(host);
}

/** Whether a page's script, form or image has asked. `Sec-Fetch-Site: none` is an address that somebody typed. */
export function isFromPage({ origin, 'sec-fetch-site': site = 'none' }: IncomingHttpHeaders): boolean {
  return origin !== undefined || site !== 'none';
}
