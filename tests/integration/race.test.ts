/** The smallest race, against the bare Node server: a process that is started, loaded, weighed and stopped. */

import { expect, test, vi } from 'vitest';
import { measure } from '../../bench/race/generator.ts';
import type { Peer } from '../../bench/race/peer.ts';
import { bareNode } from '../../bench/race/peers/bare-node.ts';
import { familyOf } from '../../bench/race/processes.ts';
import type { LoadCase } from '../../bench/race/scenarios.ts';
import { WAIT_MS } from '../support/time/limits.ts';

const SMALL: LoadCase = {
  kind: 'load',
  readers: 3,
  channels: 2,
  events: 10,
  warmUp: 4,
  bytes: 200,
  pace: { everyMs: 2 },
};

test.skipIf(process.platform !== 'linux')(
  'every reader of a sound server gets every event once',
  async () => {
    const figures = await measure(bareNode, { what: SMALL, seed: 1 });

    expect(figures).toMatchObject({
      kind: 'load',
      expected: 30,
      delivered: 30,
      repeated: 0,
      outOfOrder: 0,
      pollErrors: 0,
      publishErrors: 0,
    });
  },
);

test.skipIf(process.platform !== 'linux')('readers that hang up lose nothing of a burst', async () => {
  const what: LoadCase = {
    ...SMALL,
    channels: 1,
    events: 200,
    pace: { inFlight: 4 },
    hangUpMeanMs: 5,
  };

  expect(await measure(bareNode, { what, seed: 2 })).toMatchObject({
    delivered: 600,
    repeated: 0,
    publishErrors: 0,
  });
});

test.skipIf(process.platform !== 'linux')(
  'a server that fails half-way through its start leaves nothing behind',
  async () => {
    const pids: number[] = [];
    const failing: Peer = {
      ...bareNode,
      async start(size) {
        pids.push(...(await bareNode.start(size)).pids);
        throw new Error('its second process did not start');
      },
    };

    await expect(measure(failing, { what: SMALL, seed: 1 })).rejects.toThrow('its second process');
    expect(pids).toHaveLength(1);
    await vi.waitFor(() => expect(familyOf(pids)).toEqual([]), { timeout: WAIT_MS });
  },
);
