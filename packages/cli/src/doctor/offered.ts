/** Which other ways to wait a reader of this channel is offered (PROTOCOL.md, section 3.8), and whether shared polls are answered where they are. */

import type { MultiPollAnswer, SharedAnswer } from '../../../../lib/protocol/doorbell.ts';
import { type Finding, fail, ok } from './finding.ts';
import type { Asking } from './holding.ts';

const NAMES: Readonly<Record<string, string>> = { shared: 'shared polls', direct: 'direct waits' };

/** None where nothing is offered. */
export async function offeredFindings({ fetch }: Asking, channel: string): Promise<readonly Finding[]> {
  const response = await fetch(`/v1/events?cursor=${channel}&wait=0`);
  const { ways = [] } = await jsonOf<MultiPollAnswer>(response);
  if (!Array.isArray(ways) || ways.length === 0) return [];
  const offered = ok(`readers are offered ${ways.map((way) => NAMES[way] ?? way).join(', then ')}`);
  if (!ways.includes('shared')) return [offered];
  const asked = await fetch(`/v1/shared/${channel}/events`);
  const { slot } = await jsonOf<SharedAnswer>(asked);
  return [
    offered,
    asked.status === 200 && typeof slot === 'number'
      ? ok('a shared poll is answered')
      : fail(
          `shared polls are offered, and one was answered with ${asked.status}`,
          'What stands in front says Doorbell-Front: shared. It must check the reader itself, and ask with a token of its own (examples/proxies, docs/operations/deploy.md).',
        ),
  ];
}

/** Nothing of what is no JSON. */
async function jsonOf<T>(response: Response): Promise<Partial<T>> {
  return ((await response.json().catch(() => undefined)) ?? {}) as Partial<T>;
}
