/**
 * A long-poll server with nothing but the idea: `POST /channel` appends the body, `GET /channel?after=N` waits for what follows, and `GET /channel?stream`
 * is the same as server-sent events. Argument: port.
 */

import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { text } from 'node:stream/consumers';

interface Channel {
  readonly events: string[];
  readonly waiting: Map<ServerResponse, number>;
  readonly streams: Set<ServerResponse>;
}

const HOLD_MS = 60_000;
const channels = new Map<string, Channel>();

function channelOf(name: string): Channel {
  const known = channels.get(name) ?? { events: [], waiting: new Map(), streams: new Set() };
  channels.set(name, known);
  return known;
}

function answer(response: ServerResponse, { events }: Channel, after: number): void {
  const body = Buffer.from(`{"next":${events.length},"events":[${events.slice(after).join(',')}]}`);
  response.writeHead(200, { 'Content-Type': 'application/json', 'Content-Length': body.length }).end(body);
}

async function append(request: IncomingMessage, response: ServerResponse, channel: Channel): Promise<void> {
  const event = await text(request);
  channel.events.push(event);
  const frame = Buffer.from(`data: ${event}\n\n`);
  for (const stream of channel.streams) stream.write(frame);
  const waiting = [...channel.waiting];
  channel.waiting.clear();
  for (const [waiter, after] of waiting) answer(waiter, channel, after);
  response.writeHead(204).end();
}

function poll(response: ServerResponse, channel: Channel, after: number): void {
  if (after < channel.events.length) {
    answer(response, channel, after);
    return;
  }
  channel.waiting.set(response, after);
  const end = setTimeout(() => {
    if (channel.waiting.delete(response)) answer(response, channel, after);
  }, HOLD_MS);
  response.on('close', () => {
    clearTimeout(end);
    channel.waiting.delete(response);
  });
}

function stream(response: ServerResponse, { events, streams }: Channel): void {
  response.writeHead(200, { 'Content-Type': 'text/event-stream' });
  response.write(`:\n\n${events.map((event) => `data: ${event}\n\n`).join('')}`);
  streams.add(response);
  response.on('close', () => streams.delete(response));
}

createServer((request, response) => {
  const [path = '', after = '0'] = (request.url ?? '').split(/\?after=|\?stream/);
  const channel = channelOf(path);
  if (request.method === 'POST') void append(request, response, channel);
  else if (request.url?.endsWith('?stream')) stream(response, channel);
  else poll(response, channel, Number(after));
}).listen({ port: Number(process.argv[2]), host: '127.0.0.1', backlog: 4_096 });
