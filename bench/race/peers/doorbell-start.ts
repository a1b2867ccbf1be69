/** `npm start`: Doorbell as a developer runs it, with API Gateway, Lambda, SQS and DynamoDB emulated in one process. Not made for speed. */

import { join } from 'node:path';
import { freePort } from '../../../verify/crash/free-port.ts';
import { productVersion } from '../installed.ts';
import { answers, doorbellServer, newSecret, RACE_LIMITS } from '../net/doorbell-speech.ts';
import type { Peer } from '../peer.ts';
import { start, until } from '../processes.ts';

const SCRIPT = join(import.meta.dirname, '../../../local/start.ts');

export const doorbellStart: Peer = {
  name: 'doorbell-start',
  about:
    'Doorbell by npm start: the Lambda handlers on serverless-offline and emulators, one process; tables on disk',
  reaches: 'all',
  mostReaders: 1_000,
  missing: () => undefined,
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
    await until(() => answers(port), server, 'npm start');
    return doorbellServer(server, port, secret);
  },
};
