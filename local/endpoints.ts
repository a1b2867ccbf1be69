/**
 * Where the server and the emulators of a data folder listen, in its `endpoints.json`. For programs that run beside: the command line, the
 * checker, the AWS CLI's --endpoint-url, a producer, a benchmark.
 */
import { rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

export interface Endpoints {
  /** The server, once it answers. */
  readonly url?: string | undefined;
  readonly sqsEndpoint?: string | undefined;
  readonly dynamodbEndpoint?: string | undefined;
}

/** Renamed into place, so that nobody reads half a file. */
export async function writeEndpoints(dataDir: string, endpoints: Endpoints): Promise<void> {
  const unfinished = `${fileIn(dataDir)}.unfinished`;
  await writeFile(unfinished, JSON.stringify(endpoints));
  await rename(unfinished, fileIn(dataDir));
}

/** Nothing listens any more. */
export async function removeEndpoints(dataDir: string): Promise<void> {
  await rm(fileIn(dataDir), { force: true });
}

function fileIn(dataDir: string): string {
  return join(dataDir, 'endpoints.json');
}
