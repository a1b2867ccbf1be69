/** Doorbell itself, in the two ways in which it runs on one machine, each with the emulators that it starts. */

import { join } from 'node:path';
import { freePort } from '../../../verify/crash/free-port.ts';
import { productVersion } from '../installed.ts';
import { answers, doorbellServer, newSecret, RACE_LIMITS } from '../net/doorbell-speech.ts';
import type { Peer } from '../peer.ts';
import { start, until } from '../processes.ts';

const LOCAL = join(import.meta.dirname, '../../../local');

/** As a developer runs it, with API Gateway, Lambda, SQS and DynamoDB emulated. Not made for speed. */
export const doorbellStart: Peer = {
  name: 'doorbell-start',
  about:
    'Doorbell by npm start: the Lambda handlers on serverless-offline and emulators, one process; tables on disk',
  mostReaders: 1_000,
  ...doorbell('npm start', [join(LOCAL, 'start.ts')]),
};

/** As a server process. */
export const doorbellHub: Peer = {
  name: 'doorbell-hub',
  about: 'Doorbell by npm run hub, with its emulators; tables on disk',
  ...doorbell('npm run hub', ['--min-semi-space-size=64', '--max-semi-space-size=64', join(LOCAL, 'hub.ts')]),
};

/** `args` are Node's, as the npm script has them. */
function doorbell(script: string, args: readonly string[]): Omit<Peer, 'name' | 'about'> {
  return {
    reaches: 'all',
    missing: () => undefined,
    version: productVersion,
    async start({ folder }) {
      const port = await freePort();
      const secret = newSecret();
      const env = {
        ...RACE_LIMITS,
        PORT: String(port),
        // Of the hub; nobody else asks for it.
        ADMIN_PORT: '0',
        DATA_DIR: join(folder, 'data'),
        DOORBELL_SECRET: secret,
      };
      const server = start({ folder, command: process.execPath, args, env });
      await until(() => answers(port), server, script);
      return doorbellServer(server, port, secret);
    },
  };
}
