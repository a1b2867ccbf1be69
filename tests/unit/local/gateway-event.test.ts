import { IncomingMessage } from 'node:http';
import { Socket } from 'node:net';
import { describe, expect, test } from 'vitest';
import { answerOf, eventOf } from '../../../local/lambda/gateway-event.ts';

const DEFAULT = { routeKey: '$default', parameters: {} };
const NOW = Date.UTC(2026, 0, 1);

function request(method: string, url: string, ...rawHeaders: string[]): IncomingMessage {
  return Object.assign(new IncomingMessage(new Socket()), { method, url, rawHeaders, httpVersion: '1.1' });
}

describe('what a function is handed', () => {
  test('has header names in lower case, repeated ones joined, and cookies apart', () => {
    const event = eventOf(
      request('GET', '/a', 'X-One', '1', 'x-one', '2', 'Cookie', 'a=1; b=2', 'Cookie', 'c=3', 'Host', 'h'),
      Buffer.alloc(0),
      DEFAULT,
      NOW,
    );

    expect(event.headers).toEqual({ 'x-one': '1,2', host: 'h' });
    expect(event.cookies).toEqual(['a=1', 'b=2', 'c=3']);
    expect(event).not.toHaveProperty('body');
  });

  test('has the path decoded, and its parameters, up to a question mark in it', () => {
    const matched = { routeKey: 'GET /a/{name}', parameters: { name: 'b%20c%23d%3fe' } };

    const event = eventOf(request('GET', '/a/b%20c%23d%3fe?f=g'), Buffer.alloc(0), matched, NOW);
    const malformed = eventOf(request('GET', '/a/%zz'), Buffer.alloc(0), DEFAULT, NOW);

    expect(event).toMatchObject({
      routeKey: 'GET /a/{name}',
      rawPath: '/a/b c#d',
      rawQueryString: 'f=g',
      pathParameters: { name: 'b c#d' },
      requestContext: { routeKey: 'GET /a/{name}', http: { method: 'GET', path: '/a/b c#d' } },
    });
    expect(malformed.rawPath).toBe('/a/%zz');
  });

  test('has the query as it came, and its parameters decoded', () => {
    const event = eventOf(request('GET', '/a?b=1&b=%32&c=d?e'), Buffer.alloc(0), DEFAULT, NOW);

    expect(event).toMatchObject({
      rawPath: '/a',
      rawQueryString: 'b=1&b=%32&c=d?e',
      queryStringParameters: { b: '1,2', c: 'd?e' },
    });
  });

  test.each([
    ['application/json', false],
    ['application/problem+json; charset=utf-8', false],
    ['text/plain', false],
    ['application/x-ndjson', true],
    ['application/x-www-form-urlencoded', true],
    ['', true],
  ])('has a body of type "%s" in base64: %s', (type, isBase64Encoded) => {
    const event = eventOf(request('POST', '/a', 'Content-Type', type), Buffer.from('ä'), DEFAULT, NOW);

    expect(event.isBase64Encoded).toBe(isBase64Encoded);
    expect(Buffer.from(event.body ?? '', isBase64Encoded ? 'base64' : 'utf8').toString()).toBe('ä');
  });
});

describe('what a function answers', () => {
  test('is status, headers, cookies and a body that may be in base64', () => {
    const headers = { 'content-type': 'text/plain', 'x-count': 2 };
    const payload = { statusCode: 201, headers, cookies: ['a=1'], body: 'aGk=', isBase64Encoded: true };

    expect(answerOf(JSON.stringify(payload))).toEqual({
      status: 201,
      headers: { 'content-type': 'text/plain', 'x-count': '2', 'set-cookie': ['a=1'] },
      body: Buffer.from('hi'),
    });
  });

  test.each(['null', '"text"', '{}', '{"statusCode":"200"}'])('is nothing when it is %s', (payload) => {
    expect(answerOf(payload)).toBeUndefined();
  });
});
