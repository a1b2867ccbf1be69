/** Before a hub opens, another one rehearses in the same process: nothing of that may be left when it does. */

import { readdirSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test, vi } from 'vitest';
import { systemChance, systemClock } from '../../lib/clock.ts';
import { rehearse } from '../../local/rehearsal.ts';
import { loadService } from '../../local/service.ts';
import { MemoryLogger } from '../support/doubles.ts';

const DISK = { onDisk: true };
test('a rehearsal says nothing, and leaves no port, no connection and no folder', async () => {
  const service = await loadService();
  const open = () =>
    process
      .getActiveResourcesInfo()
      .filter((name) => name.startsWith('TCP'))
      .sort();
  const before = open();
  const temporary = await mkdtemp(join(tmpdir(), 'doorbell-'));
  vi.stubEnv('TMPDIR', temporary);
  const logger = new MemoryLogger();

  await rehearse(service, { clock: systemClock, chance: systemChance, logger }, DISK);

  expect(logger.lines).toEqual([]);
  await expect.poll(open, { timeout: 10_000 }).toEqual(before);
  expect(readdirSync(temporary)).toEqual([]);
  vi.unstubAllEnvs();
  await rm(temporary, { recursive: true });
});

test('one that fails is told of, and keeps no hub from opening', async () => {
  const service = await loadService();
  const logger = new MemoryLogger();
  const chance = { ...systemChance, id: () => missing() };

  await rehearse(service, { clock: systemClock, chance, logger }, DISK);

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
    DISK,
  );

  expect(logger.lines).toEqual([]);
});

function missing(): never {
  throw new Error('no chance');
}
