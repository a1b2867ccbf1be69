/** `doorbell schema`: the schema of a channel, or that there is none. */

import { expect, test } from 'vitest';
import { readChannelSchemas } from '../../../lib/schemas/channel-schemas.ts';
import { memoryServer } from '../../support/cli/terminal.ts';

const SCHEMAS = { doors: { type: 'object', title: 'a\u001bdoor' }, 'site.*': false };
const schemas = readChannelSchemas(JSON.stringify(SCHEMAS));

test('the schema that counts for a channel is printed, as JSON that can be read again', async () => {
  const { call } = await memoryServer({ schemas });

  const { exit, out, err } = await call(['schema', 'doors']);

  expect([exit, err]).toEqual([0, '']);
  expect(out).not.toContain('\u001b');
  expect(JSON.parse(out)).toEqual(SCHEMAS.doors);
  expect((await call(['schema', 'site.a'])).out).toBe('false\n');
});

test('a channel without a schema is said to have none, with exit code 1', async () => {
  const { call } = await memoryServer({ schemas });

  expect(await call(['schema', 'alerts'])).toMatchObject({
    exit: 1,
    out: '',
    err: 'Channel alerts has no schema.\n',
  });
});
