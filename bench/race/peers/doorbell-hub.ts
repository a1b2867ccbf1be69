/** `npm run hub`: Doorbell as a server process, with the emulators that it starts itself; its log on disk, or in memory as its peers have theirs. */

import { join } from 'node:path';
import { freePort } from '../../../verify/crash/free-port.ts';
import { productVersion } from '../installed.ts';
import { answers, doorbellServer, newSecret, RACE_LIMITS } from '../net/doorbell-speech.ts';
import type { Peer } from '../peer.ts';
import { start, until } from '../processes.ts';

const SCRIPT = join(import.meta.dirname, '../../../local/hub.ts');

/** As `npm run hub` is started. */
const OPTIONS = ['--max-semi-space-size=32'];

export const doorbellHub = hub('doorbell-hub', 'tables on disk', (folder) => join(folder, 'data'));
export const doorbellHubMemory = hub('doorbell-hub-memory', 'tables in memory', () => ':memory:');

function hub(name: string, where: string, dataDir: (folder: string) => string): Peer {
  return {
    name,
    about: `Doorbell by npm run hub, with its emulators; ${where}`,
    reaches: 'all',
    missing: () => undefined,
    version: productVersion,
    async start({ folder }) {
      const port = await freePort();
      const secret = newSecret();
      const env = {
        ...RACE_LIMITS,
        PORT: String(port),
        ADMIN_PORT: '0',
        DATA_DIR: dataDir(folder),
        DOORBELL_SECRET: secret,
      };
      const args = [...OPTIONS, SCRIPT];
      const server = start({ folder, command: process.execPath, args, env });
      await until(() => answers(port), server, 'npm run hub');
      return doorbellServer(server, port, secret);
    },
  };
}
