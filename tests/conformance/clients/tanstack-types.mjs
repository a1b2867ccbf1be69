/** `@doorbell/client/tanstack` has the shapes of TanStack DB's own types: its options make a collection of the right rows and keys. */

import { execFile } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';

const HERE = import.meta.dirname;
const TSC = join(HERE, '../node_modules/typescript/bin/tsc');
const STRICT = ['--strict', '--exactOptionalPropertyTypes', '--noUncheckedIndexedAccess', '--noEmit'];
const MODULES = [
  '--ignoreConfig',
  '--module',
  'nodenext',
  '--target',
  'es2022',
  '--allowImportingTsExtensions',
];
const OPTIONS = [...STRICT, ...MODULES, '--lib', 'es2023,dom,dom.iterable', '--skipLibCheck'];

const PROGRAM = `
import { type Collection, createCollection, createLiveQueryCollection, eq } from '@tanstack/db';
import type { StateEntry } from '../../../../packages/client/src/state-changes.ts';
import { stateCollection } from '../../../../packages/client/src/tanstack.ts';

interface Door {
  readonly isOpen: boolean;
}
type Equal<A, B> = (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false;
const same = <A, B>(yes: Equal<A, B>): boolean => yes;

const doors = createCollection(stateCollection<Door>('doors', { prefix: 'floor-2.', onStatus: ({ state }) => state }));
export const some: Pick<Collection<StateEntry<Door>, string>, 'get' | 'toArray'> = doors;
export const door: boolean | undefined = doors.get('3')?.data.isOpen;
export const open = createLiveQueryCollection((q) =>
  q.from({ door: doors }).where(({ door }) => eq(door.data.isOpen, true)).select(({ door }) => ({ key: door.key, vid: door.vid })),
);
export const vid: number | undefined = open.toArray[0]?.vid;
same<Parameters<(typeof doors)['get']>, [key: string]>(true);
// @ts-expect-error: a row is an entry, whose data is a door.
doors.get('3')?.isOpen;
// @ts-expect-error: a key is a text.
doors.get(3);
// @ts-expect-error: there is no such option.
stateCollection('doors', { keys: ['a'] });
`;

test("TanStack DB's compiler takes the options of a state, and knows its rows", async () => {
  const folder = await mkdtemp(join(HERE, '.types-'));
  try {
    await writeFile(join(folder, 'program.ts'), PROGRAM);
    const compiled = promisify(execFile)(process.execPath, [TSC, ...OPTIONS, join(folder, 'program.ts')]);
    const { stdout } = await compiled.catch((error) => error);
    expect(stdout).toBe('');
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
});
