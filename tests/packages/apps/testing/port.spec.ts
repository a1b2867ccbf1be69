/** Somebody's own port, held to the contract: here the one in memory. */
import {
  cursorsContract,
  type Implementation,
  MemoryCursors,
  MemoryDigests,
  MemoryLog,
  type Stores,
} from '@doorbell/testing/contract';

const mine: Implementation<Stores> = {
  name: 'my own',
  async start() {
    const log = new MemoryLog();
    return {
      log,
      directory: log,
      streams: log.streams,
      digests: new MemoryDigests(),
      cursors: new MemoryCursors(),
      stop: async () => undefined,
    };
  },
};

cursorsContract(mine);
