/** Before a hub opens, another one rehearses in the same process: nothing of that may be left when it does. */

import { expect, test } from 'vitest';
import { systemChance, systemClock } from '../../lib/clock.ts';
import { rehearse } from '../../local/rehearsal.ts';
import { loadService } from '../../local/service.ts';
import { MemoryLogger } from '../support/doubles.ts';

test('a rehearsal says nothing, and leaves no port and no connection open', async () => {
  const service = await loadService();
  const open = () =>
    process
      .getActiveResourcesInfo()
      .filter((name) => name.startsWith('TCP'))
      .sort();
  const before = open();
  const logger = new MemoryLogger();

  await rehearse(service, { clock: systemClock, chance: systemChance, logger });

  expect(logger.lines).toEqual([]);
  await expect.poll(open).toEqual(before);
});
