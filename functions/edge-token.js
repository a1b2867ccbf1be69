/**
 * CloudFront Function (cloudfront-js-2.0), before the cache of shared polls: whoever may not read a channel is refused here, because the cache asks
 * nobody. What is let through is told nothing of its reader. It decides as lib/auth does, for tokens that are signed with the shared secret (HS256);
 * tests/unit/edge holds it to the same table. ES 5.1 and little more: no destructuring, no spread,
 * no `for of`, no `?.`; and no dollar before a brace, which CloudFormation would take for its own.
 */

import cf from 'cloudfront';
import crypto from 'crypto';

// The deploy puts its settings here (local/serverless/edge.ts).
const READ_CLAIM = 'EDGE_READ_CLAIM';
const PUBLIC_CHANNELS = words('EDGE_PUBLIC_CHANNELS');
const CORS_ORIGINS = words('EDGE_CORS_ORIGINS');

const ADDRESS = /^\/v1\/shared\/([A-Za-z0-9_.-]{1,128})\/events$/;
const BEARER = /^Bearer +([A-Za-z0-9_.~+/=-]+)$/i;
const TOLERANCE_S = 30;
const MAX_TOKEN_CHARS = 8192;

async function handler(event) {
  const request = event.request;
  // What a page asks before it asks, without a token: the origin answers it.
  if (request.method === 'OPTIONS') return request;
  const refused = await refusalOf(request);
  if (refused) return answer(refused, request);
  delete request.headers.authorization;
  delete request.headers.range;
  request.cookies = {};
  return request;
}

async function refusalOf(request) {
  if (request.method !== 'GET')
    return problem(
      405,
      'method-not-allowed',
      'Method not allowed',
      'This path takes GET, not ' + request.method + '.',
    );
  const address = ADDRESS.exec(request.uri);
  if (!address) return problem(404, 'not-found', 'Not found', 'There is nothing at this path.');
  const channel = address[1];
  if (covers(PUBLIC_CHANNELS, channel)) return undefined;
  const carried = request.headers.authorization;
  if (!carried) return noToken();
  if (carried.multiValue) return badToken('The token stands twice.');
  const bearer = BEARER.exec(carried.value);
  if (!bearer) return noToken();
  const settings = await settingsOf();
  if (!settings)
    return problem(
      503,
      'unavailable',
      'Try again later',
      'The keys of tokens cannot be had at the edge now.',
    );
  return refusalOfToken(bearer[1], settings, channel);
}

/** One value of the store: {"secrets": ["…"], "revoked": ["…"]}, the newest secret first. Nobody is let in without it. */
async function settingsOf() {
  try {
    const settings = JSON.parse(await cf.kvs().get('tokens'));
    return Array.isArray(settings.secrets) && settings.secrets.length > 0 ? settings : undefined;
  } catch (error) {
    return undefined;
  }
}

function refusalOfToken(token, settings, channel) {
  if (token.length > MAX_TOKEN_CHARS) return badToken('The token is longer than 8192 characters.');
  const parts = token.split('.');
  const header = parts.length === 3 ? parsed(parts[0]) : undefined;
  if (!header || typeof header.alg !== 'string') return badToken('The token is not a signed JSON Web Token.');
  if (header.alg !== 'HS256' || header.crit !== undefined)
    return badToken('The token is signed with an algorithm that is not accepted here.');
  const isSigned = settings.secrets.some((secret) => isEqual(parts[2], signatureOf(parts, secret)));
  if (!isSigned) return badToken('The token is not signed with a key that is accepted here.');
  const claims = parsed(parts[1]);
  if (!claims) return badToken('The token is not a signed JSON Web Token.');
  return refusalOfClaims(claims, settings.revoked || [], channel);
}

function refusalOfClaims(claims, revoked, channel) {
  const now = Math.floor(Date.now() / 1000);
  if (claims.nbf !== undefined && !(typeof claims.nbf === 'number' && claims.nbf <= now + TOLERANCE_S))
    return badToken("The token's claim 'nbf' is missing or not valid here.");
  if (typeof claims.exp !== 'number')
    return badToken("The token's claim 'exp' is missing or not valid here.");
  if (claims.exp <= now - TOLERANCE_S)
    return problem(401, 'expired-token', 'The token has expired', 'The token has expired: get a new one.');
  const isRevoked = [claims.jti, claims.sub].some(
    (id) => id !== undefined && revoked.indexOf(String(id)) >= 0,
  );
  if (isRevoked) return badToken('The token was called back.');
  const grants = grantsOf(claims[READ_CLAIM]);
  if (!grants) return badToken("The token's claim '" + READ_CLAIM + "' must be an array of channels.");
  if (covers(grants, channel)) return undefined;
  const detail = 'The token does not allow to read channel ' + channel + '.';
  return problem(403, 'forbidden', 'Not allowed by the token', detail, 'channel');
}

/** As 'covers' of lib/auth/caller.ts. */
function covers(grants, channel) {
  return grants.some((grant) => {
    if (grant === '*' || grant === channel) return true;
    const prefix = grant.slice(-2) === '.*' ? grant.slice(0, -1) : undefined;
    return prefix !== undefined && channel.length > prefix.length && channel.indexOf(prefix) === 0;
  });
}

function grantsOf(value) {
  if (value === undefined) return [];
  if (typeof value === 'string') return words(value);
  return Array.isArray(value) && value.every((grant) => typeof grant === 'string') ? value : undefined;
}

function words(text) {
  return text.split(' ').filter((word) => word !== '');
}

function signatureOf(parts, secret) {
  return crypto
    .createHmac('sha256', secret)
    .update(parts[0] + '.' + parts[1])
    .digest('base64url');
}

/** Takes as long wherever the first difference is. */
function isEqual(a, b) {
  if (a.length !== b.length) return false;
  let different = 0;
  for (let i = 0; i < a.length; i++) different |= a.charCodeAt(i) ^ b.charCodeAt(i);
  return different === 0;
}

/** An object; undefined of anything else. */
function parsed(part) {
  try {
    const value = JSON.parse(Buffer.from(part, 'base64url').toString());
    return typeof value === 'object' && value !== null && !Array.isArray(value) ? value : undefined;
  } catch (error) {
    return undefined;
  }
}

function noToken() {
  return problem(401, 'no-token', 'A token is needed', 'Send a token: Authorization: Bearer <token>.');
}

function badToken(detail) {
  return problem(401, 'bad-token', 'The token is not valid', detail);
}

function problem(status, code, title, detail, field) {
  return { type: 'urn:doorbell:problem:' + code, title: title, status: status, detail: detail, field: field };
}

/** As lib/http/problem.ts tells it. */
function answer(refused, request) {
  const headers = {
    'cache-control': { value: 'no-store' },
    'content-type': { value: 'application/problem+json' },
    vary: { value: 'Origin' },
  };
  if (refused.status === 401) {
    const why = refused.type === 'urn:doorbell:problem:no-token' ? '' : ' error="invalid_token"';
    headers['www-authenticate'] = { value: 'Bearer' + why };
  }
  if (refused.status === 405) headers.allow = { value: 'GET' };
  if (refused.status === 503) headers['retry-after'] = { value: '5' };
  const origin = request.headers.origin && request.headers.origin.value;
  if (origin && (CORS_ORIGINS.indexOf('*') >= 0 || CORS_ORIGINS.indexOf(origin) >= 0)) {
    headers['access-control-allow-origin'] = { value: origin };
    headers['access-control-expose-headers'] = { value: 'Retry-After,WWW-Authenticate' };
  }
  return {
    statusCode: refused.status,
    statusDescription: refused.title,
    headers: headers,
    body: JSON.stringify(refused),
  };
}
