/** Doorbell itself, in the ways in which it runs on one machine: on the emulators that it starts, and on one file. */

import { join } from 'node:path';
import { mint } from '../../../lib/auth/mint.ts';
import { freePort } from '../../../packages/testing/src/check/crash/free-port.ts';
import { productVersion } from '../installed.ts';
import { answers, doorbellServer, newSecret, RACE_SETTINGS } from '../net/doorbell-speech.ts';
import { streamServer } from '../net/stream-speech.ts';
import type { Peer, Running } from '../peer.ts';
import { type Process, start, until } from '../processes.ts';

const LOCAL = join(import.meta.dirname, '../../../local');

/** Longer than any case. */
const TOKEN_S = 3_600;

const HUB = [
  '--min-semi-space-size=64',
  '--max-semi-space-size=64',
  '--invocation-count-for-maglev=100',
  '--minimum-invocations-after-ic-update=100',
  join(LOCAL, 'hub.mjs'),
];

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
  about: 'Doorbell by npm run hub, on one SQLite file; survives a kill (DURABILITY=process)',
  streams: true,
  ...doorbell('npm run hub', HUB),
};

/** As a server process that syncs the disk before each answer. */
export const doorbellHubPower: Peer = {
  name: 'doorbell-hub-power',
  about: 'Doorbell by npm run hub, on one SQLite file; survives a power cut (DURABILITY=power)',
  streams: true,
  ...doorbell('npm run hub', HUB, { DURABILITY: 'power' }),
};

/** The same hub, written and read as the Durable Streams protocol has it: to be compared with that protocol's own server. */
export const doorbellHubStreams: Peer = {
  name: 'doorbell-hub-streams',
  about:
    'Doorbell by npm run hub, on one SQLite file, by the Durable Streams protocol; survives a kill (DURABILITY=process)',
  streams: true,
  ...doorbell('npm run hub', HUB, {}, async (processes, port, secret) => {
    const rights = { read: ['*'], write: ['*'], manage: ['*'] };
    const token = await mint(secret, { ...rights, ttlS: TOKEN_S, now: Date.now() });
    return streamServer(processes, port, { Authorization: `Bearer ${token}` });
  }),
};

/** `args` are Node's, as the npm script has them. */
function doorbell(
  script: string,
  args: readonly string[],
  settings: Readonly<Record<string, string>> = {},
  speak: (processes: readonly Process[], port: number, secret: string) => Promise<Running> = doorbellServer,
): Omit<Peer, 'name' | 'about'> {
  return {
    reaches: 'all',
    missing: () => undefined,
    version: productVersion,
    async start({ folder }) {
      const port = await freePort();
      const secret = newSecret();
      const env = {
        ...RACE_SETTINGS,
        PORT: String(port),
        // Of the hub; nobody else asks for it.
        ADMIN_PORT: '0',
        DATA_DIR: join(folder, 'data'),
        DOORBELL_SECRET: secret,
        ...settings,
      };
      const server = start({ folder, command: process.execPath, args, env });
      await until(() => answers(port), server, script);
      return speak([server], port, secret);
    },
  };
}
