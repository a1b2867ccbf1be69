/** One poll after the other on one connection: until when. */

import { expect, test } from 'vitest';
import { TRUSTED } from '../../../lib/auth/caller.ts';
import { PushError } from '../../../lib/errors.ts';
import { follow } from '../../../lib/poll/poll-loop.ts';
import { setUpReader } from '../../support/memory/reader.ts';
import { say } from '../../support/memory/world.ts';

const FROM_START = { cursors: [{ channel: 'doors', maxvid: 0 }], waitMs: 20_000, limit: 500 };
const HERE = new AbortController().signal;

test('a token that is no longer good ends the stream before its next answer', async () => {
  const { reader, publisher } = await setUpReader();
  await say(publisher, 'doors', 'a');
  const asked: string[] = [];
  const answers = follow(reader.poll, TRUSTED, FROM_START, HERE, async () => {
    asked.push('may it go on?');
    if (asked.length > 1) throw new PushError('bad-token', 'The key has gone.');
  });

  expect((await answers.next()).value).toMatchObject({ maxvid: 1 });
  expect(asked).toEqual([]);
  await say(publisher, 'doors', 'b');
  expect((await answers.next()).value).toMatchObject({ maxvid: 2 });
  await say(publisher, 'doors', 'c');
  await expect(answers.next()).rejects.toMatchObject({ code: 'bad-token' });
});
