/**
 * `endpoints.json` in the data folder: where a running stack answers, for programs beside it: the command line, the AWS CLI's --endpoint-url,
 * a producer, a benchmark. A killed process leaves it there, and the next start replaces it.
 */

import { rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

export interface Endpoints {
  /** Of the server, as `http://127.0.0.1:3000`; there once it answers. */
  readonly url?: string | undefined;
  readonly sqsEndpoint?: string;
  readonly dynamodbEndpoint?: string;
}

/** Renamed into place, so that nobody reads half a file. */
export async function writeEndpoints(dataDir: string, endpoints: Endpoints): Promise<void> {
  const unfinished = `${fileIn(dataDir)}.unfinished`;
  await writeFile(unfinished, JSON.stringify(endpoints));
  await rename(unfinished, fileIn(dataDir));
}

export async function removeEndpoints(dataDir: string): Promise<void> {
  await rm(fileIn(dataDir), { force: true });
}

function fileIn(dataDir: string): string {
  return join(dataDir, 'endpoints.json');
}
