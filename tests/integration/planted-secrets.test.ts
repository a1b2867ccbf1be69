/**
 * Secrets are planted wherever Doorbell meets one, and looked for wherever it speaks: in what the built functions print, in what they answer to
 * errors, in the bundles, and in the packaged template. Each function runs as on AWS, in three worlds: one that works, one that cannot be reached,
 * and one that quotes the request in its refusal.
 */

import { execFile } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { mint } from '../../lib/auth/mint.ts';
import { WaitTickets } from '../../lib/auth/wait-tickets.ts';
import { bundle } from '../../local/bundle/bundle.ts';
import { SERVICE_DIR } from '../../local/emulators/service.ts';
import { type LocalStack, startLocalStack } from '../../local/emulators/stack.ts';
import { gatewayEvent } from '../support/http/gateway-event.ts';
import { posting } from '../support/http/http.ts';
import { PLANTED, packaged } from '../support/repo/packaged.ts';
import type { Invocation } from '../support/stack/lambda-host.ts';
import { environmentOf } from '../support/stack/process.ts';

/** What is for readers, and for no log and no error. */
const PAYLOAD = 'planted-payload-4929123456789012';
const CLIENT = 'planted-client';

const COOKIE = 'doorbell';
const now = Date.now();
const full = { read: ['*'], write: ['*'], ttlS: 600, now };
const tokens = {
  good: await mint(PLANTED.DOORBELL_SECRET, full),
  expired: await mint(PLANTED.DOORBELL_SECRET, { ...full, ttlS: -60 }),
  forged: await mint(`${PLANTED.DOORBELL_SECRET}!`, full),
  elsewhere: await mint(PLANTED.DOORBELL_SECRET, { ...full, read: ['other'], write: ['other'] }),
  bound: await mint(PLANTED.DOORBELL_SECRET, { ...full, client: 'somebody-else' }),
};

/** Tickets of direct waits, as the functions themselves sign them. */
async function ticketFor(secret: string, untilMs: number): Promise<string> {
  const candidates = async () => [new TextEncoder().encode(secret)];
  const mailbox = { name: 'doorbell-dev-mailbox-direct-planted', openedAt: now, leasedUntil: now + 600_000 };
  const places = [{ channel: 'doors', vid: 0, epoch: null }];
  const ticket = { mailbox, owner: 'someone', places, turn: now, seconds: 20, untilMs };
  return new WaitTickets({ candidates }).sign(ticket);
}
const tickets = {
  'good ticket': await ticketFor(PLANTED.DOORBELL_SECRET, now + 600_000),
  'old ticket': await ticketFor(PLANTED.DOORBELL_SECRET, now - 1),
  'forged ticket': await ticketFor(`${PLANTED.DOORBELL_SECRET}!`, now + 600_000),
};

const EVENTS = '/v1/channels/doors/events';
const get = (path: string) => ({ method: 'GET', path });
const post = (body: string, type?: string) => ({ method: 'POST', path: EVENTS, init: posting(body, type) });
const REQUESTS = {
  page: [
    get('/'),
    get('/client.js'),
    get('/healthz'),
    get('/v1/channels/doors'),
    get('/v1/channels/doors/clients'),
    get('/nowhere'),
    { method: 'DELETE', path: '/v1/channels/doors/clients/me' },
  ],
  poll: [
    get(`${EVENTS}?maxvid=0&wait=0`),
    get(`${EVENTS}?maxvid=99&wait=0`),
    get(`${EVENTS}?maxvid=0&wait=0&client=me`),
    get('/v1/events?cursor=doors:0&wait=0'),
    get('/backend.php?maxvid=0'),
    { method: 'POST', path: '/v1/channels/doors/waits?maxvid=0' },
    ...Object.values(tickets).map((ticket) => ({
      method: 'POST',
      path: `/v1/channels/doors/waits?ticket=${ticket}`,
    })),
    get(`${EVENTS}?maxvid=x`),
  ],
  publish: [
    post(JSON.stringify({ data: PAYLOAD })),
    post(JSON.stringify([{ data: PAYLOAD }, { id: '', data: PAYLOAD }])),
    post(`{"data":"${PAYLOAD}"`),
    post(PAYLOAD),
    post(`"${PAYLOAD}"\n${PAYLOAD}`, 'application/x-ndjson'),
    post(PAYLOAD, 'text/plain'),
    post(JSON.stringify({ data: PAYLOAD.repeat(9_000) })),
  ],
};

/** Every request with every token, in every place that a token can stand in; and one that names a client it may not. */
function httpInvocations(): Invocation[] {
  return Object.entries(REQUESTS).flatMap(([name, requests]) =>
    [...requests, ...(name === 'poll' ? [get(`${EVENTS}?maxvid=0&wait=0&client=${CLIENT}`)] : [])].flatMap(
      (request) =>
        Object.values(tokens).flatMap((token) => {
          const separator = request.path.includes('?') ? '&' : '?';
          const asQuery = { ...request, path: `${request.path}${separator}access_token=${token}` };
          return [
            gatewayEvent(request, { authorization: `Bearer ${token}` }),
            gatewayEvent(request, { authorization: `Basic ${token}` }),
            gatewayEvent(request, { cookie: `${COOKIE}=${token}` }),
            gatewayEvent(asQuery),
            gatewayEvent(asQuery, { authorization: `Bearer ${token}` }),
          ].map((event) => ({ function: name, event }));
        }),
    ),
  );
}

/** What the queue may bring: what can be published, what cannot, and what says its data where only names should stand. */
function ingestInvocation(): Invocation {
  const bodies = [
    { channel: 'doors', data: PAYLOAD },
    { channel: 'doors', data: 1, [PAYLOAD]: 1 },
    { channel: 'doors', events: [{ data: 1 }], [PAYLOAD]: 1 },
    { channel: `${PAYLOAD}/`, data: 1 },
    { channel: 'doors', id: PAYLOAD.repeat(9), data: 1 },
  ].map((body) => JSON.stringify(body));
  const Records = [...bodies, PAYLOAD, `{"data":"${PAYLOAD}`].map((body, i) => ({
    messageId: `message-${i}`,
    receiptHandle: `receipt-${i}`,
    body,
    attributes: { MessageGroupId: 'doors' },
    messageAttributes: {},
    eventSource: 'aws:sqs',
  }));
  return { function: 'ingest', event: { Records } };
}

/** As API Gateway asks whether a wait may begin. */
const waitInvocations = [...Object.values(tickets), ...Object.values(tokens), ''].map((ticket) => ({
  function: 'ticket',
  event: {
    version: '2.0',
    type: 'REQUEST',
    identitySource: [ticket],
    rawQueryString: `ticket=${ticket}`,
    queryStringParameters: { ticket },
    headers: { host: 'api.example', authorization: `Bearer ${tokens.good}` },
    requestContext: { domainName: 'api.example' },
  },
}));

const OTHERS: readonly Invocation[] = [
  ...waitInvocations,
  { function: 'sweep', event: {} },
  { function: 'producer', event: { resources: ['rule/minutely'], time: '2026-01-01T00:00:00Z' } },
];

interface Answer {
  readonly statusCode?: number;
  readonly body?: string;
  readonly error?: string;
}

interface Outcome {
  readonly printed: string;
  readonly answers: readonly Answer[];
}

let folder: string;
let stack: LocalStack;
let quoting: Server;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'doorbell-secrets-'));
  stack = await startLocalStack();
  quoting = createServer((request, response) => {
    // As AWS does when a signature is wrong: it says what it was over, and so repeats the session token.
    const message = `The Canonical String for this request should have been '${JSON.stringify(request.headers)}'`;
    response.writeHead(400, { 'content-type': 'application/x-amz-json-1.0' });
    response.end(JSON.stringify({ __type: 'InvalidSignatureException', message }));
  }).listen(0, '127.0.0.1');
  await once(quoting, 'listening');
  await bundle();
});
afterAll(async () => {
  quoting?.close();
  await stack?.stop();
  await rm(folder, { recursive: true, force: true });
});

/** Runs the built functions with these endpoints; the log is as talkative as it can be. */
async function run(
  world: string,
  invocations: readonly Invocation[],
  endpoints: { readonly sqs: string; readonly dynamodb: string },
): Promise<Outcome> {
  const source = join(folder, `invocations when it ${world}.json`);
  const target = join(folder, `answers when it ${world}.json`);
  await writeFile(source, JSON.stringify(invocations));
  const env = {
    ...environmentOf(stack),
    ...PLANTED,
    PATH: process.env.PATH,
    AWS_REGION: 'us-east-1',
    AWS_ENDPOINT_URL_SQS: endpoints.sqs,
    AWS_ENDPOINT_URL_DYNAMODB: endpoints.dynamodb,
    BACKEND_CHANNEL: 'doors',
    DIRECT_WAIT: 'true',
    DOORBELL_TOKEN_COOKIE: COOKIE,
    DOORBELL_TOKEN_QUERY: 'true',
    POWERTOOLS_LOG_LEVEL: 'DEBUG',
    REPEATS_PER_SECOND: '1000',
  };
  const host = join(import.meta.dirname, '../support/stack/lambda-host.ts');
  const { stdout, stderr } = await promisify(execFile)(process.execPath, [host, source, target], {
    env,
    maxBuffer: 64 * 1024 * 1024,
  });
  const answers = JSON.parse(await readFile(target, 'utf8')) as readonly (Answer | null)[];
  return { printed: stdout + stderr, answers: answers.map((answer) => answer ?? {}) };
}

/** What would give a token away: itself, or its signature. */
const SECRETS = {
  ...PLANTED,
  ...tokens,
  ...tickets,
  ...Object.fromEntries(
    Object.entries({ ...tokens, ...tickets }).map(([name, token]) => [
      `signature of ${name}`,
      token.split('.')[2],
    ]),
  ),
} as Readonly<Record<string, string>>;
const PRIVATE = { ...SECRETS, payload: PAYLOAD, client: CLIENT };

function foundIn(text: string, planted: Readonly<Record<string, string>>): readonly string[] {
  return Object.entries(planted).flatMap(([name, secret]) => (text.includes(secret) ? [name] : []));
}

const everything = [...httpInvocations(), ingestInvocation(), ...OTHERS];

/** What AWS is like, where it is then, and how the functions mostly answer. */
const WORLDS = [
  ['works', () => ({ sqs: stack.emulators.sqsEndpoint, dynamodb: stack.emulators.dynamodbEndpoint }), 200],
  ['cannot be reached', () => ({ sqs: 'http://127.0.0.1:1', dynamodb: 'http://127.0.0.1:1' }), 503],
  [
    'quotes the request when it refuses it',
    () => {
      const url = `http://127.0.0.1:${(quoting.address() as AddressInfo).port}`;
      return { sqs: url, dynamodb: url };
    },
    500,
  ],
] as const;

// In a process of its own each, which mostly waits for the next try.
let outcomes: readonly Outcome[];
let packages: string;
beforeAll(async () => {
  const runs = Promise.all(WORLDS.map(([name, endpoints]) => run(name, everything, endpoints())));
  [outcomes, { folder: packages }] = await Promise.all([runs, packaged()]);
}, 120_000);

describe.each(WORLDS.map(([name, , typical], i) => [name, typical, i] as const))(
  'when AWS %s',
  (_, typical, i) => {
    let outcome: Outcome;
    beforeAll(() => {
      outcome = outcomes[i] as Outcome;
    });

    test('the functions answer as they do then', () => {
      const statuses = new Set(outcome.answers.map(({ statusCode }) => statusCode));

      expect([...statuses]).toEqual(expect.arrayContaining([typical, 401, 403]));
    });

    test('nothing private is in the log', () => {
      expect(outcome.printed.split('\n').length).toBeGreaterThan(1);
      expect(
        outcome.printed.split('\n').flatMap((line) => foundIn(line, PRIVATE).map((name) => [name, line])),
      ).toEqual([]);
    });

    test('nothing private is in an error', () => {
      const errors = outcome.answers.filter(({ statusCode = 500 }) => statusCode >= 400);

      expect(errors.flatMap((answer) => foundIn(JSON.stringify(answer), PRIVATE))).toEqual([]);
    });

    test('no key and no token is in any answer', () => {
      expect(outcome.answers.flatMap((answer) => foundIn(JSON.stringify(answer), SECRETS))).toEqual([]);
    });
  },
);

test('nothing of the environment is in the bundles or in what is packaged', async () => {
  const dist = join(SERVICE_DIR, 'dist');
  const files = [
    ...(await readdir(dist)).map((name) => join(dist, name)),
    ...(await readdir(packages)).map((name) => join(packages, name)),
  ].filter((path) => /\.(?:mjs|js|html|json)$/.test(path));

  expect(files.length).toBeGreaterThan(8);
  for (const path of files) expect(foundIn(await readFile(path, 'utf8'), SECRETS), path).toEqual([]);
});
