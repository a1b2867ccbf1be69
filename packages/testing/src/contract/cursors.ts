/** The contract of `Cursors`. */

import { expect, test } from 'vitest';
import type { Cursors, Hold, Position } from '../../../../lib/cursors/ports.ts';
import { describeImplementation, fresh, type Implementation, type Stores } from './implementation.ts';

const NOW = 1_767_225_600_000;
const HOLD: Hold = { mailbox: 'mailbox-1', nonce: 'nonce-1', until: NOW + 20_000 };

async function cursorOf(cursors: Cursors, channel: string) {
  const [{ client: _, ...cursor } = { client: undefined }] = await cursors.list(channel);
  return cursor;
}

export function cursorsContract(implementation: Implementation<Stores>): void {
  describeImplementation('Cursors', implementation, (ports) => {
    test('has no row for a client that comes for the first time, and keeps one from then on', async () => {
      const { cursors } = ports();
      const channel = fresh();

      const before = await cursors.visit(channel, 'reader', {}, undefined, NOW);

      expect(before).toBeUndefined();
      expect(await cursorOf(cursors, channel)).toEqual({ seenAt: NOW });
    });

    test('returns the row as it was', async () => {
      const { cursors } = ports();
      const channel = fresh();
      await cursors.visit(channel, 'reader', { maxvid: 5, epoch: 'e1' }, HOLD, NOW);

      const before = await cursors.visit(channel, 'reader', { maxvid: 9, epoch: 'e1' }, undefined, NOW + 1);

      expect(before).toEqual({ maxvid: 5, epoch: 'e1', hold: HOLD, seenAt: NOW });
      expect(await cursorOf(cursors, channel)).toEqual({ maxvid: 9, epoch: 'e1', seenAt: NOW + 1 });
    });

    test('keeps maxvid and epoch when the client acknowledges nothing', async () => {
      const { cursors } = ports();
      const channel = fresh();
      await cursors.visit(channel, 'reader', { maxvid: 5, epoch: 'e1' }, undefined, NOW);

      await cursors.visit(channel, 'reader', {}, HOLD, NOW + 1);

      const kept = { maxvid: 5, epoch: 'e1', hold: HOLD, seenAt: NOW + 1 };
      expect(await cursorOf(cursors, channel)).toEqual(kept);
    });

    test('keeps a maxvid of 0', async () => {
      const { cursors } = ports();
      const channel = fresh();

      await cursors.visit(channel, 'reader', { maxvid: 0, epoch: 'e1' }, undefined, NOW);

      expect(await cursorOf(cursors, channel)).toEqual({ maxvid: 0, epoch: 'e1', seenAt: NOW });
    });

    test.for([
      { what: 'that names the same epoch', late: { maxvid: 7, epoch: 'e1' } },
      { what: 'that names no epoch', late: { maxvid: 7 } },
    ])('leaves maxvid where it is on an old acknowledgement $what', async ({ late }) => {
      const { cursors } = ports();
      const channel = fresh();
      await cursors.visit(channel, 'reader', { maxvid: 9, epoch: 'e1' }, undefined, NOW);

      const before = await cursors.visit(channel, 'reader', late, HOLD, NOW + 1);

      expect(before).toEqual({ maxvid: 9, epoch: 'e1', seenAt: NOW });
      const after = { maxvid: 9, epoch: 'e1', hold: HOLD, seenAt: NOW + 1 };
      expect(await cursorOf(cursors, channel)).toEqual(after);
    });

    test('goes on within a life when no epoch is named, and stays in that life', async () => {
      const { cursors } = ports();
      const channel = fresh();
      await cursors.visit(channel, 'reader', { maxvid: 9, epoch: 'e1' }, undefined, NOW);

      await cursors.visit(channel, 'reader', { maxvid: 12 }, undefined, NOW + 1);

      expect(await cursorOf(cursors, channel)).toEqual({ maxvid: 12, epoch: 'e1', seenAt: NOW + 1 });
    });

    test('starts anew, lower too, on an acknowledgement from another epoch', async () => {
      const { cursors } = ports();
      const channel = fresh();
      await cursors.visit(channel, 'reader', { maxvid: 900, epoch: 'e1' }, undefined, NOW);

      await cursors.visit(channel, 'reader', { maxvid: 3, epoch: 'e2' }, undefined, NOW + 1);

      expect(await cursorOf(cursors, channel)).toEqual({ maxvid: 3, epoch: 'e2', seenAt: NOW + 1 });
    });

    test('ends at the highest of several acknowledgements made at once', async () => {
      const { cursors } = ports();
      const channel = fresh();
      await cursors.visit(channel, 'reader', { maxvid: 1, epoch: 'e1' }, undefined, NOW);

      await Promise.all(
        [4, 9, 2, 7, 5].map((maxvid) =>
          cursors.visit(channel, 'reader', { maxvid, epoch: 'e1' }, undefined, NOW),
        ),
      );

      expect((await cursors.list(channel))[0]?.maxvid).toBe(9);
    });

    test('changes nothing when a call is repeated', async () => {
      const { cursors } = ports();
      const channel = fresh();
      const visit = () => cursors.visit(channel, 'reader', { maxvid: 5, epoch: 'e1' }, HOLD, NOW);
      await visit();
      const once = await cursors.list(channel);

      const before = await visit();

      expect(await cursors.list(channel)).toEqual(once);
      expect(before).toEqual({ maxvid: 5, epoch: 'e1', hold: HOLD, seenAt: NOW });
    });

    test('replaces the hold, and takes it away when the client is held nowhere', async () => {
      const { cursors } = ports();
      const channel = fresh();
      const other: Hold = { mailbox: 'mailbox-2', nonce: 'nonce-2', until: NOW + 30_000 };

      await cursors.visit(channel, 'reader', {}, HOLD, NOW);
      const first = await cursors.visit(channel, 'reader', {}, other, NOW);
      const second = await cursors.visit(channel, 'reader', {}, undefined, NOW);
      const third = await cursors.visit(channel, 'reader', {}, undefined, NOW);

      expect([first?.hold, second?.hold, third?.hold]).toEqual([HOLD, other, undefined]);
    });

    test('keeps one row per client and channel', async () => {
      const { cursors } = ports();
      const [one, other] = [fresh(), fresh()];

      await cursors.visit(one, 'a', { maxvid: 1 }, undefined, NOW);
      await cursors.visit(one, 'b', { maxvid: 2 }, undefined, NOW);
      await cursors.visit(other, 'a', { maxvid: 3 }, undefined, NOW);

      expect((await cursors.list(one)).map(({ client, maxvid }) => [client, maxvid])).toEqual([
        ['a', 1],
        ['b', 2],
      ]);
      expect((await cursors.list(other)).map(({ maxvid }) => maxvid)).toEqual([3]);
    });

    test('lists by client, however many there are', async () => {
      const { cursors } = ports();
      const channel = fresh();
      const clients = Array.from({ length: 30 }, (_, i) => `reader-${(i * 7) % 30}`);

      await Promise.all(clients.map((client) => cursors.visit(channel, client, {}, undefined, NOW)));

      const listed = (await cursors.list(channel)).map(({ client }) => client);
      expect(listed).toEqual([...clients].sort());
    });

    test.each<[string, Position, Position]>([
      ['back', { maxvid: 5, epoch: 'e1' }, { maxvid: 2, epoch: 'e1' }],
      ['into another life', { maxvid: 5, epoch: 'e1' }, { maxvid: 9, epoch: 'e2' }],
      ['into no life', { maxvid: 5, epoch: 'e1' }, { maxvid: 2 }],
      ['out of no life', { maxvid: 5 }, { maxvid: 2, epoch: 'e1' }],
      ['to nowhere', { maxvid: 5, epoch: 'e1' }, {}],
      ['from nowhere', {}, { maxvid: 0, epoch: 'e1' }],
      ['from nowhere to nowhere', {}, {}],
    ])('moves a cursor %s, and leaves the rest of its row', async (_, from, to) => {
      const { cursors } = ports();
      const channel = fresh();
      await cursors.visit(channel, 'reader', from, HOLD, NOW);

      await cursors.move(channel, 'reader', from, to);

      expect(await cursors.list(channel)).toEqual([{ client: 'reader', ...to, hold: HOLD, seenAt: NOW }]);
    });

    test('does not move a cursor that stands elsewhere, nor make one', async () => {
      const { cursors } = ports();
      const channel = fresh();
      const place = { maxvid: 5, epoch: 'e1' };
      await cursors.visit(channel, 'reader', place, undefined, NOW);

      for (const from of [{ maxvid: 4, epoch: 'e1' }, { maxvid: 5, epoch: 'e2' }, { maxvid: 5 }, {}])
        await cursors.move(channel, 'reader', from, { maxvid: 1 });
      for (const from of [{ maxvid: 5 }, {}]) await cursors.move(channel, 'nobody', from, { maxvid: 1 });

      expect(await cursors.list(channel)).toEqual([{ client: 'reader', ...place, seenAt: NOW }]);
    });

    test('saves late what was visited meanwhile, while nobody has been at the row', async () => {
      const { cursors } = ports();
      const channel = fresh();
      const behind: Hold = { ...HOLD, behind: true };
      await cursors.visit(channel, 'reader', { maxvid: 5, epoch: 'e1' }, behind, NOW);

      const saved = await cursors.save(channel, 'reader', { maxvid: 9, epoch: 'e1' }, behind, NOW + 5, {
        seenAt: NOW,
        hold: behind,
      });
      const again = await cursors.save(channel, 'reader', { maxvid: 9, epoch: 'e1' }, HOLD, NOW + 9, {
        seenAt: NOW + 5,
        hold: behind,
      });

      expect([saved, again]).toEqual([true, true]);
      const row = { maxvid: 9, epoch: 'e1', hold: HOLD, seenAt: NOW + 9 };
      expect(await cursorOf(cursors, channel)).toEqual(row);
    });

    test('keeps that a hold is behind until another takes its place', async () => {
      const { cursors } = ports();
      const channel = fresh();
      const behind: Hold = { ...HOLD, behind: true };

      await cursors.visit(channel, 'reader', {}, behind, NOW);
      const first = await cursors.visit(channel, 'reader', {}, undefined, NOW + 1);
      const second = await cursors.visit(channel, 'reader', {}, HOLD, NOW + 2);

      expect([first?.hold, second?.hold]).toEqual([behind, undefined]);
      expect(await cursorOf(cursors, channel)).toMatchObject({ hold: HOLD });
    });

    test.for<{ what: string; place: Position; stands: Position }>([
      { what: 'a further place', place: { maxvid: 12, epoch: 'e1' }, stands: { maxvid: 12, epoch: 'e1' } },
      { what: 'no place behind it', place: { maxvid: 8, epoch: 'e1' }, stands: { maxvid: 9, epoch: 'e1' } },
      {
        what: 'no place of another life',
        place: { maxvid: 99, epoch: 'e2' },
        stands: { maxvid: 9, epoch: 'e1' },
      },
      { what: 'no place of no life', place: { maxvid: 99 }, stands: { maxvid: 9, epoch: 'e1' } },
      { what: 'nothing, where there is nothing', place: {}, stands: { maxvid: 9, epoch: 'e1' } },
    ])(
      'takes over $what when it comes late to a row that was visited elsewhere',
      async ({ place, stands }) => {
        const { cursors } = ports();
        const channel = fresh();
        await cursors.visit(channel, 'reader', { maxvid: 5, epoch: 'e1' }, undefined, NOW);
        await cursors.visit(channel, 'reader', { maxvid: 9, epoch: 'e1' }, HOLD, NOW + 1);

        const saved = await cursors.save(channel, 'reader', place, undefined, NOW + 2, { seenAt: NOW });

        expect(saved).toBe(false);
        expect(await cursorOf(cursors, channel)).toEqual({ ...stands, hold: HOLD, seenAt: NOW + 1 });
      },
    );

    test('a row that stands nowhere takes over where its client was elsewhere', async () => {
      const { cursors } = ports();
      const channel = fresh();
      await cursors.visit(channel, 'reader', {}, HOLD, NOW + 1);

      const place = { maxvid: 4, epoch: 'e1' };
      const saved = await cursors.save(channel, 'reader', place, undefined, NOW + 2, { seenAt: NOW });

      expect(saved).toBe(false);
      expect(await cursorOf(cursors, channel)).toEqual({ ...place, hold: HOLD, seenAt: NOW + 1 });
    });

    test.for<{ what: string; maxvid: number; stands: Position }>([
      { what: 'a further place with its life', maxvid: 12, stands: { maxvid: 12, epoch: 'e1' } },
      { what: 'the life of its own place', maxvid: 9, stands: { maxvid: 9, epoch: 'e1' } },
      { what: 'nothing from behind it', maxvid: 8, stands: { maxvid: 9 } },
    ])('a row that knows no life takes over $what', async ({ maxvid, stands }) => {
      const { cursors } = ports();
      const channel = fresh();
      await cursors.visit(channel, 'reader', { maxvid: 9 }, HOLD, NOW + 1);

      const place = { maxvid, epoch: 'e1' };
      const saved = await cursors.save(channel, 'reader', place, undefined, NOW + 2, { seenAt: NOW });

      expect(saved).toBe(false);
      expect(await cursorOf(cursors, channel)).toEqual({ ...stands, hold: HOLD, seenAt: NOW + 1 });
    });

    test('does not save over a visit of the same millisecond', async () => {
      const { cursors } = ports();
      const channel = fresh();
      await cursors.visit(channel, 'reader', { maxvid: 9, epoch: 'e1' }, HOLD, NOW);
      const place = { maxvid: 12, epoch: 'e1' };

      const saves = [undefined, { ...HOLD, nonce: 'nonce-2' }].map((hold) =>
        cursors.save(channel, 'reader', place, undefined, NOW, { seenAt: NOW, ...(hold ? { hold } : {}) }),
      );

      expect(await Promise.all(saves)).toEqual([false, false]);
      expect(await cursorOf(cursors, channel)).toEqual({ ...place, hold: HOLD, seenAt: NOW });
    });

    test('does not bring back a client that was forgotten', async () => {
      const { cursors } = ports();
      const channel = fresh();
      await cursors.visit(channel, 'reader', { maxvid: 5, epoch: 'e1' }, undefined, NOW);
      await cursors.forget(channel, 'reader');

      const saved = await cursors.save(channel, 'reader', { maxvid: 9, epoch: 'e1' }, HOLD, NOW + 1, {
        seenAt: NOW,
      });

      expect([saved, await cursors.list(channel)]).toEqual([false, []]);
    });

    test('forgets a client, and forgetting one that is not there is nothing', async () => {
      const { cursors } = ports();
      const channel = fresh();
      await cursors.visit(channel, 'reader', { maxvid: 5 }, undefined, NOW);

      await cursors.forget(channel, 'reader');
      await cursors.forget(channel, 'reader');

      expect(await cursors.list(channel)).toEqual([]);
      expect(await cursors.visit(channel, 'reader', {}, undefined, NOW)).toBeUndefined();
    });
  });
}
