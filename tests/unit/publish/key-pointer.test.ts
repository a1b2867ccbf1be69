/** A line's key, found by a JSON pointer. */

import { describe, expect, test } from 'vitest';
import { LIMITS } from '../../../lib/protocol/doorbell.ts';
import { keyAt } from '../../../lib/publish/key-pointer.ts';
import { refusal } from '../../support/publish/refusal.ts';

describe('a pointer to a key', () => {
  test.each([
    ['/doorno', { doorno: 3 }, '3'],
    ['/door/name', { door: { name: 'north' } }, 'north'],
    ['/doors/1', { doors: ['a', 'b'] }, 'b'],
    ['/a~1b', { 'a/b': 'slash' }, 'slash'],
    ['/a~0b', { 'a~b': 'tilde' }, 'tilde'],
    ['/a~01', { 'a~1': 'both' }, 'both'],
    ['/open', { open: true }, 'true'],
    ['/', { '': 'empty' }, 'empty'],
    ['/k', { k: 'x'.repeat(LIMITS.keyLength) }, 'x'.repeat(LIMITS.keyLength)],
  ])('%s finds it', (pointer, data, key) => {
    expect(keyAt(pointer, 'doorbell-key')(data, 'line 1')).toBe(key);
  });

  test.each(['', 'doorno', '/a~2', '/a~', `/${'x'.repeat(256)}`, '#/a'])(
    'that is "%s" is refused',
    (pointer) => {
      expect(refusal(() => keyAt(pointer, 'doorbell-key'))).toMatchObject({
        code: 'bad-parameter',
        field: 'doorbell-key',
      });
    },
  );

  test.each([
    ['a member that is missing', {}],
    ['a text', 'door'],
    ['null', null],
    ['what every object inherits', Object.create({ key: 'a' })],
    ['an empty text', { key: '' }],
    ['a text that is too long', { key: 'x'.repeat(LIMITS.keyLength + 1) }],
    ['an object', { key: {} }],
    ['null as the member', { key: null }],
  ])('finds none in %s, and says in which line', (_, data) => {
    const find = keyAt('/key', 'doorbell-key');

    expect(refusal(() => find(data, 'line 7'))).toMatchObject({ code: 'bad-body', field: 'line 7' });
  });
});
