/**
 * In front of the functions: an HTTP API with its routes and its limits. A function that fails is a 500, one that takes longer than the API waits or
 * is throttled is a 503. A caller that hangs up is told to nobody: its function goes on.
 */

import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Clock } from '../../lib/runtime/ports.ts';
import { answerOf, eventOf, type Matched } from './gateway-event.ts';
import type { Invoked, Pool, Times } from './pool.ts';
import { waitedForProcessorMs } from './processor.ts';

/** https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-quotas.html */
const INTEGRATION_MS = 30_000;
const MAX_REQUEST_BYTES = 10 * 1024 * 1024;
const MAX_HEADER_BYTES = 10_240;
/** Lambda's, for an event: https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html */
const MAX_EVENT_BYTES = 6 * 1024 * 1024;

/** An answer that takes longer is told of: the longest poll is 20 s, and its environment may have to be made. */
const SLOW_MS = 25_000;

/** What took the time of an answer that was slow: making an environment, the function, or the rest, which is this process and the machine. */
export interface SlowAnswer {
  readonly request: string;
  readonly outcome: Invoked['kind'] | 'given up';
  readonly wholeMs: number;
  readonly times: Omit<Times, 'look'>;
  /** How long this process waited for a processor meanwhile: the API and the services of AWS stand in it. */
  readonly waitedHereMs: number;
}

/** `GET /v1/channels/{channel}/events`, or `*`. */
export interface Route {
  readonly key: string;
  readonly pool: Pick<Pool, 'invoke'>;
}

export class Gateway {
  readonly #routes: readonly Route[];
  readonly #clock: Clock;
  readonly #onSlow: (slow: SlowAnswer) => void;
  readonly #server: Server;

  constructor(routes: readonly Route[], clock: Clock, onSlow: (slow: SlowAnswer) => void = () => undefined) {
    this.#routes = routes;
    this.#clock = clock;
    this.#onSlow = onSlow;
    this.#server = createServer({ maxHeaderSize: MAX_HEADER_BYTES }, (request, response) => {
      this.#answer(request, response).catch(() => response.destroy());
    });
  }

  /** Resolves with the port. */
  async listen(host: string, port: number): Promise<number> {
    this.#server.listen(port, host);
    await once(this.#server, 'listening');
    return (this.#server.address() as AddressInfo).port;
  }

  close(): void {
    this.#server.close();
    this.#server.closeAllConnections();
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const asked = this.#clock.elapsed();
    const body = await bodyOf(request);
    if (body === undefined) return refuse(response, 413, 'Request Entity Too Large');
    const { route, matched } = this.#match(request);
    if (!route) return refuse(response, 404, 'Not Found');
    const event = JSON.stringify(eventOf(request, body, matched, this.#clock.now()));
    if (Buffer.byteLength(event) > MAX_EVENT_BYTES) return refuse(response, 413, 'Request Entity Too Large');
    const times: Times = { environmentMs: 0, functionMs: 0, stalledMs: 0, waitedMs: 0 };
    const waitedHere = waitedForProcessorMs('self');
    const outcome = await Promise.race([route.pool.invoke(event, times), this.#giveUp(response)]);
    this.#tell(matched.routeKey, outcome?.kind ?? 'given up', times, asked, waitedHere);
    if (outcome === undefined || outcome.kind === 'throttled')
      return refuse(response, 503, 'Service Unavailable');
    const answer = outcome.kind === 'answer' ? answerOf(outcome.payload) : undefined;
    if (!answer) return refuse(response, 500, 'Internal Server Error');
    const headers = { ...answer.headers, 'content-length': String(answer.body.length) };
    response.writeHead(answer.status, headers as Record<string, string | string[]>);
    response.end(request.method === 'HEAD' ? undefined : answer.body);
  }

  #tell(
    request: string,
    outcome: SlowAnswer['outcome'],
    times: Times,
    asked: number,
    waitedHere: number,
  ): void {
    const wholeMs = this.#clock.elapsed() - asked;
    if (wholeMs <= SLOW_MS) return;
    times.look?.();
    const { look: _, ...told } = times;
    const waitedHereMs = waitedForProcessorMs('self') - waitedHere;
    this.#onSlow({ request, outcome, wholeMs, times: told, waitedHereMs });
  }

  #giveUp(response: ServerResponse): Promise<undefined> {
    return new Promise((resolve) => {
      const cancel = this.#clock.after(INTEGRATION_MS, () => resolve(undefined));
      response.on('close', cancel);
    });
  }

  /** The most specific route: HTTP API prefers a full match to one with parameters, and either to `$default`. */
  #match(request: IncomingMessage): { readonly route: Route | undefined; readonly matched: Matched } {
    const [path = '/'] = (request.url ?? '/').split('?');
    const candidates = this.#routes.flatMap((route) => {
      const parameters = parametersOf(route.key, request.method ?? 'GET', path);
      return parameters ? [{ route, matched: { routeKey: route.key, parameters } }] : [];
    });
    const [best] = candidates.sort((a, b) => countOf(a.matched) - countOf(b.matched));
    if (best) return best;
    const route = this.#routes.find(({ key }) => key === '*');
    return { route, matched: { routeKey: '$default', parameters: {} } };
  }
}

const countOf = ({ parameters }: Matched) => Object.keys(parameters).length;

/** Undefined when the route does not match. `{name+}` takes the rest of the path. */
function parametersOf(key: string, method: string, path: string): Record<string, string> | undefined {
  const [wantedMethod, wantedPath = ''] = key.split(' ');
  if (wantedMethod !== method) return undefined;
  const [, before, rest] = /^(.*\/)\{(\w+)\+\}$/.exec(wantedPath) ?? [];
  if (before !== undefined && rest !== undefined)
    return path.startsWith(before) && path.length > before.length
      ? { [rest]: path.slice(before.length) }
      : undefined;
  const wanted = wantedPath.split('/');
  const given = path.split('/');
  if (wanted.length !== given.length) return undefined;
  const parameters: Record<string, string> = {};
  for (const [index, part] of wanted.entries()) {
    const name = /^\{(\w+)\}$/.exec(part)?.[1];
    const value = given[index] ?? '';
    if (name === undefined ? part !== value : value === '') return undefined;
    if (name !== undefined) parameters[name] = value;
  }
  return parameters;
}

/** Undefined when it is longer than the API takes. */
async function bodyOf(request: IncomingMessage): Promise<Buffer | undefined> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    bytes += chunk.length;
    if (bytes <= MAX_REQUEST_BYTES) chunks.push(chunk);
  }
  return bytes > MAX_REQUEST_BYTES ? undefined : Buffer.concat(chunks);
}

function refuse(response: ServerResponse, status: number, message: string): void {
  response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify({ message }));
}
