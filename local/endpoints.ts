/**
 * Where the server and the emulators of a data folder listen, in its `endpoints.json`. For programs that run beside: the command line, the
 * checker, the AWS CLI's --endpoint-url, a producer, a benchmark.
 */
import { rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Clock } from '../lib/runtime/ports.ts';
import { isNoRoom } from './no-room.ts';

/** How often a full disk is asked for room for the file, in ms. */
const RETRY_MS = 1_000;

export interface Endpoints {
  /** The server, once it answers. */
  readonly url?: string | undefined;
  readonly sqsEndpoint?: string | undefined;
  readonly dynamodbEndpoint?: string | undefined;
}

/** Renamed into place, so that nobody reads half a file. */
export async function writeEndpoints(dataDir: string, endpoints: Endpoints): Promise<void> {
  await writeFile(unfinishedIn(dataDir), JSON.stringify(endpoints));
  await rename(unfinishedIn(dataDir), fileIn(dataDir));
}

/** Nothing listens any more. */
export async function removeEndpoints(dataDir: string): Promise<void> {
  await rm(unfinishedIn(dataDir), { force: true });
  await rm(fileIn(dataDir), { force: true });
}

/** Writes them now or, on a full disk, as soon as there is room. Returns how to take them back. */
export async function announceEndpoints(
  dataDir: string,
  endpoints: Endpoints,
  clock: Pick<Clock, 'after'>,
): Promise<() => Promise<void>> {
  let cancel: () => void = () => undefined;
  let isOver = false;
  const attempt = async () => {
    try {
      await writeEndpoints(dataDir, endpoints);
    } catch (error) {
      if (!isNoRoom(error)) throw error;
      // What a killed server has left would lead nowhere.
      await removeEndpoints(dataDir);
      if (!isOver) cancel = clock.after(RETRY_MS, tryAgain);
    }
  };
  let attempting = attempt();
  const tryAgain = () => {
    // The server does without: a folder that is gone, for one.
    attempting = attempt().catch(() => undefined);
  };
  await attempting;
  return async () => {
    isOver = true;
    cancel();
    await attempting;
    await removeEndpoints(dataDir);
  };
}

function unfinishedIn(dataDir: string): string {
  return `${fileIn(dataDir)}.unfinished`;
}

function fileIn(dataDir: string): string {
  return join(dataDir, 'endpoints.json');
}
