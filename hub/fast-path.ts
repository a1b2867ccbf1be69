/**
 * The two requests that a hub answers thousands of times a second, polling one channel and publishing to one, without the router's objects:
 * a held poll then takes little more memory than its connection. Everything is decided by the same functions of `lib/` that the router's
 * routes call. Whatever is not plain (a token elsewhere than in the header, a foreign origin, an escaped name) is left to the router.
 */

import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Carriers } from '../lib/auth/settings.ts';
import type { Verifier } from '../lib/auth/verifier.ts';
import { PushError } from '../lib/errors.ts';
import { mayHoldToken, plainBearer } from '../lib/http/middleware/carried-token.ts';
import { bodyText } from '../lib/http/v1/body.ts';
import { asksForStream } from '../lib/http/v1/event-stream.ts';
import { channelParam, pollRequest, publishQuery } from '../lib/http/v1/params.ts';
import { type PublishRoutePorts, publishBody } from '../lib/http/v1/publish.ts';
import { textOfAnswer } from '../lib/log/read/page.ts';
import { type PollPorts, type PollRequest, poll } from '../lib/poll/poll.ts';
import { LIMITS } from '../lib/protocol/doorbell.ts';
import { BoundedMap } from '../lib/runtime/bounded-map.ts';
import type { Roomy } from './counted-response.ts';
import { ResponseDisconnect } from './disconnect-signal.ts';
import type { Reply } from './response-writer.ts';

export interface FastPathPorts {
  readonly poll: PollPorts;
  readonly publish: PublishRoutePorts;
  readonly verifier: Pick<Verifier, 'verify'>;
  readonly carriers: Pick<Carriers, 'query'>;
  readonly reply: Reply;
}

type Response = ServerResponse & Partial<Roomy>;

const EVENTS = /^\/v1\/channels\/([\w.-]{1,128})\/events(?:\?([^#]*))?$/;
/** Queries that are remembered, parsed: a thousand readers at one place send the same. */
const MAX_REQUESTS = 1_000;

export class FastPath {
  readonly #ports: FastPathPorts;
  readonly #requests = new BoundedMap<string, PollRequest>(MAX_REQUESTS);

  constructor(ports: FastPathPorts) {
    this.#ports = ports;
  }

  /** Answers the request, or leaves it alone: then false. */
  take(request: IncomingMessage, response: Response): boolean {
    const { url = '', method, headers } = request;
    if (method !== 'GET' && method !== 'POST') return false;
    const token = plainBearer(headers.authorization);
    if (token === undefined || headers.origin !== undefined) return false;
    if (url.length > LIMITS.addressChars) return false;
    const [, channel, query = ''] = EVENTS.exec(url) ?? [];
    if (channel === undefined || asksForStream(headers.accept)) return false;
    if (this.#ports.carriers.query && mayHoldToken(query)) return false;
    if (method === 'POST') void this.#publish(request, response, token, channel, query);
    else void this.#poll(url, response, token, channel, query);
    return true;
  }

  async #poll(url: string, response: Response, token: string, channel: string, query: string): Promise<void> {
    const { reply, verifier, poll: ports } = this.#ports;
    const hangup = new ResponseDisconnect(response);
    try {
      const verified = verifier.verify(token);
      const { caller } = verified instanceof Promise ? await verified : verified;
      const [answer] = await poll(ports, caller, this.#pollRequest(url, channel, query), hangup);
      if (!answer) return;
      const { body } = textOfAnswer(answer);
      if (response.hasRoom?.(body) === false) throw full();
      reply.json(response, 200, body);
    } catch (error) {
      reply.problem(response, pathOf(url), error);
    }
  }

  async #publish(
    request: IncomingMessage,
    response: ServerResponse,
    token: string,
    channel: string,
    query: string,
  ): Promise<void> {
    const { reply, verifier, publish } = this.#ports;
    try {
      const verified = verifier.verify(token);
      const { caller } = verified instanceof Promise ? await verified : verified;
      channelParam(channel);
      const keyFrom = query === '' ? undefined : publishQuery(new URLSearchParams(query)).keyFrom;
      const whole = () => wholeBody(request);
      const text = () =>
        bodyText({ declared: request.headers['content-length'], whole, pieces: () => request });
      const { 'content-type': type, 'content-encoding': encoding, 'doorbell-key': pointer } = request.headers;
      const key = typeof pointer === 'string' ? pointer : undefined;
      const form = { type, encoding, key, keyFrom };
      const answer = await publishBody(publish, caller, channel, form, text);
      reply.json(response, 201, JSON.stringify(answer));
    } catch (error) {
      // What was not read would be taken for the next request.
      if (!request.complete) response.shouldKeepAlive = false;
      reply.problem(response, pathOf(request.url ?? ''), error);
    }
  }

  #pollRequest(url: string, channel: string, query: string): PollRequest {
    const known = this.#requests.get(url);
    return known ?? this.#requests.set(url, pollRequest(channel, new URLSearchParams(query)));
  }
}

/** Without a promise for each piece: nearly every body is one. */
function wholeBody(request: IncomingMessage): Promise<Uint8Array> {
  return new Promise((resolve, reject) => {
    const pieces: Buffer[] = [];
    request.on('data', (piece: Buffer) => pieces.push(piece));
    request.on('end', () => resolve(pieces[0] && pieces.length === 1 ? pieces[0] : Buffer.concat(pieces)));
    // Its client has gone: the answer is for nobody.
    request.on('error', () => reject(new PushError('bad-body', 'The body broke off.', { field: 'body' })));
  });
}

/** Nothing is lost: the events are in the log. */
function full(): PushError {
  const message = 'More answers wait on this connection than it may hold: read them before you ask for more.';
  return new PushError('unavailable', message);
}

function pathOf(url: string): string {
  return url.split('?', 1)[0] ?? url;
}
