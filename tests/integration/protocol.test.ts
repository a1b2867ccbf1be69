/** PROTOCOL.md is true: its examples run in order against a fresh server and give the answers that it shows. */

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { channelSchemas } from '../../lib/compose/channel-schemas.ts';
import { createApp } from '../../lib/http/app.ts';
import { streamRoutes } from '../../lib/http/v1/event-stream.ts';
import type { Served } from '../support/http/http.ts';
import { type Message, messagesIn, openStream } from '../support/http/sse.ts';
import { MemoryLogger } from '../support/memory/doubles.ts';
import { everyone } from '../support/memory/everyone.ts';
import { startProcess } from '../support/stack/process.ts';
import { type Stack, startStack } from '../support/stack/stack.ts';

interface Example {
  readonly method: string;
  readonly path: string;
  readonly headers: Record<string, string>;
  readonly body: string;
  /** `stream` is what comes first of one that goes on. */
  readonly kind: 'json' | 'stream';
  readonly status: number;
  readonly answer: string;
}

const text = readFileSync(join(import.meta.dirname, '../../PROTOCOL.md'), 'utf8');
const examples = [...text.matchAll(/```http\n([\s\S]*?)```\s*```(json|stream) (\d+)\n([\s\S]*?)```/g)].map(
  exampleOf,
);

function exampleOf([, request = '', kind, status, answer = '']: RegExpExecArray): Example {
  const [head = '', body = ''] = request.split('\n\n');
  const [line = '', ...headerLines] = head.trim().split('\n');
  const [method = '', path = ''] = line.split(' ');
  const headers = Object.fromEntries(headerLines.map((header) => header.split(': ')));
  return {
    method,
    path,
    headers,
    body: body.trim(),
    kind: kind === 'stream' ? kind : 'json',
    status: Number(status),
    answer: answer.trimStart(),
  };
}

/** The setting that section 2.1 shows. */
function schemasIn(document: string): string {
  const [, setting = ''] = /### 2\.1 Schemas[\s\S]*?```json\n([\s\S]*?)```/.exec(document) ?? [];
  return setting;
}

/** The answer as the document writes it: "…" wherever the document says that the value differs. */
function asWritten(actual: unknown, written: unknown): unknown {
  if (written === '…') return typeof actual === 'string' || typeof actual === 'number' ? '…' : actual;
  if (Array.isArray(written) && Array.isArray(actual))
    return actual.map((one, i) => asWritten(one, written[i]));
  if (isObject(written) && isObject(actual)) {
    return Object.fromEntries(
      Object.entries(actual).map(([key, value]) => [key, asWritten(value, written[key])]),
    );
  }
  return actual;
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

describe('PROTOCOL.md', () => {
  let stack: Stack;
  let server: Served;
  /** One that can write an answer bit by bit. */
  let streaming: Served;

  beforeAll(async () => {
    stack = await startStack();
    const process = startProcess(stack, {
      env: { BACKEND_CHANNEL: 'doors', PUBLIC_CHANNELS: 'doors', DIRECT_WAIT: 'true' },
      schemas: await channelSchemas({ CHANNEL_SCHEMAS: schemasIn(text) }, { checksAll: true }),
    });
    server = process.app;
    streaming = createApp({ ...process.poll, logger: new MemoryLogger() }, everyone, [
      streamRoutes(process.poll),
    ]);
  });
  afterAll(() => stack.stop());

  it('has examples', () => {
    expect(examples.length).toBeGreaterThanOrEqual(12);
    expect(examples.filter(({ kind }) => kind === 'stream')).toHaveLength(1);
  });

  it.each(examples)('$method $path answers $status as it is written: $kind', async (example) => {
    const { method, path, headers, body, kind, status, answer } = example;
    if (kind === 'stream') return expectStream(streaming, example);
    const response = await server.request(path.replace('ticket=…', `ticket=${ticket}`), {
      method,
      headers,
      ...(body ? { body } : {}),
    });

    expect(response.status).toBe(status);
    const isShared = path.startsWith('/v1/shared/') && status === 200;
    expect(response.headers.get('cache-control')).toMatch(
      isShared ? /^public, max-age=(1|60)$/ : /^no-store$/,
    );
    if (answer === '') return;
    const written: unknown = JSON.parse(answer);
    const actual: unknown = await response.json();
    ticket = ticketIn(actual) ?? ticket;
    expect(asWritten(actual, written)).toEqual(written);
  });
});

/** An example that waits with `ticket=…` does so with the last one. */
let ticket = '';

function ticketIn(answer: unknown): string | undefined {
  const { wait } = answer as { readonly wait?: { readonly ticket: string } };
  return wait?.ticket;
}

/** Reads as many messages as are written. */
async function expectStream(served: Served, { path, headers, status, answer }: Example): Promise<void> {
  const written = messagesIn(answer);
  const stream = await openStream(served, path, headers);
  const came: Array<Message | undefined> = [];
  while (came.length < written.length) came.push(await stream.next());
  stream.close();

  expect(stream.response.status).toBe(status);
  expect(stream.response.headers.get('cache-control')).toBe('no-store');
  const parsed = (message: Message | undefined) =>
    message?.data === undefined ? message : { ...message, data: JSON.parse(message.data) as unknown };
  const expected = written.map(parsed);
  expect(asWritten(came.map(parsed), expected)).toEqual(expected);
}
