/** Whether a reader can wait without a poll that a server holds (PROTOCOL.md, section 3.7), where that is offered. */

import { BELL_WORD, LIMITS, type WaitsAnswer, type WaitTicket } from '../../../../lib/protocol/doorbell.ts';
import { type Finding, fail, ok, warn } from './finding.ts';
import type { Asking } from './holding.ts';

/** SQS's word for an answer of its own. */
const ANSWER = 'ReceiveMessage';
/** On top of the wait: the way there and back, and a slow server. */
const GRACE_MS = 3_000;
const LOOK = 'In API Gateway: the integration of GET /v1/wait and its role (docs/operations/deploy.md).';

/** None where direct waits are not offered. */
export async function waitingFindings(asking: Asking, channel: string): Promise<readonly Finding[]> {
  const ask = (ticket = '') => asking.fetch(`/v1/channels/${channel}/waits${ticket}`, { method: 'POST' });
  const asked = await ask();
  if (asked.status === 404 || asked.status === 405) return [];
  if (asked.status === 429)
    return [
      warn('direct waits were refused with 429: too many new mailboxes', 'Wait a minute, then try again.'),
    ];
  const wait = await ticketOf(asked);
  if (!wait)
    return [
      fail(
        `a reader who would wait directly was answered with ${asked.status}, without a ticket`,
        'Look at the token findings above; then at the log of the server.',
      ),
    ];
  const waited = await waitWith(asking, wait);
  // The first ticket lasts for a second, and the way here may take as long.
  const next = waited.status === 200 ? undefined : await ticketOf(await ask(`?ticket=${wait.ticket}`));
  return [
    next ? await verdict(asking, next, await waitWith(asking, next)) : await verdict(asking, wait, waited),
  ];
}

/** Undefined where there is none, whatever was answered. */
async function ticketOf(response: Response): Promise<WaitTicket | undefined> {
  const { wait } = (await response.json().catch(() => ({}))) as Partial<WaitsAnswer>;
  return response.status === 200 ? wait : undefined;
}

interface Waited {
  readonly status: number;
  readonly text: string;
  readonly ms: number;
}

async function waitWith({ fetch, terminal }: Asking, { ticket }: WaitTicket): Promise<Waited> {
  const began = terminal.stopwatch();
  const response = await fetch(`/v1/wait?ticket=${ticket}`);
  const text = await response.text();
  return { status: response.status, text, ms: terminal.stopwatch() - began };
}

async function verdict(
  { fetch }: Asking,
  { ticket, ...wait }: WaitTicket,
  { status, text, ms }: Waited,
): Promise<Finding> {
  if (status !== 200 || !text.includes(ANSWER))
    return fail(`a direct wait was answered with ${status}`, LOOK);
  const seconds = Math.min(wait.seconds, LIMITS.waitSeconds);
  if (!text.includes(BELL_WORD) && ms < (seconds - 1) * 1_000)
    return fail(
      `a direct wait of ${seconds} s ended after ${(ms / 1_000).toFixed(1)} s`,
      'Something answers in the place of the server: a cache, or a proxy that ends requests.',
    );
  if (ms > seconds * 1_000 + GRACE_MS)
    return warn(
      `a direct wait of ${seconds} s ended after ${(ms / 1_000).toFixed(1)} s`,
      'Something holds answers back: turn response buffering off.',
    );
  const other = await fetch(`/v1/wait?ticket=${forged(ticket)}`);
  if (other.status === 200)
    return fail(
      'a forged ticket was taken for a wait',
      'GET /v1/wait is there without its authorizer: deploy again.',
    );
  return ok('a reader can wait without a poll, and a forged ticket is refused');
}

/** The same with another signature. */
function forged(ticket: string): string {
  const [head = '', body = '', signature = ''] = ticket.split('.');
  return `${head}.${body}.${[...signature].reverse().join('')}`;
}
