/**
 * What a hub of an earlier version kept in DATA_DIR on its DynamoDB emulator is copied into the file, once: when the file is not there yet. The emulator's own
 * folder stays as it is, and `npm start` goes on with it; from then on the two have logs of their own.
 */
import { existsSync } from 'node:fs';
import { rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { Clock } from '../lib/runtime/ports.ts';
import type { Logger } from '../lib/telemetry/ports.ts';

interface Common {
  readonly clock: Clock;
  readonly logger: Logger;
}

/** Returns how many events were copied; undefined where there was nothing to take over. A copy that breaks off is begun anew by the next start. */
export async function takeOver(dataDir: string, file: string, common: Common): Promise<number | undefined> {
  if (existsSync(file) || !existsSync(join(dataDir, 'dynamodb'))) return undefined;
  // Only here: a hub needs neither the emulator nor the AWS SDK.
  const { openHubFile } = await import('../lib/compose/sqlite-hub.ts');
  const { pieces, take } = await import('../lib/channels/transfer.ts');
  const { storesOnAws } = await import('../lib/compose/stores.ts');
  const { startLocalStack, wholeEnvironment } = await import('./emulators/stack.ts');
  const stack = await startLocalStack({ dataDir });
  const unfinished = `${file}-unfinished`;
  const clear = async () => {
    for (const end of ['', '-wal', '-shm', '-lock']) await rm(`${unfinished}${end}`, { force: true });
  };
  try {
    await clear();
    const into = openHubFile(unfinished, {}, common);
    let events = 0;
    let isWhole = false;
    try {
      const from = storesOnAws(wholeEnvironment(stack), { dynamo: stack.clients.dynamodb });
      for await (const piece of pieces(from)) {
        await take(into.stores, piece);
        if (piece.kind === 'block') events += piece.block.entries.length;
      }
    } finally {
      isWhole = into.close();
    }
    if (!isWhole) throw new Error(`${file} cannot be written: its disk is full. Make room, and start again.`);
    await rename(unfinished, file);
    await clear();
    return events;
  } finally {
    await stack.stop();
  }
}
