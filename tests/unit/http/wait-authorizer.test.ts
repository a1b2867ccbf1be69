/** What API Gateway is told of a ticket before it receives from a mailbox by itself. */

import { describe, expect, test, vi } from 'vitest';
import { ticketPorts } from '../../../lib/compose/ticket.ts';
import { PushError } from '../../../lib/errors.ts';
import { authorizer } from '../../../lib/http/wait-authorizer.ts';
import { directWait } from '../../../lib/poll/direct-wait.ts';
import { authorizedWait } from '../../../lib/poll/held-wait.ts';
import { heldPorts, queuedPorts, reader, TICKET_SECRET, ticketsWith } from '../../support/memory/direct.ts';
import { MemoryLogger, UNCOUNTED } from '../../support/memory/doubles.ts';
import { memoryProcess, memoryWorld, say, track } from '../../support/memory/world.ts';
import { WAIT_MS } from '../../support/time/limits.ts';

const requestContext = { domainName: 'api.example' };

async function setUp({ portsOf = queuedPorts, corsOrigins = [] as readonly string[] } = {}) {
  const world = memoryWorld();
  const process = memoryProcess(world);
  await say(process, 'doors', 'a');
  const ports = portsOf(world, process);
  const ask = async () => {
    const request = { cursors: [{ channel: 'doors', maxvid: 1 }], waitMs: 0, limit: 500 };
    const { wait } = await directWait(ports, reader('sub wall'), request);
    return wait?.ticket ?? '';
  };
  const tickets = ticketsWith(world, TICKET_SECRET);
  const authorized = authorizedWait({ tickets, clock: world.clock, mailboxes: world.mailboxes });
  const handler = authorizer({ authorized, corsOrigins });
  const asked = (ticket: string | undefined, origin?: string) =>
    handler({ identitySource: [ticket], requestContext, headers: origin === undefined ? {} : { origin } });
  return { world, ask, asked, handler };
}

test("the address of the ticket's own mailbox, and how long to wait there", async () => {
  const { world, ask, asked } = await setUp();

  const answer = await asked(await ask());

  const [name = ''] = await world.mailboxes.list();
  expect(answer).toEqual({
    isAuthorized: true,
    context: { mailbox: `memory:${name}`, seconds: '1', origin: 'https://api.example' },
  });
  expect(name).toMatch(/^mailbox-direct-/);
});

describe('a queue that SQS does not know in its first second', () => {
  const young = async (knownAfterMs: number) => {
    const { world, ask } = await setUp();
    const ticket = await ask();
    const knownAt = world.clock.elapsed() + knownAfterMs;
    let asked = 0;
    const mailboxes = {
      addressOf: async (name: string) => {
        asked++;
        if (world.clock.elapsed() < knownAt) return undefined;
        return world.mailboxes.addressOf(name);
      },
    };
    const tickets = ticketsWith(world, TICKET_SECRET);
    const authorized = authorizedWait({ tickets, clock: world.clock, mailboxes });
    const asking = track(authorized(ticket).catch((error: Error) => error.message));
    await vi.waitUntil(() => asked === 1, { timeout: WAIT_MS });
    return { world, asking };
  };

  test('is asked for again, until it is known', async () => {
    const { world, asking } = await young(1_150);

    await world.clock.advance(1_000);
    expect(asking.done).toBe(false);
    await world.clock.advance(1_000);

    expect(await asking.promise).toEqual({
      address: expect.stringMatching(/^memory:mailbox-direct-/),
      seconds: 1,
    });
  });

  test('is asked for no longer than it is young', async () => {
    const { world, asking } = await young(60_000);

    await world.clock.advance(2_000);

    expect(await asking.promise).toMatch('mailbox of this ticket is gone');
  });
});

describe('no address', () => {
  const refused = { isAuthorized: false };

  test('of what is no ticket, and of none', async () => {
    const { asked, handler } = await setUp();

    for (const text of ['', undefined, 'a.b.c', 'nonsense']) expect(await asked(text)).toEqual(refused);
    expect(await handler({})).toEqual(refused);
  });

  test('of a forged ticket that names another mailbox', async () => {
    const { world, ask, asked } = await setUp();
    const said = await ticketsWith(world, TICKET_SECRET).read(await ask());
    const mailbox = { name: 'doorbell-dev-ingest.fifo', openedAt: 0, leasedUntil: 0 };

    expect(await asked(await ticketsWith(world, `${TICKET_SECRET}!`).sign({ ...said, mailbox }))).toEqual(
      refused,
    );
  });

  test('of a ticket whose time is over', async () => {
    const { world, ask, asked } = await setUp();
    const ticket = await ask();

    await world.clock.advance(60_000);

    expect(await asked(ticket)).toEqual(refused);
  });

  test('of a ticket that a hub has given, which holds its waits itself', async () => {
    const { ask, asked } = await setUp({ portsOf: heldPorts });

    expect(await asked(await ask())).toEqual(refused);
  });
});

test.each([
  [['https://wall.example'], 'https://wall.example', 'https://wall.example'],
  [['https://wall.example'], 'https://evil.example', 'https://api.example'],
  [['https://wall.example'], undefined, 'https://api.example'],
  [['*'], 'https://any.example', '*'],
])('of pages, %j lets %s read the answer by %s', async (corsOrigins, origin, expected) => {
  const { ask, asked } = await setUp({ corsOrigins });

  expect((await asked(await ask(), origin)).context?.origin).toBe(expected);
});

test('a fault passes through, so that the gateway says 500 and the reader asks again', async () => {
  const fault = new PushError('unavailable', 'The keys cannot be had now.');
  const handler = authorizer({ authorized: () => Promise.reject(fault), corsOrigins: [] });

  await expect(handler({ identitySource: ['a.b.c'] })).rejects.toBe(fault);
});

test('the function does not start without a shared secret, also beside an identity provider', () => {
  const { clock, random } = memoryWorld();
  const common = { clock, random, logger: new MemoryLogger(), meter: UNCOUNTED };
  const provider = {
    DOORBELL_JWKS_URL: 'https://login.example/keys',
    DOORBELL_ISSUER: 'https://login.example/',
    DOORBELL_AUDIENCE: 'doorbell',
    MAILBOX_PREFIX: 'mailbox-',
  };

  expect(() => ticketPorts(provider, common)).toThrow(/DIRECT_WAIT needs a shared secret/);
});
