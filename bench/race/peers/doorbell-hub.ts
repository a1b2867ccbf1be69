/** `npm run hub`: Doorbell as a server process, with the emulators that it starts itself. */

import { join } from 'node:path';
import { freePort } from '../../../verify/crash/free-port.ts';
import { productVersion } from '../installed.ts';
import { answers, doorbellServer, newSecret, RACE_LIMITS } from '../net/doorbell-speech.ts';
import type { Peer } from '../peer.ts';
import { start, until } from '../processes.ts';

const SCRIPT = join(import.meta.dirname, '../../../local/hub.ts');

export const doorbellHub: Peer = {
  name: 'doorbell-hub',
  about: 'Doorbell by npm run hub, with its emulators; tables on disk',
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
      DATA_DIR: join(folder, 'data'),
      DOORBELL_SECRET: secret,
    };
    const server = start({ folder, command: process.execPath, args: [SCRIPT], env });
    await until(() => answers(port), server, 'npm run hub');
    return doorbellServer(server, port, secret);
  },
};
