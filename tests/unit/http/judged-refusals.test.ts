/**
 * Rules that OpenAPI cannot say: the judge of the document knows them by the words of their refusals (tests/judges/tools). Who changes the words or a
 * rule is told here, and not by a judge that runs rarely.
 */

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { SERVICE_DIR } from '../../../local/folder.ts';
import { memoryApp } from '../../support/memory/memory-app.ts';
import { type Headers, streamApp } from '../../support/memory/stream-app.ts';

const ANSWERS = readFileSync(join(SERVICE_DIR, 'tests/judges/tools/schemathesis_answers.py'), 'utf8');
const rules = (name: string) => {
  const list = new RegExp(`^${name} = \\[([^]*?)\\]$`, 'm').exec(ANSWERS)?.[1] ?? '';
  return [...list.matchAll(/\br"((?:[^"\\]|\\.)*)"/g)].map(([, rule]) => rule as string);
};
const RULES = [...rules('RULES'), ...rules('FAULTS')];

const LINES = { 'content-type': 'application/x-ndjson' };
const JSON_TYPE = { 'content-type': 'application/json' };
const publish = (query: string, headers: Headers) =>
  [`/v1/channels/doors/events${query}`, { method: 'POST', headers, body: '{"data":1}' }] as const;
const FORK = { 'stream-forked-from': '/v1/stream/b' };

const refusals = {
  '/v1': [
    ['/v1/events?cursor=doors:0&cursor=doors:1', {}],
    ['/v1/channels/doors/events?maxvid=0&key=a&prefix=b', {}],
    ['/v1/channels/doors/events?since=2026-01-01T00:00:00Z&last=1', {}],
    ['/v1/channels/doors/state?key=a&after=b', {}],
    ['/v1/shared/doors/events?slot=1', {}],
    ['/v1/shared/doors/events?maxvid=0&hold=30', {}],
    ['/v1/shared/doors/events?epoch=e&maxvid=0', {}],
    publish('?keyFrom=/id', JSON_TYPE),
    [
      '/v1/channels/doors/events?keyFrom=no',
      {
        method: 'POST',
        headers: { 'content-type': 'application/cloudevents+json' },
        body: '{"specversion":"1.0","id":"a","source":"b","type":"c"}',
      },
    ],
    publish('?keyFrom=/id', { ...LINES, 'doorbell-key': '/id' }),
  ],
  streams: [
    ['GET', 'a?offset=x', {}],
    ['GET', 'a?live=sse', {}],
    ['POST', 'a', { ...JSON_TYPE, 'producer-id': 'p' }],
    ['PUT', 'a', { ...JSON_TYPE, 'stream-ttl': '60', 'stream-expires-at': '2099-01-01T00:00:00Z' }],
    ['PUT', 'a', { ...JSON_TYPE, 'stream-fork-offset': '-1' }],
    ['PUT', 'a', { ...JSON_TYPE, ...FORK, 'stream-fork-sub-offset': '1' }],
    ['PUT', 'a', { ...JSON_TYPE, 'stream-forked-from': '0' }],
  ],
} as const;

test('every rule that the judge of the document knows is a refusal of today, in its words', async () => {
  const { app, answer, token } = await memoryApp();
  const streams = streamApp();
  await streams.request('PUT', 'a', JSON_TYPE);
  const answers: Response[] = [];
  for (const [path, request] of refusals['/v1']) {
    const headers = { authorization: `Bearer ${token}`, ...('headers' in request ? request.headers : {}) };
    answers.push(await answer(app.request(path, { ...request, headers })));
  }
  for (const [method, path, headers] of refusals.streams)
    answers.push(await streams.request(method, path, headers, method === 'POST' ? '1' : undefined));

  const told = await Promise.all(
    answers.map(async (each) => ((await each.json()) as { detail: string }).detail),
  );

  expect(answers.map(({ status }) => status)).toEqual(answers.map(() => 400));
  expect(RULES).toHaveLength(told.length);
  expect(RULES.filter((rule) => !told.some((detail) => new RegExp(`^(?:${rule})$`).test(detail)))).toEqual(
    [],
  );
});
