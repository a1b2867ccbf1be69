/** PROTOCOL.md is true: its examples run in order against a fresh server and give the answers that it shows. */

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startProcess, type TestProcess } from '../support/process.ts';
import { type Stack, startStack } from '../support/stack.ts';

interface Example {
  readonly method: string;
  readonly path: string;
  readonly headers: Record<string, string>;
  readonly body: string;
  readonly status: number;
  readonly answer: string;
}

const text = readFileSync(join(import.meta.dirname, '../../PROTOCOL.md'), 'utf8');
const examples = [...text.matchAll(/```http\n([\s\S]*?)```\s*```json (\d+)\n([\s\S]*?)```/g)].map(exampleOf);

function exampleOf([, request = '', status, answer = '']: RegExpExecArray): Example {
  const [head = '', body = ''] = request.split('\n\n');
  const [line = '', ...headerLines] = head.trim().split('\n');
  const [method = '', path = ''] = line.split(' ');
  const headers = Object.fromEntries(headerLines.map((header) => header.split(': ')));
  return { method, path, headers, body: body.trim(), status: Number(status), answer: answer.trim() };
}

/** The answer as the document writes it: "…" wherever the document says that the value differs. */
function asWritten(actual: unknown, written: unknown): unknown {
  if (written === '…') return typeof actual === 'string' ? '…' : actual;
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
  let server: TestProcess;

  beforeAll(async () => {
    stack = await startStack();
    server = startProcess(stack, { env: { BACKEND_CHANNEL: 'doors' } });
  });
  afterAll(() => stack.stop());

  it('has examples', () => {
    expect(examples.length).toBeGreaterThanOrEqual(12);
  });

  it.each(examples)('$method $path answers $status as it is written', async (example) => {
    const { method, path, headers, body, status, answer } = example;
    const response = await server.app.request(path, { method, headers, ...(body ? { body } : {}) });

    expect(response.status).toBe(status);
    expect(response.headers.get('cache-control')).toBe('no-store');
    if (answer === '') return;
    const written: unknown = JSON.parse(answer);
    expect(asWritten(await response.json(), written)).toEqual(written);
  });
});
