/**
 * Tickets of direct waits (PROTOCOL.md, "Direct waits"): what a reader was told when it last asked, signed, so that whoever holds it may wait for a
 * bell without a look at its token. They are signed with a key that is derived from the tokens' secret with a label of its own (RFC 5869): no ticket
 * passes for a token, and no token for a ticket. What a ticket says is no secret from its holder.
 */

import { hkdfSync } from 'node:crypto';
import { decodeProtectedHeader, errors, jwtVerify, SignJWT } from 'jose';
import * as v from 'valibot';
import { PushError } from '../errors.ts';
import { type Keys, kidOf } from './keys.ts';

/** The mailbox that the reader waits on. All times are Unix times in ms. */
export interface TicketMailbox {
  readonly name: string;
  readonly openedAt: number;
  /** Until then nobody sweeps it. */
  readonly leasedUntil: number;
}

export interface Ticket {
  /** Absent where the process that gave the ticket holds the wait itself. */
  readonly mailbox?: TicketMailbox;
  /** Whose it is: `ownerOf` of poll/nonce.ts. */
  readonly owner: string;
  /** Where its reader stands: everything up to there was told. In the order asked. */
  readonly places: ReadonlyArray<{
    readonly channel: string;
    readonly vid: number;
    readonly epoch: string | null;
    /** `WantedKeys` of wakeup/ports.ts; absent: every event is news. */
    readonly wanted?: { readonly hashes: readonly number[]; readonly prefixes: readonly string[] };
  }>;
  /** Of the arms that were written for it (`Arm.turn`): higher than that of each ticket before it. */
  readonly turn: number;
  /** How long one wait may last, in seconds. */
  readonly seconds: number;
  /** From when on nobody may begin a wait with it, Unix time in ms. */
  readonly untilMs: number;
}

const whole = v.pipe(v.number(), v.safeInteger(), v.minValue(0));
const wanted = v.object({ hashes: v.array(whole), prefixes: v.array(v.string()) });
const TicketSchema = v.object({
  mailbox: v.exactOptional(v.object({ name: v.string(), openedAt: whole, leasedUntil: whole })),
  owner: v.string(),
  places: v.array(
    v.object({
      channel: v.string(),
      vid: whole,
      epoch: v.nullable(v.string()),
      wanted: v.exactOptional(wanted),
    }),
  ),
  turn: whole,
  seconds: whole,
  untilMs: whole,
});

const LABEL = 'doorbell wait ticket 1';
const KEY_BYTES = 32;
/** In the header, so that the kinds cannot be taken for one another by whoever has one key for both (RFC 8725, 3.11). */
const TYPE = 'doorbell-wait';

export class WaitTickets {
  readonly #keys: Pick<Keys, 'candidates'>;

  /** `keys`: the shared secrets that tokens are signed with (`secretKeys`), the newest first. */
  constructor(keys: Pick<Keys, 'candidates'>) {
    this.#keys = keys;
  }

  /** Throws `unavailable` while the secret cannot be had. */
  async sign(ticket: Ticket): Promise<string> {
    const [secret] = await this.#secrets(undefined);
    if (!secret) throw new Error('there is no secret to sign a ticket with');
    const header = { alg: 'HS256', typ: TYPE, kid: kidOf(new TextDecoder().decode(secret)) };
    return new SignJWT({ ...ticket }).setProtectedHeader(header).sign(derived(secret));
  }

  /** What a ticket says, also after its end. Throws `forbidden` for one that was not signed here, and `unavailable` while the secret cannot be had. */
  async read(text: string): Promise<Ticket> {
    for (const secret of await this.#secrets(kidIn(text))) {
      const ticket = await opened(text, derived(secret));
      if (ticket) return ticket;
    }
    throw unknownTicket();
  }

  async #secrets(kid: string | undefined): Promise<readonly Uint8Array[]> {
    const header = { alg: 'HS256', ...(kid === undefined ? {} : { kid }) };
    const all = await this.#keys.candidates(header);
    return all.filter((key) => key instanceof Uint8Array);
  }
}

/** Throws `forbidden` where its time is over. */
export function requireInTime({ untilMs }: Ticket, nowMs: number): void {
  if (nowMs < untilMs) return;
  const message = 'The time of this ticket is over: ask for another, with it.';
  throw new PushError('forbidden', message, { field: 'ticket' });
}

/** Undefined where this key has not signed it. */
async function opened(text: string, key: Uint8Array): Promise<Ticket | undefined> {
  try {
    const { payload } = await jwtVerify(text, key, { algorithms: ['HS256'], typ: TYPE });
    const parsed = v.safeParse(TicketSchema, payload);
    return parsed.success ? parsed.output : undefined;
  } catch (error) {
    if (error instanceof errors.JOSEError) return undefined;
    throw error;
  }
}

function derived(secret: Uint8Array): Uint8Array {
  return new Uint8Array(hkdfSync('sha256', secret, '', LABEL, KEY_BYTES));
}

function kidIn(text: string): string | undefined {
  try {
    const { kid } = decodeProtectedHeader(text);
    return typeof kid === 'string' ? kid : undefined;
  } catch {
    throw unknownTicket();
  }
}

function unknownTicket(): PushError {
  const message = 'This ticket was not given here: ask for one, without it.';
  return new PushError('forbidden', message, { field: 'ticket' });
}
