/** Doorbell's hub as it runs on AWS: every call goes through the AWS SDK and a socket, here to emulators in another process. */

import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { freePort } from '../../../packages/testing/src/check/crash/free-port.ts';
import { productVersion } from '../installed.ts';
import { answers, doorbellServer, newSecret, RACE_SETTINGS } from '../net/doorbell-speech.ts';
import type { Peer } from '../peer.ts';
import { start, stopAll, until } from '../processes.ts';

const EMULATORS = join(import.meta.dirname, '../servers/emulators.ts');
const HUB = join(import.meta.dirname, '../servers/hub-aws.ts');

export const doorbellHubSdk: Peer = {
  name: 'doorbell-hub-sdk',
  about:
    "Doorbell's hub with the AWS SDK in its loop, as on AWS; DynamoDB and SQS are emulators on Node in another process, in memory",
  reaches: 'all',
  streams: true,
  missing: () => undefined,
  version: productVersion,
  async start({ folder }) {
    const file = join(folder, 'emulators.json');
    const node = { folder, command: process.execPath };
    const emulators = start({ ...node, args: [EMULATORS, file] });
    try {
      await until(() => existsSync(file), emulators, 'the emulators');
      const port = await freePort();
      const secret = newSecret();
      const env = {
        ...(JSON.parse(readFileSync(file, 'utf8')) as Record<string, string>),
        ...RACE_SETTINGS,
        PORT: String(port),
        HOST: '127.0.0.1',
        ADMIN_PORT: '0',
        DOORBELL_SECRET: secret,
      };
      const hub = start({ ...node, args: [HUB], env });
      await until(() => answers(port), hub, 'the hub');
      return await doorbellServer([hub, emulators], port, secret);
    } catch (error) {
      await stopAll([emulators]);
      throw error;
    }
  },
};
