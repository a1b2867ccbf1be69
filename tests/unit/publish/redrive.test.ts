/** Redrive when a queue fails or the tool dies half-way: nothing is lost, nothing changes places, and ids stay what they were. */

import { describe, expect, test } from 'vitest';
import type { DeadLetter, IngestQueue } from '../../../lib/publish/ports.ts';
import { type Fate, type RedriveOptions, type RedriveReport, redrive } from '../../../lib/publish/redrive.ts';
import { MemoryDeadLetterQueue, SentMessages } from '../../support/memory/dead-letters.ts';
import { unavailable } from '../../support/memory/doubles.ts';
import { SeededRandom } from '../../support/time/clock.ts';

const ALL: RedriveOptions = { dryRun: false, all: false, max: Number.POSITIVE_INFINITY };

const data = (channel: string, value: unknown) => JSON.stringify({ channel, data: value });

function setUpWith(perGroup: number, ingestQueue: IngestQueue) {
  const deadLetters = new MemoryDeadLetterQueue(perGroup);
  const fates: Array<readonly [string, Fate]> = [];
  const random = new SeededRandom(1);
  const tell = ({ message, fate }: RedriveReport) => void fates.push([message.id, fate]);
  const run = (options: Partial<RedriveOptions> = {}, stop?: { aborted: boolean }) =>
    redrive({ deadLetters, ingestQueue, random }, { ...ALL, ...options }, tell, stop);
  return { deadLetters, fates, run };
}

describe.each([1, 10])('a redrive with up to %i messages of a group at once', (perGroup) => {
  const setUp = (queue: IngestQueue = new SentMessages()) => setUpWith(perGroup, queue);

  test('writes out the ids that the events had, so that the log knows them again', async () => {
    const queue = new SentMessages();
    const { deadLetters, run } = setUp(queue);
    deadLetters.put('doors', data('doors', '\uffff'));
    deadLetters.put(
      'doors',
      JSON.stringify({ channel: 'doors', events: [{ data: 1 }, { id: 'own', data: 2 }] }),
    );

    await run();

    expect(queue.bodies).toEqual([
      { channel: 'doors', events: [{ id: 'm1', data: '\uffff' }] },
      {
        channel: 'doors',
        events: [
          { id: 'm2.0', data: 1 },
          { id: 'own', data: 2 },
        ],
      },
    ]);
    expect(queue.deduplicationIds.size).toBe(2);
  });

  test('sends a letter again when it died between sending and removing, under the same event ids', async () => {
    const queue = new SentMessages();
    const { deadLetters, run } = setUp(queue);
    deadLetters.put('doors', data('doors', 1));
    const remove = deadLetters.remove.bind(deadLetters);
    deadLetters.remove = async () => {
      throw unavailable();
    };
    await expect(run()).rejects.toThrow('busy');
    deadLetters.remove = remove;

    await run();

    expect(queue.bodies).toEqual(Array(2).fill({ channel: 'doors', events: [{ id: 'm1', data: 1 }] }));
    // Two messages for SQS: had they one deduplication id, a letter that comes back soon would be dropped.
    expect(queue.deduplicationIds.size).toBe(2);
    expect(deadLetters.messages).toEqual([]);
  });

  test('leaves a letter that could not be sent, and all behind it, where they were', async () => {
    const queue = new SentMessages();
    const send = async (...args: Parameters<IngestQueue['send']>) => {
      if (args[1].includes('two')) throw unavailable();
      return queue.send(...args);
    };
    const { deadLetters, run } = setUp({ send });
    for (const value of ['one', 'two', 'three']) deadLetters.put('doors', data('doors', value));

    await expect(run()).rejects.toThrow('busy');

    expect(deadLetters.messages.map(({ id }) => id)).toEqual(['m2', 'm3']);
    expect((await deadLetters.receive()).length).toBe(Math.min(2, perGroup));
  });

  test('goes through a group whose first letters can never be published, once', async () => {
    const { deadLetters, fates, run } = setUp();
    deadLetters.put('doors', 'bad 1');
    deadLetters.put('doors', 'bad 2');
    deadLetters.put('doors', data('doors', 'good'));

    expect(await run()).toBe(true);

    expect(fates).toEqual([
      ['m1', 'left'],
      ['m2', 'left'],
      ['m3', 'sent'],
    ]);
    expect(deadLetters.messages).toMatchObject([
      { body: 'bad 1', reason: 'The message is not JSON.' },
      { body: 'bad 2' },
    ]);
    expect((await deadLetters.receive()).length).toBe(Math.min(2, perGroup));
  });

  test('leaves a letter that is too large to be set back, and goes through the other groups', async () => {
    const { deadLetters, fates, run } = setUp();
    deadLetters.put('doors', 'x'.repeat(101));
    deadLetters.put('alerts', data('alerts', 1));

    expect(await run()).toBe(true);

    expect(fates).toEqual([
      ['m1', 'left'],
      ['m2', 'sent'],
    ]);
    expect(await deadLetters.receive()).toMatchObject([{ id: 'm1' }]);
  });

  test('sends a letter as it was when its ids pass the limit of the queue', async () => {
    const queue = new SentMessages();
    const send = async (...args: Parameters<IngestQueue['send']>) => {
      if (args[1].includes('"id"')) throw new Error('InvalidParameterValue');
      return queue.send(...args);
    };
    const { deadLetters, run } = setUp({ send });
    deadLetters.put('doors', data('doors', 1));

    await run();

    expect(queue.bodies).toEqual([{ channel: 'doors', data: 1 }]);
    expect(deadLetters.messages).toEqual([]);
  });

  test('says when --max has left something', async () => {
    const { deadLetters, run } = setUp();
    for (const value of [1, 2]) deadLetters.put('doors', data('doors', value));

    expect(await run({ max: 1 })).toBe(false);
    expect(await run({ max: 1 })).toBe(true);
  });

  test.each<readonly [how: string, (sent: string) => Partial<DeadLetter>]>([
    ['ingest puts aside', (sent) => ({ putAsideFrom: sent, reason: 'The message is not JSON.' })],
    ['the queue gives up', (sent) => ({ id: sent })],
  ])('goes round once when what it sends back comes back at once because %s', async (_, came) => {
    let sent = 0;
    const send = async (group: string, body: string) => {
      deadLetters.put(group, body, came(`sent ${++sent}`));
      return `sent ${sent}`;
    };
    const { deadLetters, fates, run } = setUp({ send });
    for (const i of [1, 2]) deadLetters.put('doors', `bad ${i}`);
    // The same as the first: known by its id, and not by what it holds.
    deadLetters.put('doors', 'bad 1');

    expect(await run({ all: true })).toBe(true);

    expect(fates.filter(([, fate]) => fate === 'forced').map(([id]) => id)).toEqual(['m1', 'm2', 'm3']);
    expect(fates.filter(([, fate]) => fate === 'returned')).toHaveLength(3);
    expect(deadLetters.messages.map(({ body }) => body)).toEqual(['bad 1', 'bad 2', 'bad 1']);
    expect(await deadLetters.count()).toEqual({ waiting: 3, inHand: 0 });
  });

  test('tells of a letter once that it holds for so long that it comes again', async () => {
    const { deadLetters, fates, run } = setUp();
    deadLetters.put('doors', 'x'.repeat(101));
    const take = deadLetters.receive.bind(deadLetters);
    let takes = 0;
    deadLetters.receive = async () => {
      const [message] = deadLetters.messages;
      if (++takes === 2 && message) await deadLetters.release(message);
      return take();
    };

    expect(await run()).toBe(true);

    expect(fates).toEqual([['m1', 'left']]);
  });

  test('one that is told to stop lets everything go again', async () => {
    const { deadLetters, fates, run } = setUp();
    for (const value of [1, 2]) deadLetters.put('doors', data('doors', value));

    expect(await run({}, { aborted: true })).toBe(false);

    expect(fates).toEqual([]);
    expect(await deadLetters.count()).toEqual({ waiting: 2, inHand: 0 });
  });

  test('a dry run lets everything go again', async () => {
    const { deadLetters, fates, run } = setUp();
    deadLetters.put('doors', data('doors', 1));
    deadLetters.put('alerts', 'bad');

    await run({ dryRun: true });

    expect(fates).toEqual([
      ['m1', 'good'],
      ['m2', 'bad'],
    ]);
    expect(await deadLetters.receive()).toHaveLength(2);
  });
});
