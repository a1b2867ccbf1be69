/**
 * Between HTTP and a function, as API Gateway's HTTP API does it, in payload format 2.0:
 * https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-develop-integrations-lambda.html
 */

import { randomUUID } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import type { APIGatewayProxyEventV2 } from 'aws-lambda';

/** Types whose body is handed over as text; any other is handed over in base64. */
const TEXT = /^(?:text\/|application\/(?:json|javascript|xml|[\w.-]+\+(?:json|xml))\b)/i;

export interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | readonly string[]>>;
  readonly body: Buffer;
}

export interface Matched {
  /** As serverless.yml has it, or `$default`. */
  readonly routeKey: string;
  readonly parameters: Readonly<Record<string, string>>;
}

export function eventOf(
  request: IncomingMessage,
  body: Buffer,
  { routeKey, parameters }: Matched,
  nowMs: number,
): APIGatewayProxyEventV2 {
  const [path = '/', ...query] = (request.url ?? '/').split('?');
  const rawPath = decodedPath(path);
  const decoded = Object.entries(parameters).map(([name, value]) => [name, decodedPath(value)]);
  const { cookie, ...headers } = headersOf(request);
  const type = headers['content-type'] ?? '';
  const isText = TEXT.test(type);
  const method = request.method ?? 'GET';
  return {
    version: '2.0',
    routeKey,
    rawPath,
    rawQueryString: query.join('?'),
    ...(cookie !== undefined && { cookies: cookie.split(/; */) }),
    headers,
    ...queryOf(query.join('?')),
    ...(decoded.length > 0 && { pathParameters: Object.fromEntries(decoded) }),
    requestContext: {
      accountId: '123456789012',
      apiId: 'local',
      domainName: headers.host ?? 'localhost',
      domainPrefix: 'local',
      http: {
        method,
        path: rawPath,
        protocol: `HTTP/${request.httpVersion}`,
        sourceIp: request.socket.remoteAddress ?? '127.0.0.1',
        userAgent: headers['user-agent'] ?? '',
      },
      requestId: randomUUID(),
      routeKey,
      stage: '$default',
      time: new Date(nowMs).toUTCString(),
      timeEpoch: nowMs,
    },
    ...(body.length > 0 && { body: body.toString(isText ? 'utf8' : 'base64') }),
    isBase64Encoded: body.length > 0 && !isText,
  };
}

/** The HTTP API hands over what was escaped as it was meant, and a path that had a question mark in it only up to there (docs/evidence/aws-rules.md). */
function decodedPath(path: string): string {
  try {
    return decodeURIComponent(path).split('?', 1)[0] ?? '';
  } catch {
    return path;
  }
}

/** Names in lower case; a header that comes more than once is joined with commas. */
function headersOf(request: IncomingMessage): Record<string, string> {
  const headers: Record<string, string> = {};
  for (let index = 0; index < request.rawHeaders.length; index += 2) {
    const name = (request.rawHeaders[index] ?? '').toLowerCase();
    const value = request.rawHeaders[index + 1] ?? '';
    const joint = name === 'cookie' ? '; ' : ',';
    headers[name] = headers[name] === undefined ? value : `${headers[name]}${joint}${value}`;
  }
  return headers;
}

function queryOf(text: string): { queryStringParameters?: Record<string, string> } {
  if (text === '') return {};
  const parameters: Record<string, string> = {};
  for (const [name, value] of new URLSearchParams(`?${text}`))
    parameters[name] = parameters[name] === undefined ? value : `${parameters[name]},${value}`;
  return { queryStringParameters: parameters };
}

/** What a function answers; undefined when API Gateway could make nothing of it. */
export function answerOf(payload: string): Answer | undefined {
  const answer: unknown = JSON.parse(payload);
  if (typeof answer !== 'object' || answer === null) return undefined;
  const { statusCode, headers = {}, cookies, body, isBase64Encoded } = answer as Record<string, unknown>;
  if (!Number.isInteger(statusCode)) return undefined;
  const text = typeof body === 'string' ? body : '';
  return {
    status: Number(statusCode),
    headers: {
      ...Object.fromEntries(Object.entries(headers ?? {}).map(([name, value]) => [name, String(value)])),
      ...(Array.isArray(cookies) && { 'set-cookie': cookies.map(String) }),
    },
    body: Buffer.from(text, isBase64Encoded === true ? 'base64' : 'utf8'),
  };
}
