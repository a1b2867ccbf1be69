/**
 * The requests of the Durable Streams protocol that come most, reads and appends, without the router's objects, as `FastPath` has polls and publishes.
 * Everything is decided by the functions that the router's routes call. Names with escapes and the other methods are left to the router.
 */

import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Caller } from '../lib/auth/caller.ts';
import { appendReply } from '../lib/http/durable-streams/append-replies.ts';
import { CHUNKED, openEvents } from '../lib/http/durable-streams/event-texts.ts';
import { type ReadParams, readParams } from '../lib/http/durable-streams/params.ts';
import { readReply } from '../lib/http/durable-streams/read-replies.ts';
import { STREAMED } from '../lib/http/durable-streams/sse.ts';
import type { StreamRoutePorts } from '../lib/http/durable-streams/write.ts';
import type { ProblemPorts } from '../lib/http/problem.ts';
import { admitted, bodyBytes, requireUnpacked } from '../lib/http/v1/body.ts';
import type { DisconnectSignal } from '../lib/poll/wait.ts';
import { LIMITS, STREAM_PATTERN } from '../lib/protocol/doorbell.ts';
import type { StreamReadPorts } from '../lib/streams/ports.ts';
import type { Roomy } from './counted-response.ts';
import { ResponseDisconnect } from './disconnect-signal.ts';
import { type IdentifyPorts, identified, skipBody, skipRest, wholeBody } from './fast-request.ts';
import { frameOfEvents, type StreamedResponse } from './frames.ts';
import { full, type Reply } from './response-writer.ts';
import { pipe, type StreamResponse } from './stream-writer.ts';

export interface StreamPathPorts extends IdentifyPorts {
  readonly streams: StreamReadPorts & StreamRoutePorts & ProblemPorts;
  readonly reply: Reply;
}

/** The listeners' own classes have the rest. */
type Response = ServerResponse & Partial<Roomy & StreamedResponse>;

/** Where a reader's events go. */
interface EventsTo {
  readonly response: StreamResponse;
  readonly disconnect: DisconnectSignal;
  readonly origin: string | undefined;
  readonly path: string;
}

interface Target {
  readonly path: string;
  readonly name: string;
  readonly query: string;
}

const BEFORE = '/v1/stream/';
/** Such a body nearly always has come whole with its head. What is longer may be under way when it is refused, and the router reads the rest away. */
const SHORT_BODY_BYTES = 64 * 1024;

export class StreamPath {
  readonly #ports: StreamPathPorts;

  constructor(ports: StreamPathPorts) {
    this.#ports = ports;
  }

  /** Answers the request, or leaves it alone: then false. */
  take(request: IncomingMessage, response: Response): boolean {
    const target = targetOf(request.url ?? '');
    if (!target) return false;
    if (request.method === 'POST') {
      const declared = request.headers['content-length'];
      if (declared === undefined || Number(declared) > SHORT_BODY_BYTES) return false;
      void this.#append(request, response, target);
      return true;
    }
    if (request.method !== 'GET') return false;
    if (mayAskForEvents(target.query) && !isStreamed(response)) return false;
    skipBody(request);
    void this.#read(request, response, target);
    return true;
  }

  async #read(request: IncomingMessage, response: Response, { path, name, query }: Target): Promise<void> {
    const { reply, streams } = this.#ports;
    const { origin, 'if-none-match': ifNoneMatch } = request.headers;
    const disconnect = new ResponseDisconnect(response);
    try {
      const who = identified(request, query, this.#ports);
      const { caller, query: asked, token } = who instanceof Promise ? await who : who;
      const params = readParams(new URLSearchParams(asked));
      if (params.live === 'sse' && isStreamed(response)) {
        const checkToken = async () => void (await this.#ports.verifier.verify(token));
        await this.#events({ response, disconnect, origin, path }, caller, { name, ...params }, checkToken);
        return;
      }
      const answer = await readReply(streams, caller, { name, params, ifNoneMatch }, disconnect);
      if (answer.body !== null && response.hasRoom?.(answer.body) === false) throw full();
      reply.shared(response, origin, answer);
    } catch (error) {
      reply.problem(response, origin, path, error);
    }
  }

  /** Throws what is wrong with the request, before anything is written. */
  async #events(
    { response, disconnect, origin, path }: EventsTo,
    caller: Caller,
    { name, offset = '-1', cursor }: ReadParams & { readonly name: string },
    checkToken: () => Promise<void>,
  ): Promise<void> {
    const { reply, streams } = this.#ports;
    const asked = { name, offset, cursor };
    const opened = await openEvents(streams, caller, asked, STREAMED, disconnect, checkToken);
    const { first, answers, events, headers } = opened;
    if (!first.value) return;
    reply.stream(response, origin, { ...headers, ...CHUNKED });
    const stream = { response, onFault: (error: unknown) => reply.fault(path, error) };
    void pipe(stream, first.value, answers, (answer) => frameOfEvents(events.next(answer)));
  }

  async #append(request: IncomingMessage, response: Response, { path, name, query }: Target): Promise<void> {
    const { reply, streams } = this.#ports;
    const { headers } = request;
    const { origin } = headers;
    try {
      const who = identified(request, query, this.#ports);
      const { caller } = who instanceof Promise ? await who : who;
      const header = (one: string) => {
        const value = headers[one.toLowerCase()];
        return typeof value === 'string' ? value : undefined;
      };
      const body = async () => {
        requireUnpacked(headers['content-encoding']);
        const whole = () => wholeBody(request);
        const sent = { declared: headers['content-length'], whole, pieces: () => request };
        return admitted(streams.admit, caller, () => bodyBytes(sent));
      };
      reply.shared(response, origin, await appendReply(streams, caller, { name, path, header, body }));
    } catch (error) {
      skipRest(request, response);
      reply.problem(response, origin, path, error);
    }
  }
}

/** Undefined of an address that is another one, is longer than may be, has escapes in its path, or an odd query. */
function targetOf(url: string): Target | undefined {
  if (!url.startsWith(BEFORE) || url.length > LIMITS.addressChars || url.includes('#')) return undefined;
  const at = url.indexOf('?');
  const path = at === -1 ? url : url.slice(0, at);
  const query = at === -1 ? '' : url.slice(at + 1);
  const name = path.slice(BEFORE.length);
  return STREAM_PATTERN.test(name) && !query.startsWith('?') ? { path, name, query } : undefined;
}

function isStreamed(response: Response): response is StreamResponse {
  return response.push !== undefined;
}

function mayAskForEvents(query: string): boolean {
  return query.includes('sse') || query.includes('%');
}
