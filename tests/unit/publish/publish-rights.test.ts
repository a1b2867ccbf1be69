/** Who may publish: asked for where the events are written, whoever calls. */

import { expect, test } from 'vitest';
import type { Caller } from '../../../lib/auth/caller.ts';
import { publish, publishAll } from '../../../lib/publish/publish.ts';
import { draftsFor, eventsIn, memoryProcess, memoryWorld } from '../../support/memory/world.ts';

const READER: Caller = { read: ['*'], write: ['alerts'] };

test.each([
  { what: 'one block', act: publish },
  { what: 'block after block', act: publishAll },
])(
  'a caller that may not publish to a channel is refused, as $what, and nothing is published',
  async ({ act }) => {
    const world = memoryWorld();
    const { publish: ports } = memoryProcess(world);

    await expect(act(ports, READER, 'doors', draftsFor(['a']), true)).rejects.toMatchObject({
      code: 'forbidden',
      details: { field: 'channel' },
    });

    expect(eventsIn(world, 'doors')).toEqual([]);
    expect(await act(ports, READER, 'alerts', draftsFor(['a']), true)).toMatchObject({ count: 1 });
  },
);
