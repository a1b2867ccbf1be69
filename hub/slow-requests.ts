/** Requests over HTTP/2 whose bodies have not come to their end. Over HTTP/1.1 Node itself sees to them. */

import { constants, type Http2ServerRequest, type Http2ServerResponse } from 'node:http2';
import type { Clock } from '../lib/runtime/ports.ts';

const REQUEST_TIMEOUT = 408;

export class SlowRequests {
  readonly #clock: Pick<Clock, 'elapsed'>;
  /** Those that were not whole when they were last looked at, in the order in which they began, and when that was. */
  readonly #begun = new Map<
    Http2ServerRequest,
    { readonly response: Http2ServerResponse; readonly at: number }
  >();

  constructor(clock: Pick<Clock, 'elapsed'>) {
    this.#clock = clock;
  }

  /** Watches a request, unless it has no body. */
  begin(request: Http2ServerRequest, response: Http2ServerResponse): void {
    const { stream } = request;
    if (isWhole(request)) return;
    this.#begun.set(request, { response, at: this.#clock.elapsed() });
    // Whoever reads the body is told so. Nobody need be there.
    request.on('error', () => undefined);
    // Node's class would end the body as if it were whole.
    request.once('aborted', () => request.destroy(new Error('The client gave the request up.')));
    // RFC 9113, 8.1: an answer that does not need the rest of its request says so.
    stream.once('finish', () => {
      if (!isWhole(request)) stream.close(constants.NGHTTP2_NO_ERROR);
    });
    stream.once('close', () => this.#begun.delete(request));
  }

  /** Ends those that have been coming for `ms` and are not whole. */
  endOlderThan(ms: number): void {
    const now = this.#clock.elapsed();
    for (const [request, { response, at }] of this.#begun) {
      if (now - at < ms) return;
      this.#begun.delete(request);
      if (!isWhole(request)) end(request, response);
    }
  }
}

function end(request: Http2ServerRequest, response: Http2ServerResponse): void {
  const { stream } = request;
  const hasBegun = response.headersSent;
  if (!hasBegun) {
    response.statusCode = REQUEST_TIMEOUT;
    response.end();
  }
  stream.close(hasBegun ? constants.NGHTTP2_CANCEL : constants.NGHTTP2_NO_ERROR);
  request.destroy(new Error('The request took too long.'));
}

/** Whether all of it has come, also where nobody has read it. */
function isWhole({ stream }: Http2ServerRequest): boolean {
  return stream.destroyed || stream.endAfterHeaders || stream.state.remoteClose === 1;
}
