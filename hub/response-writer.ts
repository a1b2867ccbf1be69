/** What the fast path writes: answers with the same headers as the router's, whole or not at all. */

import type { ServerResponse } from 'node:http';
import type { App } from '../lib/http/app.ts';
import { type ProblemAnswer, type ProblemPorts, problemAnswer } from '../lib/http/problem.ts';
import { STREAM_HEAD } from '../lib/http/v1/event-stream.ts';
import { CONTENT_TYPES } from '../lib/protocol/doorbell.ts';

export interface ReplyPorts extends ProblemPorts {
  /** Told of the status of each answer. */
  readonly onResponse: (status: number) => void;
}

/** Of every answer to a page of one origin: name, value, name, value … */
interface CommonHeaders {
  readonly plain: readonly string[];
  readonly json: readonly string[];
}

/** Not of every answer. */
const OWN = new Set(['content-type', 'content-length', 'www-authenticate', 'allow']);

const STREAM_FIELDS = Object.entries(STREAM_HEAD).flat();

export class Reply {
  readonly #ports: ReplyPorts;
  /** To those who name no origin that is configured. */
  readonly #common: CommonHeaders;
  readonly #byOrigin: ReadonlyMap<string, CommonHeaders>;
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
    response: ServerResponse,
    origin: string | undefined,
    status: number,
    body: Uint8Array | string,
    bytes = Buffer.byteLength(body),
  ): void {
    this.#write(response, status, this.#commonTo(origin).json, body, bytes);
  }

  /** The head of a stream; its body is the caller's to write. */
  stream(response: ServerResponse, origin: string | undefined): void {
    if (this.#closing) response.shouldKeepAlive = false;
    response.writeHead(200, [...this.#commonTo(origin).plain, ...STREAM_FIELDS]);
    this.#ports.onResponse(200);
  }

  /** Notes what nobody foresaw, where it is too late for a problem. */
  fault(path: string, error: unknown): void {
    problemAnswer(error, path, this.#ports);
  }

  problem(response: ServerResponse, origin: string | undefined, path: string, error: unknown): ProblemAnswer {
    const problem = problemAnswer(error, path, this.#ports);
    const own = Object.entries(problem.headers).flat();
    const head = [...this.#commonTo(origin).plain, ...own];
    this.#write(response, problem.status, head, problem.body, Buffer.byteLength(problem.body));
    return problem;
  }

  #commonTo(origin: string | undefined): CommonHeaders {
    return (origin === undefined ? undefined : this.#byOrigin.get(origin)) ?? this.#common;
  }

  #write(
    response: ServerResponse,
    status: number,
    head: readonly string[],
    body: Uint8Array | string,
    bytes: number,
  ): void {
    // Nobody is there any more.
    if (response.destroyed) return;
    if (this.#closing) response.shouldKeepAlive = false;
    response.writeHead(status, [...head, 'Content-Length', String(bytes)]);
    response.end(body);
    // Over HTTP/2 nothing is sent, and nothing says so, when its client has gone.
    if (response.headersSent) this.#ports.onResponse(response.statusCode);
  }
}

async function commonHeaders(app: App, asked: Record<string, string>): Promise<CommonHeaders> {
  const { headers } = await app.request('/v1/events', { method: 'HEAD', headers: asked });
  const plain = [...headers].filter(([name]) => !OWN.has(name)).flat();
  return { plain, json: [...plain, 'Content-Type', CONTENT_TYPES.json] };
}
