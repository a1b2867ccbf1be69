/**
 * The contract of `Mailboxes`. A queue may be unusable for up to a second after it was made, and a list may lag, so the tests wait for
 * the condition, not for a time.
 */

import { expect, test, vi } from 'vitest';
import type { Mailboxes, Message } from '../../../../lib/wakeup/ports.ts';
import { describeImplementation, fresh, type Implementation, type Ports } from './implementation.ts';

const LIMIT_MS = 60_000;
const LAG = { timeout: 45_000, interval: 50 };
/** A queue's deletion takes up to 60 s, in which requests might succeed (SQS API, DeleteQueue). */
const DELETION = { timeout: 70_000, interval: 50 };
const DELETION_LIMIT_MS = 90_000;

async function opened({ mailboxes, prefix }: Ports): Promise<{ name: string; address: string }> {
  const name = fresh(prefix);
  const address = await mailboxes.open(name);
  await vi.waitFor(async () => expect(await mailboxes.send(address, 'probe')).toBe('sent'), LAG);
  const probes = await collect(mailboxes, address, 1);
  await mailboxes.remove(
    address,
    probes.map(({ receipt }) => receipt),
  );
  return { name, address };
}

/** Receives until `count` letters have come: one receive may bring fewer than there are. */
async function collect(mailboxes: Mailboxes, address: string, count: number): Promise<readonly Message[]> {
  const messages: Message[] = [];
  while (messages.length < count) {
    const received = await mailboxes.receive(address, 5);
    if (received === 'gone') throw new Error('the mailbox is gone');
    if (received.length > 10) throw new Error('more than 10 letters at once');
    messages.push(...received);
  }
  return messages;
}

const bodiesOf = (messages: readonly Message[]) => messages.map(({ body }) => body).sort();

export function mailboxesContract(implementation: Implementation): void {
  // At once, because a receive that brings nothing lasts a second.
  describeImplementation('Mailboxes', { ...implementation, concurrent: true }, (ports) => {
    test('brings a letter as it was sent', { timeout: LIMIT_MS }, async () => {
      const { mailboxes } = ports();
      const { address } = await opened(ports());
      const body = JSON.stringify({ text: 'Tür „Süd“ 門', lines: 'a\nb\tc' });

      const sent = await mailboxes.send(address, body);
      const messages = await collect(mailboxes, address, 1);

      expect(sent).toBe('sent');
      expect(messages.map((message) => message.body)).toEqual([body]);
    });

    test('brings a letter of 64 KiB', { timeout: LIMIT_MS }, async () => {
      const { mailboxes } = ports();
      const { address } = await opened(ports());
      const body = 'x'.repeat(64 * 1024);

      await mailboxes.send(address, body);
      const [message] = await collect(mailboxes, address, 1);

      expect(message?.body).toBe(body);
    });

    test('brings a letter to whoever waits already', { timeout: LIMIT_MS }, async () => {
      const { mailboxes } = ports();
      const { address } = await opened(ports());

      const received = mailboxes.receive(address, 20);
      await mailboxes.send(address, 'news');

      expect(await received).toMatchObject([{ body: 'news' }]);
    });

    test('brings every letter, at most 10 at once', { timeout: LIMIT_MS }, async () => {
      const { mailboxes } = ports();
      const { address } = await opened(ports());
      const bodies = Array.from({ length: 25 }, (_, i) => `letter-${i}`).sort();

      await Promise.all(bodies.map((body) => mailboxes.send(address, body)));
      const messages = await collect(mailboxes, address, bodies.length);

      expect(bodiesOf(messages)).toEqual(bodies);
    });

    test('brings nothing when the wait ends without a letter', { timeout: LIMIT_MS }, async () => {
      const { mailboxes } = ports();
      const { address } = await opened(ports());

      const received = await mailboxes.receive(address, 1);

      expect(received).toEqual([]);
    });

    test('hides a received letter from the next receive', { timeout: LIMIT_MS }, async () => {
      const { mailboxes } = ports();
      const { address } = await opened(ports());
      await mailboxes.send(address, 'news');
      await collect(mailboxes, address, 1);

      const received = await mailboxes.receive(address, 1);

      expect(received).toEqual([]);
    });

    test('removes letters, more than ten too, and once more without complaint', {
      timeout: LIMIT_MS,
    }, async () => {
      const { mailboxes } = ports();
      const { address } = await opened(ports());
      const bodies = Array.from({ length: 12 }, (_, i) => `letter-${i}`);
      await Promise.all(bodies.map((body) => mailboxes.send(address, body)));
      const receipts = (await collect(mailboxes, address, 12)).map(({ receipt }) => receipt);

      await mailboxes.remove(address, receipts);
      await mailboxes.remove(address, receipts);

      expect(await mailboxes.receive(address, 1)).toEqual([]);
    });

    test('takes removing nothing as done', { timeout: LIMIT_MS }, async () => {
      const { mailboxes } = ports();
      const { address } = await opened(ports());
      await mailboxes.send(address, 'news');

      await mailboxes.remove(address, []);

      expect(await collect(mailboxes, address, 1)).toHaveLength(1);
    });

    test('keeps mailboxes apart', { timeout: LIMIT_MS }, async () => {
      const { mailboxes } = ports();
      const [one, other] = [await opened(ports()), await opened(ports())];

      await mailboxes.send(one.address, 'news');

      expect(await mailboxes.receive(other.address, 1)).toEqual([]);
      expect(await collect(mailboxes, one.address, 1)).toMatchObject([{ body: 'news' }]);
    });

    test('ends a receive when its signal aborts', { timeout: LIMIT_MS }, async () => {
      const { mailboxes } = ports();
      const { address } = await opened(ports());
      const gone = new AbortController();
      const received = mailboxes.receive(address, 20, gone.signal).catch(() => 'ended');

      gone.abort();

      expect(await received).toSatisfy((outcome) => outcome === 'ended' || outcome.length === 0);
    });

    test('says that a closed mailbox is gone, to senders and receivers', {
      timeout: DELETION_LIMIT_MS,
    }, async () => {
      const { mailboxes } = ports();
      const { name, address } = await opened(ports());

      await mailboxes.close(name);

      await vi.waitFor(async () => expect(await mailboxes.send(address, 'news')).toBe('gone'), DELETION);
      expect(await mailboxes.receive(address, 1)).toBe('gone');
      await mailboxes.remove(address, ['receipt']);
    });

    test('takes the closing of a mailbox that is not there as done', { timeout: LIMIT_MS }, async () => {
      const { mailboxes, prefix } = ports();
      const { name } = await opened(ports());

      await mailboxes.close(name);
      await mailboxes.close(name);

      await expect(mailboxes.close(fresh(prefix))).resolves.toBeUndefined();
    });

    test('lists the mailboxes that exist by name', { timeout: DELETION_LIMIT_MS }, async () => {
      const { mailboxes } = ports();
      const [kept, closed] = [await opened(ports()), await opened(ports())];

      await mailboxes.close(closed.name);

      await vi.waitFor(async () => {
        const names = await mailboxes.list();
        expect(names).toContain(kept.name);
        expect(names).not.toContain(closed.name);
      }, DELETION);
    });
  });
}
