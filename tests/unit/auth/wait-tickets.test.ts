/** Tickets: only what was signed here is read, whoever made it look like one. */

import { SignJWT, UnsecuredJWT } from 'jose';
import { describe, expect, test } from 'vitest';
import { secretKeys } from '../../../lib/auth/keys.ts';
import { mint } from '../../../lib/auth/mint.ts';
import { Verifier } from '../../../lib/auth/verifier.ts';
import { requireInTime, type Ticket, WaitTickets } from '../../../lib/auth/wait-tickets.ts';
import { MemoryLogger } from '../../support/memory/doubles.ts';
import { FakeClock } from '../../support/time/clock.ts';

const SECRET = 'the-secret-of-these-tests-0123456789';
const NEWER = 'the-newer-secret-of-these-tests-01234';

function ticketsOf(...secrets: readonly string[]): WaitTickets {
  const ports = { clock: new FakeClock(), logger: new MemoryLogger() };
  return new WaitTickets(secretKeys(async () => secrets, ports));
}

const ticket: Ticket = {
  mailbox: { name: 'doorbell-dev-mailbox-direct-1', openedAt: 1_000, leasedUntil: 900_000 },
  owner: 'someone',
  places: [
    { channel: 'doors', vid: 3, epoch: 'e1' },
    { channel: 'alerts', vid: 0, epoch: null },
  ],
  turn: 1_700,
  seconds: 20,
  untilMs: 61_000,
};
const refused = expect.objectContaining({ code: 'forbidden', details: { field: 'ticket' } });

test('a ticket says what was signed, also without a mailbox', async () => {
  const tickets = ticketsOf(SECRET);
  const { mailbox: _, ...held } = ticket;

  expect(await tickets.read(await tickets.sign(ticket))).toEqual(ticket);
  expect(await tickets.read(await tickets.sign(held))).toEqual(held);
});

test('while one secret replaces another, tickets of both are read, and the newer signs', async () => {
  const both = ticketsOf(NEWER, SECRET);

  expect(await both.read(await ticketsOf(SECRET).sign(ticket))).toEqual(ticket);
  expect(await ticketsOf(NEWER).read(await both.sign(ticket))).toEqual(ticket);
});

describe('is refused', () => {
  const claims = { ...ticket };
  const raw = (secret: string, typ?: string) =>
    new SignJWT(claims)
      .setProtectedHeader({ alg: 'HS256', ...(typ === undefined ? {} : { typ }) })
      .sign(new TextEncoder().encode(secret));
  test.each<readonly [string, () => string | Promise<string>]>([
    ['what is no ticket', () => 'nonsense'],
    ['an empty one', () => ''],
    ['one that nobody has signed', () => new UnsecuredJWT(claims).encode()],
    ['one of another secret', () => ticketsOf(NEWER).sign(ticket)],
    ["one that is signed with the tokens' secret itself", () => raw(SECRET, 'doorbell-wait')],
    ['a token', () => mint(SECRET, { read: ['*'], write: ['*'], ttlS: 60, now: 0 })],
    ['one whose mailbox was changed', async () => tampered(await ticketsOf(SECRET).sign(ticket))],
    ['one that was cut', async () => (await ticketsOf(SECRET).sign(ticket)).slice(0, -1)],
  ])('%s', async (_what, make) => {
    await expect(ticketsOf(SECRET).read(await make())).rejects.toEqual(refused);
  });
});

test('no ticket passes for a token', async () => {
  const ports = { clock: new FakeClock(), logger: new MemoryLogger() };
  const keys = [secretKeys(async () => [SECRET], ports)];
  const verifier = new Verifier({ keys, claims: { read: 'read', write: 'write' }, ...ports });

  await expect(verifier.verify(await ticketsOf(SECRET).sign(ticket))).rejects.toMatchObject({
    code: 'bad-token',
  });
});

test('a wait may begin until the time of a ticket is over', () => {
  expect(() => requireInTime(ticket, 60_999)).not.toThrow();
  expect(() => requireInTime(ticket, 61_000)).toThrow(refused);
});

/** The same signature under another mailbox. */
function tampered(text: string): string {
  const [head, body = '', signature] = text.split('.');
  const said = Buffer.from(body, 'base64url').toString().replace('direct-1', 'direct-2');
  return [head, Buffer.from(said).toString('base64url'), signature].join('.');
}
