/**
 * Reads HTTP/1.1 replies off a socket: Content-Length, chunked, without a body, or up to the end of the connection. Only what long-poll
 * servers answer; no pipelining. A body that comes in many pieces is put together once, not at each piece.
 */

export interface Reply {
  readonly status: number;
  /** Names in lower case. */
  readonly headers: ReadonlyMap<string, string>;
  readonly body: Buffer;
  /** Whether the connection may carry another request. */
  readonly keepAlive: boolean;
}

interface Head {
  readonly status: number;
  readonly headers: ReadonlyMap<string, string>;
  readonly keepAlive: boolean;
  /** Bytes, or how else the end is known. */
  readonly body: number | 'chunked' | 'until end';
}

const NOTHING: Buffer = Buffer.alloc(0);
const END_OF_HEAD = '\r\n\r\n';

export class ReplyReader {
  #pieces: Buffer[] = [];
  #size = 0;
  /** No use to look again before as many bytes are there. */
  #needed = 0;
  #head: Head | undefined;
  #chunks: Buffer[] = [];

  /** The reply, once its last byte has come. Throws on what is not HTTP. */
  push(piece: Buffer): Reply | undefined {
    this.#pieces.push(piece);
    this.#size += piece.length;
    return this.#size < this.#needed ? undefined : this.#read();
  }

  /** The connection has ended: the reply, if that is how its end is known. */
  end(): Reply | undefined {
    return this.#head?.body === 'until end' ? this.#finish(this.#taken()) : undefined;
  }

  #read(): Reply | undefined {
    this.#head ??= this.#readHead();
    const { body } = this.#head ?? {};
    if (body === 'chunked') return this.#readChunks();
    if (typeof body !== 'number') return undefined;
    if (this.#size < body) {
      this.#needed = body;
      return undefined;
    }
    return this.#finish(this.#taken().subarray(0, body));
  }

  #readHead(): Head | undefined {
    for (;;) {
      const bytes = this.#taken();
      const end = bytes.indexOf(END_OF_HEAD);
      this.#keep(end < 0 ? bytes : bytes.subarray(end + END_OF_HEAD.length));
      if (end < 0) return undefined;
      const head = parseHead(bytes.toString('latin1', 0, end));
      // 100 Continue and its like announce the reply proper.
      if (head.status >= 200) return head;
    }
  }

  #readChunks(): Reply | undefined {
    let bytes = this.#taken();
    for (;;) {
      const line = bytes.indexOf('\r\n');
      const size = line < 0 ? Number.NaN : Number.parseInt(bytes.toString('latin1', 0, line), 16);
      // The last chunk is followed by trailers, if any, and an empty line.
      const end = size === 0 ? bytes.indexOf(END_OF_HEAD, line) + END_OF_HEAD.length : line + 2 + size + 2;
      const whole = size === 0 ? end >= END_OF_HEAD.length : bytes.length >= end;
      if (line >= 0 && Number.isNaN(size)) throw new Error('a chunk without a size');
      if (!whole) {
        this.#keep(bytes, size > 0 ? end : 0);
        return undefined;
      }
      if (size === 0) return this.#finish(Buffer.concat(this.#chunks));
      this.#chunks.push(bytes.subarray(line + 2, line + 2 + size));
      bytes = bytes.subarray(end);
    }
  }

  #finish(body: Buffer): Reply | undefined {
    const head = this.#head;
    if (!head) return undefined;
    this.#head = undefined;
    this.#chunks = [];
    this.#keep(NOTHING);
    return { status: head.status, headers: head.headers, keepAlive: head.keepAlive, body };
  }

  #taken(): Buffer {
    const [first = NOTHING] = this.#pieces;
    return this.#pieces.length > 1 ? Buffer.concat(this.#pieces, this.#size) : first;
  }

  #keep(bytes: Buffer, needed = 0): void {
    this.#pieces = bytes.length > 0 ? [bytes] : [];
    this.#size = bytes.length;
    this.#needed = needed;
  }
}

function parseHead(text: string): Head {
  const [first = '', ...lines] = text.split('\r\n');
  const status = Number(/^HTTP\/1\.\d (\d{3})/.exec(first)?.[1]);
  if (Number.isNaN(status)) throw new Error(`not an HTTP reply: ${first.slice(0, 40)}`);
  const headers = new Map(
    lines.map((line) => {
      const colon = line.indexOf(':');
      return [line.slice(0, colon).toLowerCase(), line.slice(colon + 1).trim()] as const;
    }),
  );
  const body = bodyOf(status, headers);
  const connection = headers.get('connection')?.toLowerCase();
  const persistent = first.startsWith('HTTP/1.1') ? connection !== 'close' : connection === 'keep-alive';
  return { status, headers, body, keepAlive: persistent && body !== 'until end' };
}

/** RFC 9112, section 6.3. */
function bodyOf(status: number, headers: ReadonlyMap<string, string>): Head['body'] {
  if (status < 200 || status === 204 || status === 304) return 0;
  if (headers.get('transfer-encoding')?.toLowerCase().includes('chunked')) return 'chunked';
  const length = headers.get('content-length');
  return length === undefined ? 'until end' : Number(length);
}
