/** Asks the service for what is no event: channels, readers, how far a log has come, what could not be published. */
import { CONTENT_TYPES } from '../lib/protocol/doorbell.ts';
import type { Connection } from '../packages/client/src/index.ts';

export interface Answer {
  /** 0: there was none. */
  readonly status: number;
  readonly body: unknown;
}

export interface Change {
  readonly method: 'PUT' | 'POST' | 'DELETE';
  /** A JSON text. */
  readonly body?: string;
}

/** `path`: from `v1/` on. Undefined: it was called off. Never throws. */
export async function ask(
  { base = '', token, platform }: Connection,
  path: string,
  signal: AbortSignal,
  change?: Change,
): Promise<Answer | undefined> {
  try {
    const bearer = await token?.({ refresh: false });
    const headers: Record<string, string> = bearer ? { authorization: `Bearer ${bearer}` } : {};
    if (change?.body !== undefined) headers['content-type'] = CONTENT_TYPES.json;
    const response = await (platform?.fetch ?? fetch)(`${base}${path}`, {
      ...change,
      headers,
      cache: 'no-store',
      signal,
    });
    const body: unknown = await response.json().catch(() => undefined);
    return signal.aborted ? undefined : { status: response.status, body };
  } catch {
    return signal.aborted ? undefined : { status: 0, body: undefined };
  }
}

/** Why there is nothing to show. `none`: the words for a list that is empty. */
export function wordsFor({ status }: Answer, none: string): string {
  if (status === 200 || status === 404) return none;
  if (status === 401 || status === 403) return 'The token does not allow to see them.';
  return 'Not known: the server does not answer.';
}
