/**
 * What nobody should send: calls that the document allows, spoiled in one or more places. Each is answered, with a documented problem where it is
 * refused, and then nothing was written. Straight to the router, and as API Gateway hands requests to Lambda.
 */

import Ajv from 'ajv/dist/2020.js';
import type { Context } from 'aws-lambda';
import fc from 'fast-check';
import type { LambdaEvent } from 'hono/aws-lambda';
import { expect, test } from 'vitest';
import { httpHandler } from '../../lib/http/lambda.ts';
import type { Problem } from '../../lib/protocol/doorbell.ts';
import { PROBLEMS, type ProblemCode } from '../../lib/protocol/problems.ts';
import { ANSWERS, problemType } from '../../local/bundle/openapi-responses.ts';
import { UNCOUNTED } from '../support/memory/doubles.ts';
import { memoryApp } from '../support/memory/memory-app.ts';
import { addressOf, type Call } from './arbitraries.ts';
import { runs, TIMEOUT_MS } from './runs.ts';
import { type Sent, type Spoil, spoiled } from './spoils.ts';

const isProblem = new Ajv.default({ strict: false }).compile(ANSWERS.Problem ?? {});
/** As API Gateway gives them: apart from the headers, and perhaps in characters that no header has. */
const cookies = fc.record({ cookies: fc.array(fc.string({ unit: 'binary' })) }, { requiredKeys: [] });
/** A reader that must start over has its cursor taken back. */
const MAY_WRITE = ['reset'];

async function send([call, spoils]: readonly [Call, readonly Spoil[]]) {
  const memory = await memoryApp();
  const { operation, headers, type, body } = call;
  const whole: Sent = {
    method: operation.method,
    address: addressOf(call),
    headers: {
      ...Object.fromEntries(headers),
      authorization: `Bearer ${memory.token}`,
      ...(type === undefined ? {} : { 'content-type': type }),
    },
    ...(body === undefined ? {} : { body: new TextEncoder().encode(body) }),
  };
  return { memory, sent: spoils.reduce((sent, one) => one(sent), whole) };
}

test(
  'whatever is asked of the router is answered, and what is refused has changed nothing',
  async () => {
    const seen = new Map<string, number>();
    await fc.assert(
      fc.asyncProperty(spoiled, async (given) => {
        const { memory, sent } = await send(given);
        const response = await memory.answer(memory.app.request(requestOf(sent)));

        const told = await expectAnswer(
          memory,
          sent,
          response.status,
          response.headers.get('content-type'),
          await response.text(),
        );
        seen.set(told, (seen.get(told) ?? 0) + 1);
      }),
      runs(600),
    );

    expect(Object.fromEntries(seen)).toMatchObject({
      'bad-parameter': expect.any(Number),
      'bad-body': expect.any(Number),
    });
  },
  TIMEOUT_MS,
);

test(
  'whatever API Gateway hands to Lambda is answered, and what is refused has changed nothing',
  async () => {
    await fc.assert(
      fc.asyncProperty(spoiled, fc.boolean(), cookies, async (given, decoded, more) => {
        const { memory, sent } = await send(given);
        const handler = httpHandler(memory.app, {
          meter: UNCOUNTED,
        });
        const answer = await memory.answer(
          handler({ ...eventOf(sent, decoded), ...more }, {} as Context as Parameters<typeof handler>[1]),
        );

        const text = answer.isBase64Encoded ? Buffer.from(answer.body, 'base64').toString() : answer.body;
        const type = (answer.headers as Record<string, string> | undefined)?.['content-type'] ?? null;
        await expectAnswer(memory, sent, answer.statusCode, type, text);
      }),
      runs(400),
    );
  },
  TIMEOUT_MS,
);

/** The code of the problem, or the status of what was done after all. */
async function expectAnswer(
  { written, logger }: Awaited<ReturnType<typeof memoryApp>>,
  { method }: Sent,
  status: number,
  type: string | null,
  text: string,
): Promise<string> {
  expect(status).toBeLessThan(500);
  expect(logger.lines.filter(({ level }) => level === 'error')).toEqual([]);
  expect(Object.keys(Object.prototype)).toEqual([]);
  if (status < 400) return String(status);
  expect(type).toBe('application/problem+json');
  if (method === 'HEAD') return String(status);
  const problem = JSON.parse(text) as Problem;
  isProblem(problem);
  expect(isProblem.errors ?? []).toEqual([]);
  const code = Object.keys(PROBLEMS).find(
    (one) => problemType(one as ProblemCode) === problem.type,
  ) as ProblemCode;
  expect([problem.status, PROBLEMS[code].status]).toEqual([status, status]);
  if (!MAY_WRITE.includes(code)) expect(written()).toEqual([]);
  return code;
}

/** A GET cannot carry a body here; as an event of API Gateway it can. */
function requestOf({ method, address, headers, body }: Sent): Request {
  const takesBody = body !== undefined && !/^(?:GET|HEAD)$/i.test(method);
  return new Request(`http://localhost${address}`, {
    method,
    headers,
    ...(takesBody ? { body: Buffer.from(body) } : {}),
  });
}

/** Payload format 2.0. `decoded`: API Gateway decodes percent signs in the raw path of an HTTP API in some set-ups, and in others not. */
function eventOf({ method, address, headers, body }: Sent, decoded: boolean): LambdaEvent {
  const [path = '', ...query] = address.split('?');
  const event = {
    version: '2.0',
    routeKey: '$default',
    rawPath: decoded ? decodedOr(path) : path,
    rawQueryString: query.join('?'),
    headers,
    requestContext: {
      http: {
        method: method.toUpperCase(),
        path,
        protocol: 'HTTP/1.1',
        sourceIp: '127.0.0.1',
        userAgent: '',
      },
      domainName: 'api.example',
    },
    isBase64Encoded: body !== undefined,
    ...(body === undefined ? {} : { body: Buffer.from(body).toString('base64') }),
  };
  return event as unknown as LambdaEvent;
}

function decodedOr(path: string): string {
  try {
    return decodeURIComponent(path);
  } catch {
    return path;
  }
}
