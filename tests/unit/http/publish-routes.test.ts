/** How long a request may take. */

import { expect, test } from 'vitest';
import { createApp } from '../../../lib/http/app.ts';
import { publishRoutes } from '../../../lib/http/v1/publish.ts';
import { eventsPath, posting } from '../../support/http/http.ts';
import { expectProblemDocument } from '../../support/http/problems.ts';
import { replacing } from '../../support/memory/doubles.ts';
import { everyone } from '../../support/memory/everyone.ts';
import { eventsIn, memoryProcess, memoryWorld, track } from '../../support/memory/world.ts';

test('a body of many blocks ends before its function would be killed, with how much of it is in the log', async () => {
  const world = memoryWorld();
  const log = replacing(world.log, {
    append: async (...call: Parameters<typeof world.log.append>) => {
      // Not 1 s: the 20th would come at the very end, where either may be told.
      await world.clock.sleep(990);
      return world.log.append(...call);
    },
  });
  const { publish, logger } = memoryProcess(world, { log });
  const { clock, random } = world;
  const app = createApp({ logger, random }, everyone, [publishRoutes({ ...publish, clock, random })]);
  const body = posting('1\n'.repeat(3_000), 'application/x-ndjson');

  const publishing = track(Promise.resolve(app.request(eventsPath('doors'), body)));
  await clock.advance(20_500);

  expect(publishing.done).toBe(true);
  const response = await publishing.promise;
  expect(await response.clone().json()).toMatchObject({ appended: 2_000 });
  await expectProblemDocument(response, 503, 'unavailable');
  expect(eventsIn(world, 'doors')).toHaveLength(2_000);
});
