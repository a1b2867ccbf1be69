/**
 * Every route there is, and what answers where none fits. Each function mounts only its own routes; the one that takes the rest tells an
 * unknown path from a known path with a wrong method.
 */

/** Path patterns in the router's own notation. */
export const ROUTES = {
  page: '/',
  client: '/client.js',
  openapi: '/openapi.json',
  health: '/healthz',
  poll: '/v1/channels/:channel/events',
  pollMany: '/v1/events',
  backend: '/backend.php',
  channels: '/v1/channels',
  channel: '/v1/channels/:channel',
  clients: '/v1/channels/:channel/clients',
  forget: '/v1/channels/:channel/clients/:client',
  /** Its name may have slashes. */
  stream: '/v1/stream/:path{.+}',
} as const;

/** The methods of each. */
export const METHODS: ReadonlyArray<readonly [pattern: string, methods: readonly string[]]> = [
  [ROUTES.page, ['GET']],
  [ROUTES.client, ['GET']],
  [ROUTES.openapi, ['GET']],
  [ROUTES.health, ['GET']],
  [ROUTES.poll, ['GET', 'POST']],
  [ROUTES.pollMany, ['GET']],
  [ROUTES.backend, ['GET']],
  [ROUTES.channels, ['GET']],
  [ROUTES.channel, ['GET']],
  [ROUTES.clients, ['GET']],
  [ROUTES.forget, ['DELETE']],
  [ROUTES.stream, ['GET', 'HEAD', 'PUT', 'POST', 'DELETE']],
];

/** Takes everything that follows. */
const REST = ':path{.+}';

/** Methods that the path takes; empty when there is no such path. */
export function methodsOf(path: string): readonly string[] {
  const found = METHODS.find(([pattern]) => matches(pattern, path));
  return found?.[1] ?? [];
}

function matches(pattern: string, path: string): boolean {
  const [before, rest] = pattern.split(REST);
  if (rest !== undefined) return path.startsWith(before ?? '') && path.length > (before ?? '').length;
  const want = pattern.split('/');
  const have = path.split('/');
  return (
    want.length === have.length &&
    want.every((part, i) => (part.startsWith(':') ? have[i] !== '' : part === have[i]))
  );
}
