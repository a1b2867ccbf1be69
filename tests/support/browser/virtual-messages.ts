/** What a virtual server reads and answers, and what can happen on the way. */
import type { VirtualKeys } from './virtual-state.ts';

/** What happens to a request: it never arrives, its answer never arrives, nothing ever happens, or somebody else answers. */
export type Fault = 'cut' | 'answer lost' | 'silence' | 'busy' | 'sign-in page';

export interface Channel {
  epoch: string;
  head: number;
  earliest: number;
  readonly keys: VirtualKeys;
}

export interface Cursor {
  readonly channel: string;
  readonly maxvid: number | undefined;
  readonly epoch: string | undefined;
}

/** No more of a Response than the client reads, without the real one's streams, which take real time. */
export function response(status: number, body: unknown, retryAfter?: string): Response {
  const text = typeof body === 'string' ? body : JSON.stringify(body);
  const headers = new Headers(retryAfter === undefined ? {} : { 'retry-after': retryAfter });
  return { ok: status < 300, status, headers, text: async () => text } as Response;
}

export function aborted(signal: AbortSignal): Promise<never> {
  return new Promise((_, reject) => signal.addEventListener('abort', () => reject(signal.reason)));
}

export function readCursor(text: string): Cursor {
  const [channel = '', maxvid, epoch] = text.split(':');
  return { channel, maxvid: maxvid === undefined ? undefined : Number(maxvid), epoch };
}
