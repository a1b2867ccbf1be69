/** Loads the emulators only where they are asked for. */

import type { LocalDoorbell, ServerOptions } from './doorbell.ts';

/**
 * Starts Doorbell as it runs on AWS, on emulators of DynamoDB and SQS in this process. Answers when it resolves; nothing is left running when it rejects.
 * Takes a second or two, where `startMemory` takes some milliseconds.
 */
export async function startLocal(options: ServerOptions = {}): Promise<LocalDoorbell> {
  const local = await import('./local/start-local.ts');
  return local.startLocal(options);
}
