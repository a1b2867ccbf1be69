/** Every parser of what comes from outside: it takes the text or throws the one error that it documents, whatever the text is, and touches nothing else. */

import fc from 'fast-check';
import { afterEach, describe, expect, test } from 'vitest';
import { channelParam, clientParam } from '../../lib/http/v1/checks.ts';
import { backendMaxvid, noQuery } from '../../lib/http/v1/params.ts';
import { manyRequest, pollRequest } from '../../lib/http/v1/poll-params.ts';
import { eventsAfter, newEvent } from '../../lib/log/block.ts';
import { CHANNEL_PATTERN, LIMITS } from '../../lib/protocol/doorbell.ts';
import { ingest } from '../../lib/publish/ingest.ts';
import { eventsOfBody, eventsOfLines } from '../../lib/publish/parse-events.ts';
import { parseJson } from '../../lib/runtime/json.ts';
import { parseDoorbell, ringText } from '../../lib/wakeup/doorbell.ts';
import { MemoryDeadLetters } from '../../packages/testing/src/memory/stores.ts';
import { eventsIn, memoryProcess, memoryWorld } from '../support/memory/world.ts';
import { runs, TIMEOUT_MS } from './runs.ts';
import { allowing, anyText, BODY, given, QUERY, SHORT, texts } from './texts.ts';

afterEach(() => {
  expect(Object.keys(Object.prototype)).toEqual([]);
  expect(Object.keys(Array.prototype)).toEqual([]);
});

const newId = () => 'made';
/** JSON as doubles, without the sign of 0, which `JSON.stringify` does not write. */
function doubles(text: string): unknown {
  return JSON.parse(text, (_, value) => (value === 0 ? 0 : value));
}

function check<T>(arbitrary: fc.Arbitrary<T>, holds: (value: T) => void, numRuns = 1_000): void {
  fc.assert(fc.property(arbitrary, holds), runs(numRuns));
}

describe('JSON text', () => {
  test(
    'is taken as JSON.parse takes it, or refused with the same error',
    () => {
      check(texts, (text) => {
        const [ours, theirs] = [(json: string) => doubles(JSON.stringify(parseJson(json))), doubles].map(
          (parse) => {
            try {
              return { value: parse(text) };
            } catch (error) {
              if (!(error instanceof SyntaxError)) throw error;
              return undefined;
            }
          },
        );
        expect(ours).toEqual(theirs);
      });
    },
    TIMEOUT_MS,
  );

  test(
    'that is handed in is taken unchanged, or refused by name',
    () => {
      check(texts, (text) => {
        const value = allowing(['bad-body'], () => ({ json: given(text) }));
        if (value) expect(JSON.stringify(value.json)).toBe(JSON.stringify(parseJson(text)));
      });
    },
    TIMEOUT_MS,
  );

  test(
    'that is a body becomes drafts of the same data, or is refused by name',
    () => {
      check(texts, (text) => {
        const taken = allowing(BODY, () => eventsOfBody(given(text), newId));
        for (const { json, bytes } of taken?.events ?? []) {
          expect(bytes).toBe(Buffer.byteLength(json));
          expect(JSON.stringify(parseJson(json))).toBe(json);
        }
      });
    },
    TIMEOUT_MS,
  );

  test(
    'in lines becomes a draft for each, or is refused by number',
    () => {
      check(
        fc.array(texts, { maxLength: 5 }).map((lines) => lines.join('\n')),
        (text) => {
          const taken = allowing(BODY, () => [...eventsOfLines(text, newId)]);
          const lines = text.split('\n').filter((line) => line.trim() !== '');
          if (taken)
            expect(taken.map(({ json }) => json)).toEqual(
              lines.map((line) => JSON.stringify(parseJson(line))),
            );
        },
      );
    },
    TIMEOUT_MS,
  );
});

describe('a doorbell', () => {
  test(
    'is understood or passed over, whatever a mailbox holds',
    () => {
      check(texts, (text) => {
        const doorbell = parseDoorbell(text);
        if (doorbell?.kind === 'ring' && doorbell.block)
          expect(eventsAfter(doorbell.block, 0)).toHaveLength(doorbell.last - doorbell.first + 1);
      });
    },
    TIMEOUT_MS,
  );

  test(
    'carries every JSON value as it is, in characters that every queue takes',
    () => {
      const values = fc.array(fc.jsonValue({ noUnicodeString: false }), { minLength: 1, maxLength: 5 });
      check(
        fc.tuple(values, fc.array(fc.string({ unit: 'binary' }), { minLength: 5, maxLength: 5 })),
        ([data, ids]) => {
          const newEvents = data.map((one, i) => newEvent(ids[i] ?? '', one));
          const news = {
            first: 7,
            last: 6 + newEvents.length,
            epoch: 'e',
            at: '2026-01-01T00:00:00.000Z',
            token: 't',
            expires: 0,
            events: newEvents,
          };

          const text = ringText('doors', news)('n');
          const doorbell = parseDoorbell(text);

          expect(text).not.toMatch(/[\ud800-\udfff\ufffe\uffff]/);
          const entries = doorbell?.kind === 'ring' ? doorbell.block?.entries : undefined;
          expect(entries?.map((one) => JSON.stringify(one.data))).toEqual(newEvents.map(({ json }) => json));
        },
      );
    },
    TIMEOUT_MS,
  );
});

test(
  'a message of the ingest queue is published or put aside, each once, whatever it holds',
  async () => {
    const messages = fc.array(
      fc.record({ group: fc.oneof(fc.constantFrom('doors', '__proto__', ''), anyText), body: texts }),
      { maxLength: 5 },
    );
    await fc.assert(
      fc.asyncProperty(messages, async (some) => {
        const world = memoryWorld();
        const { publish, meter, logger } = memoryProcess(world);
        const deadLetters = new MemoryDeadLetters();
        const ports = { ...publish, clock: world.clock, meter, logger, deadLetters };

        const running = ingest(
          ports,
          some.map((one, i) => ({ id: `m${i}`, ...one })),
        );
        await world.clock.advance(30_000);

        expect([...(await running)]).toEqual([]);
        const moved = new Set(deadLetters.moved.map(({ id }) => id));
        const published = some.filter((_, i) => !moved.has(`m${i}`));
        for (const { group } of published) expect(group).toMatch(CHANNEL_PATTERN);
        const channels = new Set(published.map(({ group }) => group));
        const events = [...channels].flatMap((channel) => eventsIn(world, channel));
        expect(events.length).toBeGreaterThanOrEqual(published.length > 0 ? 1 : 0);
        for (const { reason } of deadLetters.moved) expect(reason.length).toBeLessThan(SHORT);
      }),
      runs(300),
    );
  },
  TIMEOUT_MS,
);

describe('an address', () => {
  const name = fc.oneof(
    anyText,
    fc.constantFrom('maxvid', 'epoch', 'client', 'wait', 'limit', 'cursor', '_', '__proto__'),
  );
  const value = fc.oneof(
    anyText,
    fc.constantFrom('0', '1', '20', '21', '-0', '1e3', '٣', '9007199254740992'),
    fc.nat().map(String),
  );
  const query = fc.oneof(
    fc.array(fc.tuple(name, value), { maxLength: 6 }).map((pairs) => new URLSearchParams(pairs)),
    anyText.map((text) => new URLSearchParams(text)),
  );

  test(
    'has a query that is understood within its ranges, or refused by name',
    () => {
      check(query, (asked) => {
        for (const parse of [() => pollRequest('doors', asked), () => manyRequest(asked)]) {
          const request = allowing(QUERY, parse);
          if (!request) continue;
          expect(request.limit >= 1 && request.limit <= LIMITS.maxLimit).toBe(true);
          expect(request.waitMs >= 0 && request.waitMs <= LIMITS.waitSeconds * 1000).toBe(true);
          for (const { maxvid = 0 } of request.cursors)
            expect(Number.isSafeInteger(maxvid) && maxvid >= 0).toBe(true);
        }
        expect(Number.isSafeInteger(allowing(QUERY, () => backendMaxvid(asked)) ?? 0)).toBe(true);
        allowing(QUERY, () => noQuery(asked));
      });
    },
    TIMEOUT_MS,
  );

  test(
    'has cursors that are channel[:maxvid[:epoch]], or is refused',
    () => {
      const part = fc.oneof(
        anyText,
        fc.constantFrom('doors', '', '1', '0001', '.', '..', 'a\n'),
        fc.nat().map(String),
      );
      check(fc.array(fc.array(part, { minLength: 1, maxLength: 4 }), { maxLength: 12 }), (cursors) => {
        const asked = new URLSearchParams(cursors.map((parts) => ['cursor', parts.join(':')]));
        const request = allowing(QUERY, () => manyRequest(asked));
        const taken = request?.cursors.map(({ channel }) => channel);
        if (taken) expect(taken).toEqual(cursors.map((parts) => parts.join(':').split(':')[0]));
      });
    },
    TIMEOUT_MS,
  );

  test(
    'has names of channels and clients, or is refused',
    () => {
      check(anyText, (text) => {
        const names = [allowing(QUERY, () => channelParam(text)), allowing(QUERY, () => clientParam(text))];
        for (const taken of names) if (taken !== undefined) expect(encodeURIComponent(taken)).toBe(text);
      });
    },
    TIMEOUT_MS,
  );
});
