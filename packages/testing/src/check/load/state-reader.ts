/** Someone who asks for the states of channels again and again: of all keys, by their beginning or by name, page by page. What it was given goes into the history. */

import type { StateQuery } from '../history.ts';
import type { Outcome } from './network.ts';
import { backoffMs, type Party, pause, refuse } from './party.ts';
import { KEYS } from './payload.ts';
import { readProblem, readState, type StatePage } from './replies.ts';

const TIMEOUT_MS = 30_000;
const PAUSE_MS = { least: 50, most: 1_500 };
const LAST_TRIES = 20;

export async function watchStates(party: Party): Promise<void> {
  const { run, chance } = party;
  while (!run.over.aborted) {
    await pause(chance.integer(PAUSE_MS.least, PAUSE_MS.most), run.over);
    const channel = chance.pick(run.channels);
    const query = chance.pick([{}, {}, { prefix: 'door' }, { keys: [chance.pick(KEYS), chance.pick(KEYS)] }]);
    const given = await readWhole(party, channel, query, run.over);
    if (given === 'failed') await pause(backoffMs(party, 1, 0), run.over);
    if (given === 'not served') return;
  }
}

/** When the load is over: every channel's whole state. False where one was not to be had. */
export async function lastStates(party: Party): Promise<boolean> {
  for (const channel of party.run.channels) {
    if (!party.run.heads.has(channel)) continue;
    let given = await readWhole(party, channel, {});
    for (let tries = 1; given === 'failed' && tries < LAST_TRIES; tries++) {
      await pause(backoffMs(party, tries, 0));
      given = await readWhole(party, channel, {});
    }
    if (given === 'not served') return true;
    if (given === 'failed') return false;
  }
  return true;
}

/** `not served`: the server keeps no states, as a hub on a stack that was not told of their table. */
type Given = 'given' | 'none yet' | 'failed' | 'not served';

async function readWhole(
  party: Party,
  channel: string,
  query: StateQuery,
  signal?: AbortSignal,
): Promise<Given> {
  const { history } = party.run;
  const op = history.op();
  history.add({ kind: 'state', op, reader: party.name, channel, ...query });
  const pages: StatePage[] = [];
  for (let after: string | null = ''; after !== null; ) {
    const outcome: Outcome = await ask(party, channel, query, after, signal);
    if (outcome.kind === 'cut') {
      history.add({ kind: 'cut', op, why: outcome.why });
      return 'failed';
    }
    const page: StatePage | undefined = outcome.status === 200 ? readState(outcome.text) : undefined;
    if (!page) return refused(party, op, channel, outcome);
    pages.push(page);
    after = page.next;
  }
  history.add({ kind: 'stated', op, pages });
  return 'given';
}

function ask(
  { network }: Party,
  channel: string,
  { prefix, keys = [] }: StateQuery,
  after: string,
  signal: AbortSignal | undefined,
): Promise<Outcome> {
  const query = new URLSearchParams(keys.map((key) => ['key', key]));
  if (prefix !== undefined) query.set('prefix', prefix);
  if (after !== '') query.set('after', after);
  const path = `/v1/channels/${channel}/state${query.size > 0 ? `?${query}` : ''}`;
  return network.request({ method: 'GET', path, timeoutMs: TIMEOUT_MS, ...(signal ? { signal } : {}) });
}

function refused(
  { run, name }: Party,
  op: number,
  channel: string,
  { status, text }: Extract<Outcome, { kind: 'reply' }>,
): Given {
  refuse(status);
  const { type, field } = readProblem(text);
  const isUnborn = status === 404 && field === 'channel';
  const isBusy = status === 429 || (status >= 500 && type !== 'internal');
  if (isUnborn || isBusy || status === 404) run.history.add({ kind: 'cut', op, why: 'failed' });
  else
    run.history.add({
      kind: 'fault',
      op,
      what: `${name}: a state of ${channel} was answered with ${status} ${type}`,
    });
  if (isUnborn) return run.heads.has(channel) ? 'failed' : 'none yet';
  return status === 404 ? 'not served' : 'failed';
}
