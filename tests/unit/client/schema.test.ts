/** Typed channels in the client: what a Standard Schema makes of the data, and how data that does not fit is told. */
import { toJsonSchema } from '@valibot/to-json-schema';
import * as v from 'valibot';
import { describe, expect, test } from 'vitest';
import { readChannelSchemas } from '../../../lib/schemas/channel-schemas.ts';
import type { DoorbellError } from '../../../packages/client/src/index.ts';
import { publish, publishAll, type Schema, subscribe } from '../../../packages/client/src/schema.ts';
import { subscribeState } from '../../../packages/client/src/subscribe-state.ts';
import { stateCollection } from '../../../packages/client/src/tanstack.ts';
import { startScene } from '../../support/browser/client.ts';

const alone = { share: false } as const;
const Odd = v.pipe(
  v.number(),
  v.check((n) => n % 2 === 1, 'must be odd'),
);
const Door = v.object({ doorno: v.number(), log: v.optional(v.array(v.string())) });

/** As of a library that answers later, and whose data become something else. */
const Later: Schema<number, string> = {
  '~standard': {
    version: 1,
    vendor: 'test',
    validate: async (value) =>
      typeof value === 'number'
        ? { value: `door ${value}` }
        : { issues: [{ message: 'no number', path: [{ key: 'a/b' }, 0, '~'] }] },
  },
};

describe('a subscription with a schema', () => {
  test('gives what fits, tells what does not with its event, and keeps its place behind both', async () => {
    const { server, time, browser } = startScene();
    const store = new Map<string, string>();
    server.publish('doors', 4);
    const { platform } = browser.open(server.fetch);
    const told: string[] = [];
    const subscription = subscribe('doors', {
      ...alone,
      platform,
      store,
      from: 'start',
      schema: Odd,
      onMisfit: async ({ vid, data }, [issue]) => {
        told.push(`misfit ${vid} ${data} ${issue?.message}`);
      },
    });
    subscription.on('event', ({ vid, data }) => void told.push(`event ${vid} ${data.toFixed(1)}`));

    await time.advance(1_000);

    expect(told).toEqual(['event 1 1.0', 'misfit 2 2 must be odd', 'event 3 3.0', 'misfit 4 4 must be odd']);
    expect(store.get('doors')).toBe('4:life-1');
  });

  test('gives what the schema makes of the data, also later', async () => {
    const { server, time, browser } = startScene();
    server.publish('doors', 2);
    const { platform } = browser.open(server.fetch);
    const subscription = subscribe('doors', { ...alone, platform, from: 'start', schema: Later });
    const seen: string[] = [];
    subscription.on('event', ({ data }) => void seen.push(data.toUpperCase()));

    await time.advance(1_000);

    expect(seen).toEqual(['DOOR 1', 'DOOR 2']);
  });

  test('ends by data that does not fit where nobody is told, at the event, and says where', async () => {
    const { server, time, browser } = startScene();
    const store = new Map<string, string>();
    server.publish('doors', 3);
    const { platform } = browser.open(server.fetch);
    const subscription = subscribe('doors', { ...alone, platform, store, from: 'start', schema: Odd });
    subscription.on('event', () => {});

    await time.advance(1_000);

    const { status } = subscription;
    expect(status).toMatchObject({ state: 'stopped', error: { code: 'handler' } });
    const cause = status.state === 'stopped' && (status.error?.cause as Error);
    expect(cause).toMatchObject({
      message: 'Event 2 of doors does not fit its schema.',
      cause: [{ pointer: '', message: 'must be odd' }],
    });
    expect(store.get('doors')).toBe('1:life-1');
  });

  test('ends by what onMisfit throws', async () => {
    const { server, time, browser } = startScene();
    server.publish('doors', 2);
    const { platform } = browser.open(server.fetch);
    const cause = new Error('no more');
    const onMisfit = () => {
      throw cause;
    };
    const options = { ...alone, platform, from: 'start', schema: Odd, onMisfit } as const;
    const subscription = subscribe('doors', options);
    subscription.on('event', () => {});

    await time.advance(1_000);

    expect(subscription.status).toMatchObject({ state: 'stopped', error: { code: 'handler', cause } });
  });
});

describe('a state with a schema', () => {
  const print = ({
    changed,
    deleted,
  }: {
    changed: readonly { key: string; data: unknown }[];
    deleted: readonly string[];
  }) => [...changed.map(({ key, data }) => `${key}=${data}`), ...deleted.map((key) => `-${key}`)].join(' ');

  function startState(store?: Map<string, string>) {
    const scene = startScene();
    const follow = () => {
      const tab = scene.browser.open(scene.server.fetch);
      const told: string[] = [];
      const state = subscribeState('doors', {
        platform: tab.platform,
        store,
        schema: Later,
        onMisfit: ({ key, vid, channel }, [issue]) =>
          void told.push(`misfit ${channel} ${key} ${vid} ${issue?.pointer}`),
      });
      state.on('change', (change) => void told.push(print(change)));
      return { tab, state, told };
    };
    return { ...scene, follow };
  }

  test('has what fits, and not a key whose newest event does not', async () => {
    const { server, time, follow } = startState();
    server.set('doors', 'a', 1);
    server.set('doors', 'b', 'x');
    const { state, told } = follow();
    await time.advance(1_000);
    server.set('doors', 'a', 'y');
    await time.advance(1_000);
    server.set('doors', 'b', 'z');
    await time.advance(1_000);
    server.set('doors', 'a', 2);
    server.set('doors', 'b', null);
    await time.advance(1_000);

    expect(told).toEqual([
      'misfit doors b 2 /a~1b/0/~0',
      'a=door 1',
      'misfit doors a 3 /a~1b/0/~0',
      '-a',
      'misfit doors b 4 /a~1b/0/~0',
      'a=door 2',
    ]);
    expect([...state.entries.values()].map(({ data }) => data)).toEqual(['door 2']);
  });

  test('keeps what came, and not what the schema made of it', async () => {
    const store = new Map<string, string>();
    const { server, time, follow } = startState(store);
    server.set('doors', 'a', 1);
    const { state, told } = follow();
    await time.advance(10_000);
    state.close();
    await time.advance(1_000);
    const again = follow();
    await time.advance(1_000);

    expect(told).toEqual(['a=door 1']);
    expect(again.told).toEqual(['a=door 1']);
    expect([...store.values()].join()).not.toContain('door 1');
  });

  test('tells an empty state, once, also where nothing of it fits', async () => {
    const { server, time, follow } = startState();
    server.set('doors', 'a', 'x');
    const { told } = follow();
    await time.advance(10_000);

    expect(told).toEqual(['misfit doors a 1 /a~1b/0/~0', '']);
  });

  test('ends where nobody is told, and so does its collection before it is ready', async () => {
    const { server, time, browser } = startScene();
    server.set('doors', 'a', 'x');
    const { platform } = browser.open(server.fetch);
    const state = subscribeState('doors', { platform, schema: Odd });
    state.on('change', () => {});
    const told: unknown[] = [];
    const tell = (what: string) => () => void told.push(what);
    stateCollection('doors', { platform, schema: Odd }).sync.sync({
      begin: tell('begin'),
      write: tell('write'),
      commit: tell('commit'),
      markReady: tell('ready'),
      markError: (error) => void told.push((error as DoorbellError).code),
    });

    await time.advance(1_000);

    expect(state.status).toMatchObject({ state: 'stopped', error: { code: 'handler' } });
    expect(told).toEqual(['handler']);
  });
});

describe('publishing with a schema', () => {
  const answer = { first: 1, last: 1, count: 1, duplicates: 0 };
  /** What is sent is noted, and answered. */
  function recorded() {
    const sent: unknown[] = [];
    const fetch = async (_: unknown, init?: RequestInit) => {
      sent.push(init?.body);
      return Response.json(answer, { status: 201 });
    };
    return {
      sent,
      options: { base: 'http://doorbell.test', platform: { fetch: fetch as typeof globalThis.fetch } },
    };
  }

  test('sends what fits as it is given, though the schema would make something else of it', async () => {
    const { sent, options } = recorded();

    expect(await publish('doors', 3, { ...options, schema: Later, id: 'a' })).toEqual(answer);
    expect(sent).toEqual(['{"id":"a","data":3}']);
  });

  test('sends nothing that does not fit, and says where', async () => {
    const { sent, options } = recorded();
    const data = { doorno: 1, log: ['a', 1] } as never;

    await expect(publish('doors', data, { ...options, schema: Door })).rejects.toMatchObject({
      code: 'bad-request',
      message: 'The data does not fit its schema at /log/1.',
      cause: [{ pointer: '/log/1' }],
    });
    expect(sent).toEqual([]);
  });

  test('of a list sends nothing unless all fits', async () => {
    const { sent, options } = recorded();
    const schema = Odd;

    await expect(publishAll('doors', [1, 2, 3], { ...options, schema })).rejects.toMatchObject({
      code: 'bad-request',
      message: 'Value 1 does not fit its schema.',
      appended: 0,
    });
    expect(sent).toEqual([]);
    await publishAll('doors', [1, 3], { ...options, schema });
    expect(sent).toEqual(['[{"data":1},{"data":3}]']);
  });

  test.each([
    ['an iterable', () => new Set([1, 3, 4, 5])],
    ['a stream', () => new Blob(['135']).stream().pipeThrough(digits())],
    ['a stream that cannot be iterated', () => uniterable(new Blob(['1345']).stream().pipeThrough(digits()))],
  ])('of %s checks each value when its turn comes', async (name, values) => {
    const { sent, options } = recorded();

    const sending = publishAll('doors', values(), { ...options, schema: Odd });

    if (name === 'a stream') {
      await sending;
      expect(sent.join('\n')).toBe('1\n3\n5');
    } else {
      await expect(sending).rejects.toMatchObject({
        code: 'bad-request',
        message: 'Value 2 does not fit its schema.',
      });
    }
  });
});

test('one schema of Valibot serves the server, as JSON Schema, and the client', () => {
  const json = toJsonSchema(Door, { target: 'draft-2020-12' });
  const check = readChannelSchemas(JSON.stringify({ doors: json }), { checksAll: true }).of('doors');

  for (const data of [
    { doorno: 1 },
    { doorno: 1, log: ['a'] },
    { doorno: '1' },
    { log: [1], doorno: 1 },
    null,
  ])
    expect(check?.(data) === undefined, JSON.stringify(data)).toBe(v.is(Door, data));
});

function digits(): TransformStream<Uint8Array, number> {
  return new TransformStream({
    transform: (chunk, out) =>
      new TextDecoder()
        .decode(chunk)
        .split('')
        .forEach((one) => void out.enqueue(Number(one))),
  });
}

/** As some browsers have streams. */
function uniterable<T>(stream: ReadableStream<T>): ReadableStream<T> {
  return { getReader: () => stream.getReader() } as ReadableStream<T>;
}
