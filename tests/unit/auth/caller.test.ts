/** What a token's grants cover. */

import { array, assert, constantFrom, property, record, string, tuple } from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  type Caller,
  covers,
  isSelf,
  requireClient,
  requireRead,
  requireWrite,
} from '../../../lib/auth/caller.ts';

describe('covers', () => {
  test.each([
    ['doors', 'doors', true],
    ['doors', 'doors2', false],
    ['doors', 'Doors', false],
    ['doors', 'door', false],
    ['*', 'doors', true],
    ['*', '.hidden', true],
    ['doors.*', 'doors.3', true],
    ['doors.*', 'doors.3.lock', true],
    ['doors.*', 'doors', false],
    ['doors.*', 'doors.', false],
    ['doors.*', 'doorsteps', false],
    ['doors.*', 'indoors.3', false],
    ['doors*', 'doorsteps', false],
    ['doors*', 'doors', false],
    ['*.3', 'doors.3', false],
    ['do*rs', 'doors', false],
    ['.*', '.hidden', true],
    ['.*', 'doors', false],
    ['**', 'doors', false],
    ['', 'doors', false],
    ['doors.3.*', 'doors.33.lock', false],
  ])('%j on %j: %j', (grant, channel, covered) => {
    expect(covers([grant], channel)).toBe(covered);
  });

  test('nothing covers nothing', () => {
    expect(covers([], 'doors')).toBe(false);
  });

  test('agrees with an oracle that spells the rules out', () => {
    const part = string({ unit: constantFrom('a', 'b', '.', '*', '-'), maxLength: 6 });
    const grant = tuple(part, constantFrom('', '.*', '*')).map(([name, end]) => name + end);
    const channel = string({ unit: constantFrom('a', 'b', '.', '-'), minLength: 1, maxLength: 8 });
    assert(
      property(record({ grants: array(grant, { maxLength: 4 }), channel }), ({ grants, channel: name }) => {
        expect(covers(grants, name)).toBe(oracle(grants, name));
      }),
      { numRuns: 20_000 },
    );
  });
});

/** Letter by letter, without the tools that `covers` uses. */
function oracle(grants: readonly string[], channel: string): boolean {
  for (const grant of grants) {
    if (grant.length === 1 && grant[0] === '*') return true;
    if ([...grant].join() === [...channel].join()) return true;
    const [dot, star] = [...grant].slice(-2);
    if (grant.length < 2 || dot !== '.' || star !== '*') continue;
    let same = channel.length >= grant.length;
    for (let i = 0; i < grant.length - 1; i++) same &&= channel[i] === grant[i];
    if (same) return true;
  }
  return false;
}

describe('what is not granted is forbidden', () => {
  const reader: Caller = { read: ['doors'], write: [] };
  const refused = (act: () => void) => {
    try {
      act();
    } catch (error) {
      return error;
    }
    return undefined;
  };

  test('reading', () => {
    expect(refused(() => requireRead(reader, 'doors'))).toBeUndefined();
    expect(refused(() => requireRead(reader, 'alerts'))).toMatchObject({
      code: 'forbidden',
      details: { field: 'channel' },
    });
  });

  test('publishing, although reading is granted', () => {
    expect(refused(() => requireWrite(reader, 'doors'))).toMatchObject({
      code: 'forbidden',
      details: { field: 'channel' },
    });
    expect(refused(() => requireWrite({ read: [], write: ['doors'] }, 'doors'))).toBeUndefined();
  });

  test('reading, although publishing is granted', () => {
    expect(refused(() => requireRead({ read: [], write: ['*'] }, 'doors'))).toMatchObject({
      code: 'forbidden',
    });
  });

  test("another client's cursor, to a token that is bound to one", () => {
    const bound = { ...reader, client: 'wall' };

    expect(refused(() => requireClient(bound, 'wall'))).toBeUndefined();
    expect(refused(() => requireClient(bound, 'desk'))).toMatchObject({
      code: 'forbidden',
      details: { field: 'client' },
    });
    expect(refused(() => requireClient(reader, 'desk'))).toBeUndefined();
    expect([isSelf(bound, 'wall'), isSelf(bound, 'WALL'), isSelf(reader, 'desk')]).toEqual([
      true,
      false,
      true,
    ]);
  });
});
