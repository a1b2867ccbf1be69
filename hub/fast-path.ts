/**
 * The requests that a hub answers thousands of times a second, polls and publishes, without the router's objects: a held poll then takes little more
 * memory than its connection. Everything is decided by the same functions of `lib/` that the router's routes call. It serves every form that
 * PROTOCOL.md gives these requests; other addresses, methods and names with escapes are left to the router.
 */

import type { IncomingMessage, ServerResponse } from 'node:http';
import { bodyText } from '../lib/http/v1/body.ts';
import { channelParam } from '../lib/http/v1/checks.ts';
import { asksForStream, streamRequest } from '../lib/http/v1/event-stream.ts';
import { publishQuery } from '../lib/http/v1/params.ts';
import { type PublishRoutePorts, publishBody } from '../lib/http/v1/publish.ts';
import { textOfAnswer, textOfAnswers } from '../lib/log/read/page.ts';
import { type PollPorts, poll } from '../lib/poll/poll.ts';
import { FRONT_HEADER, LIMITS, type PollAnswer } from '../lib/protocol/doorbell.ts';
import type { Roomy } from './counted-response.ts';
import { ResponseDisconnect } from './disconnect-signal.ts';
import {
  type IdentifyPorts,
  identified,
  skipBody,
  skipRest,
  type Target,
  targetOf,
  wholeBody,
} from './fast-request.ts';
import type { StreamedResponse } from './frames.ts';
import { PollRequests } from './poll-requests.ts';
import { full, type Reply } from './response-writer.ts';
import { type StreamResponse, streamTo } from './stream-writer.ts';

export interface FastPathPorts extends IdentifyPorts {
  readonly poll: PollPorts;
  readonly publish: PublishRoutePorts;
  readonly reply: Reply;
}

/** The listeners' own classes have the rest. */
type Response = ServerResponse & Partial<Roomy & StreamedResponse>;

export class FastPath {
  readonly #ports: FastPathPorts;
  readonly #requests = new PollRequests();

  constructor(ports: FastPathPorts) {
    this.#ports = ports;
  }

  /** Answers the request, or leaves it alone: then false. */
  take(request: IncomingMessage, response: Response): boolean {
    const { method, headers } = request;
    const target = targetOf(request.url ?? '');
    if (!target) return false;
    const { channel } = target;
    if (method === 'GET') {
      // Their readers may be told of another way to wait, in answers at once: the router knows which.
      if (channel === undefined && headers[FRONT_HEADER] !== undefined && target.query.includes('wait=0'))
        return false;
      const streams = channel !== undefined && asksForStream(headers.accept);
      if (streams && !isStreamed(response)) return false;
      skipBody(request);
      if (streams) void this.#stream(request, response as StreamResponse, target, channel);
      else void this.#poll(request, response, target);
      return true;
    }
    if (method !== 'POST' || channel === undefined || !isWithin(headers['content-length'])) return false;
    // A CloudEvent with its attributes in headers is rare.
    if (headers['ce-specversion'] !== undefined) return false;
    void this.#publish(request, response, target, channel);
    return true;
  }

  async #poll(request: IncomingMessage, response: Response, target: Target): Promise<void> {
    const { reply, poll: ports } = this.#ports;
    const { origin } = request.headers;
    const disconnect = new ResponseDisconnect(response);
    try {
      const who = identified(request, target.query, this.#ports);
      const { caller, query } = who instanceof Promise ? await who : who;
      const asked = this.#requests.of(target.path, target.channel, query);
      const { body, bytes } = textFor(target, await poll(ports, caller, asked, disconnect));
      if (response.hasRoom?.(body) === false) throw full();
      reply.json(response, origin, 200, body, bytes);
    } catch (error) {
      reply.problem(response, origin, target.path, error);
    }
  }

  async #stream(
    request: IncomingMessage,
    response: StreamResponse,
    target: Target,
    channel: string,
  ): Promise<void> {
    const { reply, poll: ports, verifier } = this.#ports;
    const { origin } = request.headers;
    const disconnect = new ResponseDisconnect(response);
    try {
      const { caller, query, token } = await identified(request, target.query, this.#ports);
      const last = request.headers['last-event-id'];
      const params = new URLSearchParams(query);
      const asked = streamRequest(channel, params, typeof last === 'string' ? last : undefined);
      const checkToken = () => {
        const verified = verifier.verify(token);
        return verified instanceof Promise ? verified.then(() => undefined) : undefined;
      };
      const begin = () => reply.stream(response, origin);
      const onFault = (error: unknown) => reply.fault(target.path, error);
      const stream = { response, disconnect, begin, onFault };
      await streamTo(stream, ports, { caller, request: asked, checkToken });
    } catch (error) {
      reply.problem(response, origin, target.path, error);
    }
  }

  async #publish(
    request: IncomingMessage,
    response: Response,
    target: Target,
    channel: string,
  ): Promise<void> {
    const { reply, publish } = this.#ports;
    const {
      origin,
      'content-type': type,
      'content-encoding': encoding,
      'doorbell-key': pointer,
      'doorbell-expect': promise,
    } = request.headers;
    try {
      const who = identified(request, target.query, this.#ports);
      const { caller, query } = who instanceof Promise ? await who : who;
      channelParam(channel);
      const parameters = query === '' ? {} : publishQuery(new URLSearchParams(query));
      const whole = () => wholeBody(request);
      const text = () =>
        bodyText({ declared: request.headers['content-length'], whole, pieces: () => request });
      const key = typeof pointer === 'string' ? pointer : undefined;
      const expect = typeof promise === 'string' ? promise : undefined;
      const form = { type, encoding, key, expect, query: parameters };
      const answer = await publishBody(publish, caller, channel, form, text);
      reply.json(response, origin, 201, JSON.stringify(answer));
    } catch (error) {
      skipRest(request, response);
      reply.problem(response, origin, target.path, error);
    }
  }
}

/** Of what is longer than may be, or of no said length, the router reads the rest away when it is refused. */
function isWithin(declared: string | undefined): boolean {
  return declared !== undefined && Number(declared) <= LIMITS.bodyBytes;
}

function isStreamed(response: Response): response is StreamResponse {
  return response.push !== undefined;
}

function textFor({ channel }: Target, answers: readonly PollAnswer[]) {
  const [answer] = answers;
  return channel === undefined || !answer ? textOfAnswers(answers) : textOfAnswer(answer);
}
