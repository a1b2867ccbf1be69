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
  await expect.poll(open, { timeout: 10_000 }).toEqual(before);
});

test('one that fails is told of, and keeps no hub from opening', async () => {
  const service = await loadService();
  const logger = new MemoryLogger();
  const chance = { ...systemChance, id: () => missing() };

  await rehearse(service, { clock: systemClock, chance, logger });

  expect(logger.lines.map(({ message }) => message)).toContain(
    'the rehearsal was broken off; the first events take longer',
  );
});

test('it asks nobody outside, whatever a deploy is told', async () => {
  const service = await loadService();
  const functions = Object.entries(service.functions).map(([name, declared]) => {
    const environment = {
      ...declared.environment,
      DOORBELL_SECRET_PARAMETER: '/nobody/has/it',
      DOORBELL_READ_CLAIM: 'other',
      MAX_HELD_POLLS_PER_TOKEN: '1',
    };
    return [name, { ...declared, environment }];
  });
  const logger = new MemoryLogger();

  await rehearse(
    { ...service, functions: Object.fromEntries(functions) },
    { clock: systemClock, chance: systemChance, logger },
  );

  expect(logger.lines).toEqual([]);
});

function missing(): never {
  throw new Error('no chance');
}
