/** How large what is served or deployed may be. The build fails above: size is what a poll waits for, and what a cold start reads. */

import type { Sized } from './build-cache.ts';

/** The browser client is promised to be smaller than 4 KB, gzipped. */
export const CLIENT_LIMIT = 4_096;

/** Bytes of the functions, gzipped: what they were on 2026-11-29, or 2026-11-30 with CloudEvents, and a twentieth more, for what comes by and by. */
export const FUNCTION_LIMITS: Readonly<Record<string, number>> = {
  'ingest.mjs': 104_000,
  // With dead letters, and the states of tokens of several keys, since.
  'page.mjs': 111_000,
  // With readers of some keys who wait directly, since.
  'poll.mjs': 134_000,
  'producer.mjs': 57_600,
  'publish.mjs': 137_000,
  // It has published alarms, since.
  'sweep.mjs': 102_500,
  'ticket.mjs': 84_200,
};

/** Bytes of the hub on AWS, gzipped, in the same way. It starts once in weeks; its size says whether something came in that nobody meant. */
export const HUB_LIMIT = 271_000;

/** Bytes of the page, gzipped, with its charts, the state and other ways to wait: what it was on 2026-11-30 and a twentieth more. */
export const DASHBOARD_LIMIT = 66_400;

/** Throws when the page has outgrown its limit. */
export function checkDashboard(dashboard: Sized | undefined): void {
  if (dashboard && dashboard.gzippedBytes > DASHBOARD_LIMIT)
    throw new Error(
      `dashboard.html is ${dashboard.gzippedBytes} bytes gzipped, and must not be more than ${DASHBOARD_LIMIT}. If what has come in is worth it, raise DASHBOARD_LIMIT in local/bundle/size-budget.ts.`,
    );
}

/** Throws when the client has outgrown its promise. */
export function checkSize(client: Sized | undefined): void {
  if (client && client.gzippedBytes > CLIENT_LIMIT) {
    throw new Error(
      `client.js is ${client.gzippedBytes} bytes gzipped, and must not be more than ${CLIENT_LIMIT}.`,
    );
  }
}

/** Throws when the hub has outgrown its limit. */
export function checkHub(hub: Sized | undefined): void {
  if (hub && hub.gzippedBytes > HUB_LIMIT)
    throw new Error(
      `${hub.name} is ${hub.gzippedBytes} bytes gzipped, and must not be more than ${HUB_LIMIT}. If what has come in is meant, raise HUB_LIMIT in local/bundle/size-budget.ts.`,
    );
}

/** Throws when a function has outgrown its limit, or has none. */
export function checkFunctions(functions: readonly Sized[]): void {
  for (const { name, gzippedBytes } of functions) {
    const limit = FUNCTION_LIMITS[name];
    if (limit === undefined)
      throw new Error(`local/bundle/size-budget.ts does not say how large ${name} may be.`);
    if (gzippedBytes > limit)
      throw new Error(
        `${name} is ${gzippedBytes} bytes gzipped, and must not be more than ${limit}. If what has come in is worth it (npm run bench:cold), raise FUNCTION_LIMITS in local/bundle/size-budget.ts.`,
      );
  }
}
