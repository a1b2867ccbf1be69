/** What the fast path writes: answers with the same headers as the router's, whole or not at all. */

import type { ServerResponse } from 'node:http';
import { PushError } from '../lib/errors.ts';
import type { App } from '../lib/http/app.ts';
import type { StreamReply } from '../lib/http/durable-streams/reply.ts';
import { type ProblemAnswer, type ProblemPorts, problemAnswer } from '../lib/http/problem.ts';
import { STREAM_HEAD } from '../lib/http/v1/event-stream.ts';
import { CONTENT_TYPES } from '../lib/protocol/doorbell.ts';
import type { HeadInLines } from './counted-response.ts';
import { JoinedHeads, type SharedHead, sharedHead } from './shared-heads.ts';

export interface ReplyPorts extends ProblemPorts {
  /** Told of the status of each answer. */
  readonly onResponse: (status: number) => void;
}

/** Of every answer to a page of one origin. */
interface CommonHeaders {
  readonly plain: SharedHead;
  readonly json: SharedHead;
  /** Of those that say themselves whether they may be kept. */
  readonly kept: SharedHead;
}

/** The listeners' own classes have the rest. */
type Response = ServerResponse & Partial<HeadInLines>;

/** Not of every answer. */
const OWN = new Set(['content-type', 'content-length', 'www-authenticate', 'allow']);

export class Reply {
  readonly #ports: ReplyPorts;
  /** To those who name no origin that is configured. */
  readonly #common: CommonHeaders;
  readonly #byOrigin: ReadonlyMap<string, CommonHeaders>;
  readonly #heads = new JoinedHeads();
  #closing = false;

  private constructor(
    ports: ReplyPorts,
    common: CommonHeaders,
    byOrigin: ReadonlyMap<string, CommonHeaders>,
  ) {
    this.#ports = ports;
    this.#common = common;
    this.#byOrigin = byOrigin;
  }

  /** Learns the headers from the router itself, so that there is no second list of them: of an answer to nobody's page, and to pages of `origins`. */
  static async like(app: App, origins: readonly string[], ports: ReplyPorts): Promise<Reply> {
    const pairs = origins.map(async (origin) => [origin, await commonHeaders(app, { origin })] as const);
    return new Reply(ports, await commonHeaders(app, {}), new Map(await Promise.all(pairs)));
  }

  /** From now on no connection is kept after its answer. */
  close(): void {
    this.#closing = true;
  }

  /** `origin`: as the request names it. */
  json(
    response: Response,
    origin: string | undefined,
    status: number,
    body: Uint8Array | string,
    bytes = Buffer.byteLength(body),
  ): void {
    this.#write(response, status, this.#commonTo(origin).json, [], body, bytes);
  }

  /** An answer whose headers, and body, others may share: what is made of them is made once. */
  shared(response: Response, origin: string | undefined, { status, headers, own, body }: StreamReply): void {
    const common = this.#commonTo(origin);
    const head = this.#heads.of('Cache-Control' in headers ? common.kept : common.plain, headers);
    const fields = own === undefined ? [] : Object.entries(own).flat();
    if (body === null) this.#write(response, status, head, fields, undefined);
    else this.#write(response, status, head, fields, body, Buffer.byteLength(body));
  }

  /** The head of a stream; its body is the caller's to write. */
  stream(
    response: Response,
    origin: string | undefined,
    headers: Readonly<Record<string, string>> = STREAM_HEAD,
  ): void {
    if (this.#closing) response.shouldKeepAlive = false;
    const common = this.#commonTo(origin);
    const head = 'Cache-Control' in headers ? common.kept : common.plain;
    writeHead(response, 200, head, Object.entries(headers).flat());
    this.#ports.onResponse(200);
  }

  /** Notes what nobody foresaw, where it is too late for a problem. */
  fault(path: string, error: unknown): void {
    problemAnswer(error, path, this.#ports);
  }

  problem(response: Response, origin: string | undefined, path: string, error: unknown): ProblemAnswer {
    const problem = problemAnswer(error, path, this.#ports);
    const { status, headers, body } = problem;
    // A head cannot be taken back: the answer breaks off, and its reader asks again.
    if (response.headersSent) {
      response.destroy();
      return problem;
    }
    const own = Object.entries(headers).flat();
    this.#write(response, status, this.#commonTo(origin).plain, own, body, Buffer.byteLength(body));
    return problem;
  }

  #commonTo(origin: string | undefined): CommonHeaders {
    return (origin === undefined ? undefined : this.#byOrigin.get(origin)) ?? this.#common;
  }

  #write(
    response: Response,
    status: number,
    head: SharedHead,
    own: readonly string[],
    body: Uint8Array | string | undefined,
    bytes?: number,
  ): void {
    // Nobody is there any more.
    if (response.destroyed) return;
    if (this.#closing) response.shouldKeepAlive = false;
    writeHead(response, status, head, bytes === undefined ? own : [...own, 'Content-Length', String(bytes)]);
    response.end(body);
    // Over HTTP/2 nothing is sent, and nothing says so, when its client has gone.
    if (response.headersSent) this.#ports.onResponse(response.statusCode);
  }
}

async function commonHeaders(app: App, asked: Record<string, string>): Promise<CommonHeaders> {
  const { headers } = await app.request('/v1/events', { method: 'HEAD', headers: asked });
  const shared = [...headers].filter(([name]) => !OWN.has(name));
  const plain = shared.flat();
  return {
    plain: sharedHead(plain),
    json: sharedHead([...plain, 'Content-Type', CONTENT_TYPES.json]),
    kept: sharedHead(shared.filter(([name]) => name !== 'cache-control').flat()),
  };
}

/** Nothing is lost: what was asked for is in the log. */
export function full(): PushError {
  const message = 'More answers wait on this connection than it may hold: read them before you ask for more.';
  return new PushError('unavailable', message);
}

function writeHead(
  response: Response,
  status: number,
  { fields, lines }: SharedHead,
  own: readonly string[],
): void {
  if (response.writeLines) response.writeLines(status, lines, own);
  else response.writeHead(status, [...fields, ...own]);
}
