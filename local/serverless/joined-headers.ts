/**
 * Of two Authorization headers serverless-offline keeps the last one; API Gateway joins them, so that the functions refuse both. This does as
 * API Gateway does, before serverless-offline reads the request.
 */

import { subscribe } from 'node:diagnostics_channel';
import type { IncomingMessage } from 'node:http';

const JOINED = 'authorization';

/** Joins the values of the Authorization headers of a request into its first one. */
export function joinAuthorization(request: Pick<IncomingMessage, 'headers' | 'rawHeaders'>): void {
  // Node makes `headers` of `rawHeaders` when it is first asked for them, and counts on their number.
  const { headers, rawHeaders } = request;
  const at = rawHeaders.flatMap((name, i) => (i % 2 === 0 && name.toLowerCase() === JOINED ? [i] : []));
  const [first, ...others] = at;
  if (first === undefined || others.length === 0) return;
  const joined = at.map((i) => rawHeaders[i + 1]).join(',');
  for (const i of others.reverse()) rawHeaders.splice(i, 2);
  rawHeaders[first + 1] = joined;
  headers.authorization = joined;
}

/** From now on, for every server of this process; the emulators' clients send one such header. */
export function joinDuplicateHeaders(): void {
  subscribe('http.server.request.start', (message) => {
    joinAuthorization((message as { readonly request: IncomingMessage }).request);
  });
}
