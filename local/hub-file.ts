/** The file that a hub on a developer's machine stands on, DATA_DIR/doorbell.db, and what runs beside a hub on one machine. */
import { existsSync } from 'node:fs';
import { join, resolve } from 'node:path';
import type { Base, Compose, HubPorts } from '../lib/compose/hub-ports.ts';
import { openHubFile } from '../lib/compose/sqlite-hub.ts';
import { type Environment, isOn, text } from '../lib/config.ts';
import type { DeadLetterQueues } from '../lib/publish/ports.ts';
import type { PublishPorts } from '../lib/publish/publish.ts';
import { holdDataDir } from './data-dir-lock.ts';
import { announceEndpoints } from './endpoints.ts';
import { startSamples } from './hub-jobs.ts';
import { developmentSecret } from './secret.ts';

const FILE = 'doorbell.db';
/** As SQLite has it. */
const IN_MEMORY = ':memory:';

type Common = Omit<Base, 'meter'>;

/** What only a clone of this project has beside such a file: the emulators. */
export interface BesideFile {
  /** What a relative DATA_DIR is below. */
  readonly folder: string;
  /** Copies the log of an earlier hub, which was kept by the DynamoDB emulator. */
  takeOver?(dataDir: string, file: string, common: Common): Promise<number | undefined>;
  /** The ingest queue, on the SQS emulator. */
  startIngest?(
    dataDir: string | undefined,
    common: Base,
    publish: PublishPorts,
  ): Promise<{
    readonly endpoint: string;
    readonly queues: DeadLetterQueues | undefined;
    stop(): Promise<void>;
  }>;
}

export interface LocalFile {
  /** What its tokens are signed with: DOORBELL_SECRET, or the development key of the folder. */
  readonly secret: string;
  readonly compose: Compose;
  /** `url`: where the hub answers, for programs beside it. */
  attend(
    common: Base,
    ports: HubPorts,
    url: string,
  ): Promise<{ stop(): Promise<void>; close(): Promise<void> }>;
}

/**
 * DATA_DIR (default .doorbell; `:memory:` keeps nothing), INGEST_QUEUE (`true` starts the SQS emulator). Throws an error whose message is for the reader
 * when another process uses the folder, or the file cannot be opened.
 */
export async function openLocalFile(
  env: Environment,
  common: Common,
  { folder, takeOver, startIngest }: BesideFile,
): Promise<LocalFile> {
  const dataDir = env.DATA_DIR === IN_MEMORY ? undefined : resolve(folder, text(env, 'DATA_DIR'));
  const wantsQueue = isOn(env, 'INGEST_QUEUE');
  if (wantsQueue && !startIngest)
    throw new Error(
      'INGEST_QUEUE=true needs the emulators, which this package does not have: npm run hub, in a clone of Doorbell.',
    );
  const path = dataDir === undefined ? IN_MEMORY : join(dataDir, FILE);
  if (dataDir !== undefined) await takeOverFrom(dataDir, path, common, takeOver);
  const giveBack = dataDir === undefined ? undefined : await holdDataDir(dataDir);
  try {
    const secret = env.DOORBELL_SECRET || (await developmentSecret(dataDir));
    const { compose, keepTidy, close } = openHubFile(path, { ...env, DOORBELL_SECRET: secret }, common);
    if (dataDir !== undefined && !wantsQueue && existsSync(join(dataDir, 'sqs', 'messages.db')))
      common.logger.info('the ingest queue of this folder is not served; INGEST_QUEUE=true does', {});
    // The queue is there after the hub, which publishes what it holds.
    let queues: DeadLetterQueues | undefined;
    return {
      secret,
      compose(base, seams) {
        const { ports, gate } = compose(base, seams);
        return { ports: { ...ports, deadLetters: () => queues }, gate };
      },
      async attend(base, { publish }, url) {
        const tidying = keepTidy();
        const samples = startSamples(base, publish);
        const queue = wantsQueue ? await startIngest?.(dataDir, base, publish) : undefined;
        queues = queue?.queues;
        if (queue) console.log(`  ingest    ${queue.endpoint}`);
        const withdraw =
          dataDir === undefined
            ? undefined
            : await announceEndpoints(dataDir, { url, sqsEndpoint: queue?.endpoint }, base.clock);
        return {
          async stop() {
            samples.stop();
            await queue?.stop();
          },
          async close() {
            await tidying.stop();
            close();
            await withdraw?.();
            await giveBack?.();
          },
        };
      },
    };
  } catch (error) {
    await giveBack?.();
    throw error;
  }
}

async function takeOverFrom(
  dataDir: string,
  path: string,
  common: Common,
  takeOver: BesideFile['takeOver'],
): Promise<void> {
  if (!takeOver && !existsSync(path) && existsSync(join(dataDir, 'dynamodb')))
    throw new Error(
      `${dataDir} holds a log that this package cannot read. Start npm run hub once, in a clone of Doorbell, or choose another DATA_DIR.`,
    );
  const events = await takeOver?.(dataDir, path, common);
  if (events === undefined) return;
  console.log(`${events} events were copied from ${join(dataDir, 'dynamodb')} to ${path}. npm start keeps the old
ones; from now on the two have logs of their own.`);
}
