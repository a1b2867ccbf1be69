/** `npm run hub`: Doorbell as a server process, on the embedded emulators. */

import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { freePort } from '../../../verify/crash/free-port.ts';
import { productVersion } from '../installed.ts';
import { answers, doorbellServer, newSecret, RACE_LIMITS } from '../net/doorbell-speech.ts';
import type { Peer } from '../peer.ts';
import { start, until } from '../processes.ts';

const PRODUCT = join(import.meta.dirname, '../../..');
const SCRIPT = join(PRODUCT, 'hub/main.ts');

export const doorbellHub: Peer = {
  name: 'doorbell-hub',
  about: 'Doorbell by npm run hub, on embedded emulators; what is accepted is in the log',
  reaches: 'all',
  missing: () => (existsSync(SCRIPT) ? undefined : 'hub/main.ts is not there'),
  version: productVersion,
  async start({ folder }) {
    const port = await freePort();
    const secret = newSecret();
    const env = {
      ...RACE_LIMITS,
      PORT: String(port),
      DATA_DIR: join(folder, 'data'),
      DOORBELL_SECRET: secret,
    };
    const server = start({ folder, command: process.execPath, args: [SCRIPT], env });
    await until(() => answers(port), server, 'npm run hub');
    return doorbellServer(server, port, secret);
  },
};
