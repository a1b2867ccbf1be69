/** Is there a Doorbell at all? Asked before the load, so that a slip in the address is one line and not a page of violations. */

import { Usage } from '../options.ts';
import { Network, type Target } from './network.ts';
import { refuse } from './party.ts';

/** The first request to a sleeping stage is a cold start. */
const HEALTH_MS = 15_000;

/** Throws `Usage` when nothing answers or it is something else, `Refused` when it lets nobody in. */
export async function mustAnswer(target: Target): Promise<void> {
  const network = new Network(target);
  const outcome = await network.request({ method: 'GET', path: '/healthz', timeoutMs: HEALTH_MS });
  network.close();
  if (outcome.kind === 'cut') throw new Usage(`Nothing answers at ${target.url}. Is it running?`);
  refuse(outcome.status);
  if (outcome.status >= 500) throw new Usage(`${target.url} answers ${outcome.status}: it is not well.`);
  if (outcome.status !== 200 || !saysOk(outcome.text)) {
    throw new Usage(`${target.url} answers, but is not a Doorbell.`);
  }
}

/** PROTOCOL.md, section 4. */
function saysOk(text: string): boolean {
  try {
    return JSON.parse(text).status === 'ok';
  } catch {
    return false;
  }
}
