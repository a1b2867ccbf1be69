/**
 * What stands behind Pushpin: keeps the log of each channel, answers what is there, and tells Pushpin to hold what is not (GRIP). Each publish
 * names the place before it; a held request that stands elsewhere is asked for again. Arguments: port, Pushpin's control port.
 */

import { Agent, createServer, request, type ServerResponse } from 'node:http';
import { text } from 'node:stream/consumers';

const [port, control] = process.argv.slice(2).map(Number);
const HOLD_S = 55;
const logs = new Map<string, string[]>();
const agent = new Agent({ keepAlive: true, maxSockets: 16 });

function logOf(channel: string): string[] {
  const log = logs.get(channel) ?? [];
  logs.set(channel, log);
  return log;
}

function page(next: number, events: readonly string[]): string {
  return `{"next":${next},"events":[${events.join(',')}]}`;
}

function poll(response: ServerResponse, channel: string, after: number): void {
  const log = logOf(channel);
  const body = page(log.length, log.slice(after));
  const hold = {
    'Grip-Hold': 'response',
    'Grip-Channel': `${channel}; prev-id=${after}`,
    'Grip-Timeout': String(HOLD_S),
  };
  response.writeHead(200, {
    'Content-Type': 'application/json',
    'Content-Length': Buffer.byteLength(body),
    ...(after < log.length ? {} : hold),
  });
  response.end(body);
}

/** Resolves to whether Pushpin has taken it. */
function push(channel: string, before: number, event: string): Promise<boolean> {
  const content = { headers: { 'Content-Type': 'application/json' }, body: page(before + 1, [event]) };
  const item = {
    channel,
    id: String(before + 1),
    'prev-id': String(before),
    formats: { 'http-response': content },
  };
  const body = JSON.stringify({ items: [item] });
  const headers = { 'Content-Type': 'application/json', 'Content-Length': Buffer.byteLength(body) };
  return new Promise((resolve) => {
    const to = { host: '127.0.0.1', port: control, path: '/publish/', method: 'POST', agent, headers };
    request(to, (reply) => reply.resume().on('end', () => resolve(reply.statusCode === 200)))
      .on('error', () => resolve(false))
      .end(body);
  });
}

const server = createServer(async (incoming, response) => {
  const [path = '', after = '0'] = (incoming.url ?? '').split('?after=');
  const channel = path.slice(1);
  if (incoming.method !== 'POST') return poll(response, channel, Number(after));
  const event = await text(incoming);
  const taken = await push(channel, logOf(channel).push(event) - 1, event);
  response.writeHead(taken ? 204 : 502).end();
});
// zurl keeps its connections for as long as they are useful; one that is closed under it is an error for a reader.
server.keepAliveTimeout = 120_000;
server.listen({ port, host: '127.0.0.1', backlog: 4_096 });
