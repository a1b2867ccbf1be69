/**
 * What it costs to find out who asks: tokens checked a second on one core, each time by its signature, beside once a minute (lib/auth/verified-cache.ts).
 * Only the ratio means anything. `npx node bench/tokens.ts`
 */

import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { exportJWK, generateKeyPair, SignJWT } from 'jose';
import { jwksKeys, type Keys, secretKeys } from '../lib/auth/keys.ts';
import { Verifier } from '../lib/auth/verifier.ts';
import { systemClock } from '../lib/runtime/system.ts';
import { machine } from './figures.ts';

/** How many are asked about at once, as a server does that holds many polls. */
const AT_ONCE = 50;
const ROUNDS = 100;
/** Different tokens that the same readers send again and again. */
const TOKENS = 500;

const SECRET = 'the-secret-of-this-measurement-0123456789';
const logger = { debug() {}, info() {}, warn() {}, error() {} };
const ports = { clock: systemClock, logger };
const exp = Math.floor(Date.now() / 1000) + 3_600;
const claims = (i: number) => ({
  read: ['doors', 'host.*'],
  sub: `reader-${i}`,
  iss: 'bench',
  aud: 'bench',
  exp,
});

console.log(machine());
console.log('key     with the signature/s   once a minute/s   ratio');
await compare(
  'HS256',
  secretKeys(async () => [SECRET], ports),
  (i) => new SignJWT(claims(i)).setProtectedHeader({ alg: 'HS256' }).sign(new TextEncoder().encode(SECRET)),
);
for (const alg of ['RS256', 'ES256']) {
  const { publicKey, privateKey } = await generateKeyPair(alg);
  const set = JSON.stringify({ keys: [{ ...(await exportJWK(publicKey)), kid: alg, use: 'sig' }] });
  const provider = createServer((_, response) => response.end(set)).listen(0, '127.0.0.1');
  await new Promise((resolve) => provider.once('listening', resolve));
  const url = `http://127.0.0.1:${(provider.address() as AddressInfo).port}/`;
  await compare(alg, jwksKeys({ url, issuer: 'bench', audience: 'bench' }, ports), (i) =>
    new SignJWT(claims(i)).setProtectedHeader({ alg, kid: alg }).sign(privateKey),
  );
  provider.close();
}

async function compare(name: string, keys: Keys, sign: (i: number) => Promise<string>): Promise<void> {
  const tokens = await Promise.all(Array.from({ length: TOKENS }, (_, i) => sign(i)));
  let version = 0;
  // Keys that are always new: nothing that was found before counts.
  const restless: Keys = { ...keys, version: () => version++ };
  const each = await perSecond(restless, tokens);
  const kept = await perSecond(keys, tokens);
  const cells = [
    each.toFixed(0).padStart(20),
    kept.toFixed(0).padStart(17),
    (kept / each).toFixed(1).padStart(7),
  ];
  console.log(`${name.padEnd(7)} ${cells.join(' ')}`);
}

async function perSecond(keys: Keys, tokens: readonly string[]): Promise<number> {
  const verifier = new Verifier({
    keys: [keys],
    claims: { read: 'read', write: 'write' },
    clock: systemClock,
  });
  for (const token of tokens) await verifier.verify(token);
  const start = performance.now();
  for (let round = 0; round < ROUNDS; round++) {
    const some = Array.from({ length: AT_ONCE }, (_, i) => tokens[(round * AT_ONCE + i) % TOKENS] ?? '');
    await Promise.all(some.map((token) => verifier.verify(token)));
  }
  return (ROUNDS * AT_ONCE * 1000) / (performance.now() - start);
}
