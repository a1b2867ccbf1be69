/** What a lane writes: answers with the same headers as the router's, whole or not at all. */

import type { ServerResponse } from 'node:http';
import type { App } from '../lib/http/app.ts';
import { type ProblemAnswer, problemAnswer } from '../lib/http/problem.ts';
import { CONTENT_TYPES } from '../lib/protocol/doorbell.ts';
import type { Random } from '../lib/runtime/ports.ts';
import type { Logger } from '../lib/telemetry/ports.ts';

export interface ReplyPorts {
  readonly logger: Logger;
  readonly random: Random;
  /** Told of the status of each answer. */
  readonly onResponse: (status: number) => void;
}

export class Reply {
  readonly #ports: ReplyPorts;
  /** What every answer of the router carries: name, value, name, value … */
  readonly #manners: readonly string[];
  readonly #jsonManners: readonly string[];
  #closing = false;

  private constructor(ports: ReplyPorts, manners: readonly string[]) {
    this.#ports = ports;
    this.#manners = manners;
    this.#jsonManners = [...manners, 'Content-Type', CONTENT_TYPES.json];
  }

  /** Learns the headers from the router itself, so that there is no second list of them. */
  static async like(app: App, ports: ReplyPorts): Promise<Reply> {
    const { headers } = await app.request('/v1/events', { method: 'HEAD' });
    const own = ['content-type', 'content-length', 'www-authenticate', 'allow'];
    return new Reply(ports, [...headers].filter(([name]) => !own.includes(name)).flat());
  }

  /** From now on no connection is kept after its answer. */
  close(): void {
    this.#closing = true;
  }

  json(response: ServerResponse, status: number, body: Uint8Array | string): void {
    this.#write(response, status, this.#jsonManners, body);
  }

  problem(response: ServerResponse, path: string, error: unknown): ProblemAnswer {
    const problem = problemAnswer(error, path, this.#ports.logger, this.#ports.random);
    const own = Object.entries(problem.headers).flat();
    this.#write(response, problem.status, [...this.#manners, ...own], problem.body);
    return problem;
  }

  #write(response: ServerResponse, status: number, head: readonly string[], body: Uint8Array | string): void {
    // Nobody is there any more.
    if (response.destroyed) return;
    if (this.#closing) response.shouldKeepAlive = false;
    response.writeHead(status, [...head, 'Content-Length', String(Buffer.byteLength(body))]);
    response.end(body);
    // Over HTTP/2 nothing is sent, and nothing says so, when its client has gone.
    if (response.headersSent) this.#ports.onResponse(response.statusCode);
  }
}
