/** Emulators look at no signature: they serve programs of this machine, and refuse web pages. */

import type { IncomingHttpHeaders } from 'node:http';
import { isFromPage, isLoopbackHost } from '../../lib/http/loopback.ts';

/** Whether a request to an emulator, or to Lambda's Runtime API, may come from somebody else than a program of this machine. */
export function isStranger(headers: IncomingHttpHeaders): boolean {
  return isFromPage(headers) || !isLoopbackHost(headers.host);
}

/** What a stranger is answered, in the words of both DynamoDB and SQS. */
export const REFUSED = {
  status: 403,
  body: { __type: 'AccessDeniedException', message: 'An emulator serves programs of this machine only.' },
} as const;
