/** What a request is to Doorbell: a poll or a publish, of which channels, by whom. */

export interface Call {
  readonly kind: 'poll' | 'publish' | 'other';
  readonly channels: readonly string[];
  /** The reader's name on the server. */
  readonly client: string | undefined;
}

const ONE = /^\/v1\/channels\/([^/]+)\/events$/;

export function callOf({ method, url }: Pick<Request, 'method' | 'url'>): Call {
  const { pathname, searchParams } = new URL(url);
  const client = searchParams.get('client') ?? undefined;
  const name = ONE.exec(pathname)?.[1];
  if (name !== undefined && method === 'POST') return { kind: 'publish', channels: [name], client };
  if (name !== undefined && method === 'GET') return { kind: 'poll', channels: [name], client };
  if (pathname !== '/v1/events' || method !== 'GET') return { kind: 'other', channels: [], client };
  const channels = searchParams.getAll('cursor').map((cursor) => cursor.split(':')[0] ?? '');
  return { kind: 'poll', channels, client };
}
