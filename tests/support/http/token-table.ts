/** Every kind of token, and what each route answers to whom: for the test that tries them all, and for the matrix in docs/operations/security.md. */

import { SignJWT, UnsecuredJWT } from 'jose';
import { mint } from '../../../lib/auth/mint.ts';
import { posting } from './http.ts';

export const SECRET = 'the-secret-of-these-tests-0123456789';

/** A token's id, for `DOORBELL_REVOKED`. */
export const REVOKED = 'leaked-1';

const now = () => Date.now();
/** A good token with these grants. */
export const grant = (read: readonly string[], write: readonly string[], client?: string) =>
  mint(SECRET, { read, write, ttlS: 60, now: now(), ...(client === undefined ? {} : { client }) });
const claims = () => ({ read: ['*'], write: ['*'], exp: Math.floor(now() / 1000) + 60 });
const sign = (secret: string, alg: string) =>
  new SignJWT(claims()).setProtectedHeader({ alg }).sign(new TextEncoder().encode(secret));

/** A token of every kind. Routes touch channel `doors.3`, and client `wall`. */
export const TOKENS: Readonly<Record<string, () => Promise<string> | undefined>> = {
  none: () => undefined,
  'not a token': async () => 'nonsense',
  expired: () => mint(SECRET, { read: ['*'], write: ['*'], ttlS: -60, now: now() }),
  'wrong key': () => sign(`${SECRET}!`, 'HS256'),
  'wrong algorithm': () => sign(SECRET.repeat(2), 'HS512'),
  "algorithm 'none'": async () => new UnsecuredJWT(claims()).encode(),
  revoked: () => mint(SECRET, { read: ['*'], write: ['*'], ttlS: 60, now: now(), id: REVOKED }),
  'no grants': () => grant([], []),
  'other channel': () => grant(['alerts'], ['alerts']),
  'prefix of another': () => grant(['doors.33.*', 'door.*'], ['doors.33.*', 'door.*']),
  'prefix below it': () => grant(['doors.3.*'], ['doors.3.*']),
  'its prefix': () => grant(['doors.*'], ['doors.*']),
  'read only': () => grant(['doors.3'], []),
  'write only': () => grant([], ['doors.3']),
  "another client's": () => grant(['*'], ['*'], 'desk'),
  "this client's": () => grant(['*'], ['*'], 'wall'),
  everything: () => grant(['*'], ['*']),
  'manage only': () =>
    mint(SECRET, { read: [], write: [], manage: ['doors.3', 'stream.*'], ttlS: 60, now: now() }),
  'some of its keys': () => grant(['doors.3#door-1', 'doors.*#a.*'], ['doors.3#door-1', 'doors.*#a.*']),
  'some of its keys, read only': () => grant(['doors.3#door-1', 'doors.3#a.*'], []),
  'some of its keys, write only': () => grant([], ['doors.3#door-1', 'doors.3#a.*']),
  'one of its keys': () => grant(['doors.3#door-1'], ['doors.3#door-1']),
  'a prefix of its keys': () => grant(['doors.3#a.*'], ['doors.3#a.*']),
  'prefixes of its keys': () => grant(['doors.3#a.*', 'doors.3#b.*'], ['doors.3#a.*', 'doors.3#b.*']),
  'all of its keys': () => grant(['doors.3#*'], ['doors.3#*']),
  "keys of another channel's": () =>
    grant(['doors.33#*', 'alerts#*', '#*'], ['doors.33#*', 'alerts#*', '#*']),
  'share only': () => mint(SECRET, { read: [], write: [], share: ['doors.*'], ttlS: 60, now: now() }),
  'share of another channel': () =>
    mint(SECRET, { read: ['*'], write: ['*'], share: ['alerts'], ttlS: 60, now: now() }),
  'dead letters only': () => mint(SECRET, { read: [], write: [], dead: ['doors.*'], ttlS: 60, now: now() }),
  "dead letters of another channel's": () =>
    mint(SECRET, { read: ['*'], write: ['*'], dead: ['alerts'], ttlS: 60, now: now() }),
  'dead letters, and writing': () =>
    mint(SECRET, { read: [], write: ['doors.3'], dead: ['doors.3'], ttlS: 60, now: now() }),
  'everything, and manage': () =>
    mint(SECRET, { read: ['*'], write: ['*'], manage: ['*'], ttlS: 60, now: now() }),
};

const UNKNOWN = 'no-token';
const BAD = 'bad-token';
export const FORBIDDEN = 'forbidden';
/** What is the same on every route that serves events. */
const REFUSED_EVERYWHERE = {
  none: UNKNOWN,
  'not a token': BAD,
  expired: 'expired-token',
  'wrong key': BAD,
  'wrong algorithm': BAD,
  "algorithm 'none'": BAD,
  revoked: BAD,
  'no grants': FORBIDDEN,
  'other channel': FORBIDDEN,
  'prefix of another': FORBIDDEN,
  'prefix below it': FORBIDDEN,
  'its prefix': 200,
  everything: 200,
  'manage only': FORBIDDEN,
  // It sees no channel as a whole.
  'some of its keys': FORBIDDEN,
  'some of its keys, read only': FORBIDDEN,
  'some of its keys, write only': FORBIDDEN,
  'one of its keys': FORBIDDEN,
  'a prefix of its keys': FORBIDDEN,
  'prefixes of its keys': FORBIDDEN,
  'all of its keys': FORBIDDEN,
  "keys of another channel's": FORBIDDEN,
  'share only': FORBIDDEN,
  'share of another channel': 200,
  'dead letters only': FORBIDDEN,
  "dead letters of another channel's": 200,
  'dead letters, and writing': FORBIDDEN,
  'everything, and manage': 200,
};
const READING = { ...REFUSED_EVERYWHERE, 'read only': 200, 'write only': FORBIDDEN };
/** What is answered to whoever may read some keys, of these. */
const SOME = {
  'some of its keys': 200,
  'some of its keys, read only': 200,
  'one of its keys': 200,
  'a prefix of its keys': 200,
  'prefixes of its keys': 200,
  'all of its keys': 200,
};
/** It takes `door-1` and `a.1`. */
const BOTH_KEYS = { 'some of its keys': 200, 'all of its keys': 200 };
const AS_CLIENT = { ...READING, "another client's": FORBIDDEN, "this client's": 200 };
const AS_NOBODY = { ...READING, "another client's": 200, "this client's": 200 };
const WRITING = {
  ...REFUSED_EVERYWHERE,
  'read only': FORBIDDEN,
  'write only': 200,
  'dead letters, and writing': 200,
  "another client's": 200,
  "this client's": 200,
};
/** What is listed depends on the token; that it may list does not. */
const LISTING = {
  ...AS_NOBODY,
  'no grants': 200,
  'other channel': 200,
  'prefix of another': 200,
  'prefix below it': 200,
  'write only': 200,
  'manage only': 200,
  ...SOME,
  'some of its keys, write only': 200,
  "keys of another channel's": 200,
  'share only': 200,
  'dead letters only': 200,
  'dead letters, and writing': 200,
};
/** What no token may do that was made before there was the claim. */
const MANAGING = Object.fromEntries(
  Object.entries(AS_NOBODY).map(([kind, answer]) => [
    kind,
    kind === 'manage only' || kind === 'everything, and manage' ? 200 : answer === 200 ? FORBIDDEN : answer,
  ]),
);
/** As managing: a token that may read could else have what a cache then gives to those who may not. */
const SHARING = Object.fromEntries(
  Object.entries(AS_NOBODY).map(([kind, answer]) => [
    kind,
    kind === 'share only' ? 200 : answer === 200 ? FORBIDDEN : answer,
  ]),
);
/** As managing. What is answered where the token has the claim for some channel, and where it has it for this one. */
function dead(some: number | string, own: number | string, mending = own): Row['answers'] {
  const answers = Object.entries(AS_NOBODY).map(([kind, answer]) => [
    kind,
    answer === 200 ? FORBIDDEN : answer,
  ]);
  return {
    ...Object.fromEntries(answers),
    'dead letters only': own,
    "dead letters of another channel's": some,
    'dead letters, and writing': mending,
  };
}
/** It takes both. */
const CLOSING = { ...MANAGING, 'manage only': FORBIDDEN };
const CLOSED = Object.fromEntries(Object.keys(TOKENS).map((name) => [name, FORBIDDEN]));
const OPEN = Object.fromEntries(Object.keys(TOKENS).map((name) => [name, 200]));

export interface Row {
  readonly method: string;
  readonly pattern: string;
  readonly path: string;
  readonly init?: RequestInit;
  /** What tells it from another row of the same path, in words. */
  readonly what?: string;
  /** By kind of token: a status of success, or the code of the refusal. */
  readonly answers: Readonly<Record<string, number | string>>;
}

/** The second finds nothing any more. */
const DELETING = { ...MANAGING, 'everything, and manage': 'not-found' };
const STREAM = '/v1/stream/:path';
const SHARED = '/v1/shared/:channel/events';
const DEAD_LETTERS = '/v1/dead-letters';
const DEAD_LETTER = '/v1/dead-letters/:letter';
const STATE = '/v1/channels/:channel/state';
/** A channel that is public. */
export const PUBLIC = 'weather';
/** Whoever may read some keys has the state of these. */
export const STATE_ANSWERS: Readonly<Record<string, number | string>> = { ...AS_NOBODY, ...SOME };
export const CHANNEL = '/v1/channels/doors.3';
export const ROWS: readonly Row[] = [
  { method: 'GET', pattern: '/', path: '/', answers: OPEN },
  { method: 'GET', pattern: '/client.js', path: '/client.js', answers: OPEN },
  { method: 'GET', pattern: '/client-more.js', path: '/client-more.js', answers: OPEN },
  { method: 'GET', pattern: '/openapi.json', path: '/openapi.json', answers: OPEN },
  { method: 'GET', pattern: '/healthz', path: '/healthz', answers: OPEN },
  {
    method: 'GET',
    pattern: '/v1/channels/:channel/events',
    path: `${CHANNEL}/events?maxvid=0&wait=0`,
    answers: { ...AS_NOBODY, ...SOME },
  },
  {
    method: 'GET',
    pattern: '/v1/channels/:channel/events',
    path: `${CHANNEL}/events?maxvid=0&wait=0&client=wall`,
    answers: { ...AS_CLIENT, ...SOME },
  },
  {
    method: 'GET',
    pattern: '/v1/channels/:channel/events',
    path: `${CHANNEL}/events?maxvid=0&client=wall`,
    answers: { ...AS_CLIENT, ...SOME },
  },
  {
    method: 'GET',
    pattern: '/v1/events',
    path: '/v1/events?cursor=doors.3:0&wait=0',
    answers: { ...AS_NOBODY, ...SOME },
  },
  {
    method: 'GET',
    pattern: '/v1/events',
    path: '/v1/events?cursor=doors.3:0&client=wall&wait=0',
    answers: { ...AS_CLIENT, ...SOME },
  },
  {
    method: 'GET',
    pattern: '/v1/events',
    // One channel that may not be read spoils the poll.
    path: '/v1/events?cursor=doors.3:0&cursor=alerts:0&wait=0',
    answers: { ...AS_NOBODY, 'its prefix': FORBIDDEN, 'read only': FORBIDDEN },
  },
  { method: 'GET', pattern: SHARED, path: '/v1/shared/doors.3/events?maxvid=0', answers: SHARING },
  // Its token is not looked at.
  { method: 'GET', pattern: SHARED, path: `/v1/shared/${PUBLIC}/events`, answers: OPEN },
  {
    method: 'POST',
    pattern: '/v1/channels/:channel/waits',
    path: `${CHANNEL}/waits?maxvid=0`,
    answers: { ...AS_NOBODY, ...SOME },
  },
  {
    method: 'POST',
    pattern: '/v1/channels/:channel/waits',
    path: `${CHANNEL}/waits?maxvid=0&client=wall`,
    answers: { ...AS_CLIENT, ...SOME },
  },
  {
    method: 'POST',
    pattern: '/v1/waits',
    path: '/v1/waits?cursor=doors.3:0',
    answers: { ...AS_NOBODY, ...SOME },
  },
  {
    method: 'POST',
    pattern: '/v1/waits',
    path: '/v1/waits?cursor=doors.3:0&cursor=alerts:0',
    answers: { ...AS_NOBODY, 'its prefix': FORBIDDEN, 'read only': FORBIDDEN },
  },
  // No token is looked at, and this is no ticket.
  { method: 'GET', pattern: '/v1/wait', path: '/v1/wait?ticket=a.b.c', answers: CLOSED },
  {
    method: 'GET',
    pattern: '/backend.php',
    path: '/backend.php?maxvid=0',
    answers: { ...AS_NOBODY, ...SOME },
  },
  {
    method: 'POST',
    pattern: '/v1/channels/:channel/events',
    path: `${CHANNEL}/events`,
    init: posting({ data: 2 }),
    answers: WRITING,
  },
  {
    method: 'POST',
    pattern: '/v1/channels/:channel/events',
    path: `${CHANNEL}/events`,
    init: posting('3\n4', 'application/x-ndjson'),
    answers: WRITING,
  },
  {
    method: 'POST',
    pattern: '/v1/channels/:channel/events',
    path: `${CHANNEL}/events`,
    init: posting([
      { key: 'door-1', data: 1 },
      { key: 'a.1', data: 1 },
    ]),
    what: 'of keys `door-1` and `a.1`',
    answers: { ...WRITING, ...BOTH_KEYS, 'some of its keys, write only': 200 },
  },
  {
    method: 'POST',
    pattern: '/v1/channels/:channel/events',
    path: `${CHANNEL}/events?keyFrom=door`,
    init: posting('{"door":"door-1"}\n{"door":"a.1"}', 'application/x-ndjson'),
    what: 'of keys `door-1` and `a.1`',
    answers: { ...WRITING, ...BOTH_KEYS, 'some of its keys, write only': 200 },
  },
  {
    method: 'POST',
    pattern: '/v1/channels/:channel/events',
    path: `${CHANNEL}/events`,
    init: posting({ key: 'a.1', data: null }),
    what: 'that deletes key `a.1`',
    answers: {
      ...WRITING,
      ...SOME,
      'some of its keys, read only': FORBIDDEN,
      'some of its keys, write only': 200,
      'one of its keys': FORBIDDEN,
    },
  },
  {
    method: 'POST',
    pattern: '/v1/channels/:channel/events',
    path: `${CHANNEL}/events`,
    // One key that may not be written spoils the publish.
    what: 'of keys `door-1` and `door-2`',
    init: posting([
      { key: 'door-1', data: 1 },
      { key: 'door-2', data: 1 },
    ]),
    answers: { ...WRITING, 'all of its keys': 200 },
  },
  { method: 'GET', pattern: STATE, path: `${CHANNEL}/state`, answers: STATE_ANSWERS },
  {
    method: 'GET',
    pattern: STATE,
    path: `${CHANNEL}/state?key=door-1&key=a.1`,
    answers: { ...AS_NOBODY, ...BOTH_KEYS, 'some of its keys, read only': 200 },
  },
  {
    method: 'GET',
    pattern: STATE,
    // One key that may not be read spoils the request.
    path: `${CHANNEL}/state?key=door-1&key=b`,
    answers: { ...AS_NOBODY, 'all of its keys': 200 },
  },
  {
    method: 'GET',
    pattern: STATE,
    path: `${CHANNEL}/state?prefix=a.1`,
    answers: { ...AS_NOBODY, ...SOME, 'one of its keys': FORBIDDEN },
  },
  {
    method: 'GET',
    pattern: STATE,
    // Of more than may be read: what may is answered.
    path: `${CHANNEL}/state?prefix=a`,
    answers: { ...AS_NOBODY, ...SOME, 'one of its keys': FORBIDDEN },
  },
  {
    method: 'GET',
    pattern: '/v1/channels/:channel/schema',
    path: `${CHANNEL}/schema`,
    answers: {
      ...AS_NOBODY,
      ...SOME,
      'write only': 200,
      'some of its keys, write only': 200,
      'dead letters, and writing': 200,
    },
  },
  { method: 'GET', pattern: DEAD_LETTERS, path: '/v1/dead-letters', answers: dead(200, 200) },
  {
    method: 'GET',
    pattern: DEAD_LETTERS,
    path: '/v1/dead-letters?channel=doors.3',
    answers: dead(FORBIDDEN, 200),
  },
  {
    method: 'POST',
    pattern: DEAD_LETTERS,
    path: '/v1/dead-letters?channel=doors.3',
    answers: dead(FORBIDDEN, 200),
  },
  {
    method: 'GET',
    pattern: DEAD_LETTER,
    path: '/v1/dead-letters/m1',
    answers: dead('not-found', 'not-found'),
  },
  {
    method: 'PUT',
    pattern: DEAD_LETTER,
    path: '/v1/dead-letters/m1',
    init: posting({ channel: 'doors.3', data: 1 }),
    answers: dead(FORBIDDEN, FORBIDDEN, 'not-found'),
  },
  {
    method: 'POST',
    pattern: DEAD_LETTER,
    path: '/v1/dead-letters/m1',
    answers: dead('not-found', 'not-found'),
  },
  {
    method: 'DELETE',
    pattern: DEAD_LETTER,
    path: '/v1/dead-letters/m1',
    answers: dead('not-found', 'not-found'),
  },
  { method: 'GET', pattern: '/v1/channels', path: '/v1/channels', answers: LISTING },
  { method: 'GET', pattern: '/v1/channels/:channel', path: CHANNEL, answers: AS_NOBODY },
  { method: 'GET', pattern: '/v1/channels/:channel/clients', path: `${CHANNEL}/clients`, answers: AS_NOBODY },
  {
    method: 'DELETE',
    pattern: '/v1/channels/:channel/clients/:client',
    path: `${CHANNEL}/clients/wall`,
    answers: AS_CLIENT,
  },
  {
    method: 'DELETE',
    pattern: '/v1/channels/:channel/events/:vid',
    path: `${CHANNEL}/events/1`,
    answers: MANAGING,
  },
  { method: 'GET', pattern: STREAM, path: '/v1/stream/doors.3', answers: AS_NOBODY },
  {
    method: 'GET',
    pattern: STREAM,
    path: '/v1/stream/doors.3?offset=-1&live=long-poll',
    answers: AS_NOBODY,
  },
  { method: 'HEAD', pattern: STREAM, path: '/v1/stream/doors.3', answers: AS_NOBODY },
  {
    method: 'POST',
    pattern: STREAM,
    path: '/v1/stream/doors.3',
    init: posting([5, 6]),
    answers: WRITING,
  },
  {
    method: 'PUT',
    pattern: STREAM,
    path: '/v1/stream/doors.3',
    init: { headers: { 'content-type': 'application/json' } },
    answers: MANAGING,
  },
  {
    method: 'POST',
    pattern: STREAM,
    path: '/v1/stream/doors.3',
    init: { headers: { 'stream-closed': 'true' } },
    answers: CLOSING,
  },
  { method: 'DELETE', pattern: STREAM, path: '/v1/stream/doors.3', answers: DELETING },
  { method: 'DELETE', pattern: '/v1/channels/:channel', path: CHANNEL, answers: MANAGING },
];
