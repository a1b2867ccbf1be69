/**
 * Every route there is, and what answers where none fits. Each function mounts only its own routes; the one that takes the rest tells an
 * unknown path from a known path with a wrong method.
 */

/** A path pattern in the router's own notation, and the methods that it takes. */
export interface Route {
  readonly path: string;
  readonly methods: readonly string[];
}

export const ROUTES = {
  page: { path: '/', methods: ['GET'] },
  client: { path: '/client.js', methods: ['GET'] },
  more: { path: '/client-more.js', methods: ['GET'] },
  openapi: { path: '/openapi.json', methods: ['GET'] },
  health: { path: '/healthz', methods: ['GET'] },
  poll: { path: '/v1/channels/:channel/events', methods: ['GET', 'POST'] },
  event: { path: '/v1/channels/:channel/events/:vid', methods: ['DELETE'] },
  pollMany: { path: '/v1/events', methods: ['GET'] },
  shared: { path: '/v1/shared/:channel/events', methods: ['GET'] },
  waits: { path: '/v1/channels/:channel/waits', methods: ['POST'] },
  waitsMany: { path: '/v1/waits', methods: ['POST'] },
  wait: { path: '/v1/wait', methods: ['GET'] },
  backend: { path: '/backend.php', methods: ['GET'] },
  channels: { path: '/v1/channels', methods: ['GET'] },
  channel: { path: '/v1/channels/:channel', methods: ['GET', 'DELETE'] },
  state: { path: '/v1/channels/:channel/state', methods: ['GET'] },
  schema: { path: '/v1/channels/:channel/schema', methods: ['GET'] },
  clients: { path: '/v1/channels/:channel/clients', methods: ['GET'] },
  forget: { path: '/v1/channels/:channel/clients/:client', methods: ['DELETE'] },
  deadLetters: { path: '/v1/dead-letters', methods: ['GET', 'POST'] },
  deadLetter: { path: '/v1/dead-letters/:letter', methods: ['GET', 'PUT', 'POST', 'DELETE'] },
  /** Its name may have slashes. */
  stream: { path: '/v1/stream/:path{[^]+}', methods: ['GET', 'HEAD', 'PUT', 'POST', 'DELETE'] },
} as const satisfies Readonly<Record<string, Route>>;

/** Takes everything that follows. */
const REST = ':path{[^]+}';

/** Methods that the path takes; empty when there is no such path. */
export function methodsOf(path: string): readonly string[] {
  return Object.values(ROUTES).find((route) => matches(route.path, path))?.methods ?? [];
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
