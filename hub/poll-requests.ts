/**
 * What polls ask for, by their queries. A thousand readers at one place ask the same, but for the names of their clients: so what was read once is
 * remembered without the name. Everything unusual is read by the schema, each time or once, and refused by it.
 */

import { manyRequest, pollRequest } from '../lib/http/v1/poll-params.ts';
import { usualRequest } from '../lib/http/v1/usual-request.ts';
import type { PollRequest } from '../lib/poll/poll.ts';
import { CLIENT_PATTERN } from '../lib/protocol/doorbell.ts';
import { BoundedMap } from '../lib/runtime/bounded-map.ts';

/** Queries that are remembered. */
const MAX_REQUESTS = 1_000;
const CLIENT = 'client=';

export class PollRequests {
  /** By path and query, both without a client. */
  readonly #known = new BoundedMap<string, PollRequest>(MAX_REQUESTS);

  /** `channel`: the one that the path names, where it does. Throws what is wrong with the query. */
  of(path: string, channel: string | undefined, query: string): PollRequest {
    const { client, rest } = clientApart(query);
    const key = `${path}?${rest}`;
    const known = this.#known.get(key);
    if (known) return client === undefined ? known : { ...known, client };
    const usual = usualRequest(channel, rest);
    if (client !== undefined) {
      if (!usual) return anyRequest(channel, query);
      this.#known.set(key, usual);
      return { ...usual, client };
    }
    const request = usual ?? anyRequest(channel, query);
    // A client's own is of use to nobody else.
    return request.client === undefined ? this.#known.set(key, request) : request;
  }
}

/** The query's only client and what is left of the query. Where it is not as usual, or not behind another parameter, nothing is taken apart. */
function clientApart(query: string): { readonly client: string | undefined; readonly rest: string } {
  const from = query.indexOf(`&${CLIENT}`);
  if (from === -1) return { client: undefined, rest: query };
  const next = query.indexOf('&', from + 1);
  const to = next === -1 ? query.length : next;
  const client = query.slice(from + 1 + CLIENT.length, to);
  const rest = query.slice(0, from) + query.slice(to);
  const isUsual = CLIENT_PATTERN.test(client) && !rest.includes(CLIENT);
  return isUsual ? { client, rest } : { client: undefined, rest: query };
}

function anyRequest(channel: string | undefined, query: string): PollRequest {
  const params = new URLSearchParams(query);
  return channel === undefined ? manyRequest(params) : pollRequest(channel, params);
}
