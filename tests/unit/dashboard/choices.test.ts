/**
 * What somebody chooses on the page and what it offers: preferences, grants, a search for channels, how to
 * begin.
 */
import { describe, expect, test } from 'vitest';
import { mayPublish } from '../../../dashboard/model/grants.ts';
import { Preferences } from '../../../dashboard/model/preferences.ts';
import { searchChannels } from '../../../dashboard/model/search.ts';
import { startCommands } from '../../../dashboard/model/start.ts';

/** A browser's storage for one text. */
function storage(text: string | null = null) {
  const kept = { text };
  const store = {
    read: () => kept.text,
    write: (next: string) => {
      kept.text = next;
    },
  };
  return { kept, store };
}

describe('what somebody prefers', () => {
  test('is kept for each channel from visit to visit', () => {
    const { store } = storage();
    const first = new Preferences(store);
    first.change('doors', { columns: ['ynopen', 'doorno'] });
    first.change('doors', { raw: true });
    first.change('host', { charts: { keys: ['load1'], by: 'host' } });

    const next = new Preferences(store);

    expect(next.of('doors')).toMatchObject({ columns: ['ynopen', 'doorno'], raw: true });
    expect(next.of('host').charts).toEqual({ keys: ['load1'], by: 'host' });
    expect(next.of('other')).toEqual({});
  });

  test('is forgotten when the data decides again', () => {
    const { kept, store } = storage();
    const preferences = new Preferences(store);
    preferences.change('doors', { columns: ['a'] });
    preferences.change('doors', { columns: undefined });

    expect(kept.text).toBe('[]');
  });

  test('of two tabs is kept for both', () => {
    const { store } = storage();
    const [one, other] = [new Preferences(store), new Preferences(store)];
    one.change('doors', { raw: true });
    other.change('host', { raw: true });

    const next = new Preferences(store);
    expect([next.of('doors').raw, next.of('host').raw]).toEqual([true, true]);
  });

  test('is bounded: 50 channels, those that were changed last', () => {
    const { store } = storage();
    const preferences = new Preferences(store);
    for (let i = 0; i < 60; i++) preferences.change(`c${i}`, { raw: true });

    const next = new Preferences(store);

    expect([next.of('c9').raw, next.of('c10').raw, next.of('c59').raw]).toEqual([undefined, true, true]);
  });

  test.each([
    'nonsense',
    '{}',
    '[1, ["doors", 7], [8, {}], ["x", {"columns": [1, {}], "charts": 3}]]',
    'null',
  ])('is nothing where the storage holds %s', (text) => {
    const preferences = new Preferences(storage(text).store);

    expect(preferences.of('doors')).toEqual({});
    expect(preferences.of('x').columns ?? []).toEqual([]);
  });
});

describe('a token', () => {
  const token = (claims: unknown) => {
    const part = btoa(JSON.stringify(claims)).replace(/\+/g, '-').replace(/\//g, '_').replace(/=+$/, '');
    return `e30.${part}.signature`;
  };

  test.each([
    [{ read: ['*'], write: ['*'] }, true],
    [{ read: ['*'], write: ['doors'] }, true],
    [{ write: ['doors.*'] }, false],
    [{ read: ['*'], write: [] }, false],
    [{ read: ['*'] }, false],
    [{ write: 'alerts doors' }, true],
    // Its grants have names that the page does not know.
    [{ 'custom:publish': ['x'] }, true],
  ])('with %j may publish to doors as far as the page can tell: %s', (claims, may) => {
    expect(mayPublish(token(claims), 'doors')).toBe(may);
  });

  test.each(['', 'nonsense', 'a.b.c', `a.${btoa('7')}.c`])(
    'that cannot be read is left to the server: %j',
    (text) => {
      expect(mayPublish(text, 'doors')).toBe(true);
    },
  );
});

describe('a search among 300 channels', () => {
  const names = Array.from({ length: 300 }, (_, i) => `plant.line-${i % 12}.sensor-${i}`);

  test('finds names that hold every word, in any case', () => {
    expect(searchChannels(names, 'LINE-3. 15', 100).names).toEqual([
      'plant.line-3.sensor-15',
      'plant.line-3.sensor-159',
    ]);
  });

  test('lists so many and counts all', () => {
    const { names: listed, total } = searchChannels(names, '', 100);
    expect([listed.length, total]).toEqual([100, 300]);
  });

  test('has first what begins with the word', () => {
    expect(searchChannels(['my-doors', 'doors'], 'doors', 9).names).toEqual(['doors', 'my-doors']);
  });
});

test('the commands to begin with name the service and never hold the token', () => {
  expect(startCommands('https://x.example/prod/', 'host', false)).toEqual({
    demo: 'npx doorbell demo doors --url https://x.example/prod',
    publish: [
      'curl https://x.example/prod/v1/channels/host/events',
      "-H 'Content-Type: application/json'",
      `-d '{"data": {"hello": "world"}}'`,
    ].join(' \\\n  '),
  });
  expect(startCommands('https://x.example/', 'host', true).publish).toContain('Bearer $DOORBELL_TOKEN');
});
