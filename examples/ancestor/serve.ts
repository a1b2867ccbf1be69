/**
 * The web server that an old page stands behind: it serves the page and Prototype.js, and hands `/backend.php` to Doorbell with a token that the
 * page need not know. Any reverse proxy that can set a header does the same.
 *
 *     DOORBELL_URL=http://127.0.0.1:3000 DOORBELL_TOKEN=… node examples/ancestor/serve.ts
 */

import { readFileSync } from 'node:fs';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { join } from 'node:path';

export interface Settings {
  /** Where Doorbell is, without a slash at the end. */
  readonly doorbell: string;
  /** Reads the one channel that Doorbell serves at /backend.php. */
  readonly token: string;
  /** Prototype.js 1.7.3, as text. */
  readonly prototype: string;
}

/** Debian's package libjs-prototype puts it there. */
export const PROTOTYPE_FILE = '/usr/share/javascript/prototype/prototype.js';
const PAGE = readFileSync(join(import.meta.dirname, 'index.html'), 'utf8');

export function pageServer({ doorbell, token, prototype }: Settings): Server {
  return createServer((request, response) => {
    const [path = ''] = (request.url ?? '').split('?');
    if (path === '/') return send(response, 200, 'text/html; charset=utf-8', PAGE);
    if (path === '/prototype.js') return send(response, 200, 'text/javascript', prototype);
    if (path !== '/backend.php') return send(response, 404, 'text/plain', 'Not found');
    const gone = new AbortController();
    response.on('close', () => gone.abort());
    const headers = { authorization: `Bearer ${token}` };
    return fetch(`${doorbell}${request.url}`, { headers, signal: gone.signal })
      .then((answer) => passOn(request, response, answer))
      .catch(() => send(response, 502, 'text/plain', 'Doorbell cannot be reached'));
  });
}

async function passOn(request: IncomingMessage, response: ServerResponse, answer: Response): Promise<void> {
  const body = await answer.text();
  // The page shows only that something is wrong; whoever looks after it wants to know what.
  if (!answer.ok) console.error(`${request.url?.split('?')[0]}: ${answer.status} ${body}`);
  response.setHeader('Cache-Control', 'no-store');
  send(response, answer.status, answer.headers.get('content-type') ?? 'text/plain', body);
}

function send(response: ServerResponse, status: number, type: string, body: string): void {
  response.writeHead(status, { 'Content-Type': type, 'Content-Length': Buffer.byteLength(body) }).end(body);
}

function required(name: string): string {
  const value = process.env[name];
  if (!value) throw new Error(`${name} is not set`);
  return value;
}

if (import.meta.main) {
  const server = pageServer({
    doorbell: required('DOORBELL_URL'),
    token: required('DOORBELL_TOKEN'),
    prototype: readFileSync(process.env.PROTOTYPE_JS || PROTOTYPE_FILE, 'utf8'),
  });
  server.listen(Number(process.env.PORT || 8080), '127.0.0.1', () => console.log(server.address()));
}
