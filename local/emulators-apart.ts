/**
 * The emulators in a process of their own: a hub then has its event loop to itself, as it has beside AWS. Run as a program, this file is that process; it ends
 * with the one that started it.
 */
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { type Emulators, startEmulators } from './emulators.ts';

type Report = Pick<Emulators, 'sqsEndpoint' | 'dynamodbEndpoint' | 'accessKeyId'>;
type Message = { readonly started: Report } | { readonly failed: string };

/** As `startEmulators`, elsewhere. */
export async function startEmulatorsApart(options: { readonly dataDir?: string } = {}): Promise<Emulators> {
  const child = fork(import.meta.filename, [options.dataDir ?? ''], {
    stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
  });
  const ended = once(child, 'exit');
  const [message] = (await Promise.race([
    once(child, 'message'),
    ended.then(() => [{ failed: 'The emulators could not be started.' }]),
  ])) as [Message];
  if ('failed' in message) throw new Error(message.failed);
  const stop = async () => {
    if (child.connected) child.disconnect();
    await ended;
  };
  return { ...message.started, stop };
}

async function beApart(dataDir: string | undefined): Promise<void> {
  const tell = (message: Message) => process.send?.(message);
  // A terminal's Ctrl-C reaches this process too: whoever started it says when it is over.
  process.on('SIGINT', () => undefined).on('SIGTERM', () => undefined);
  try {
    const emulators = await startEmulators(dataDir ? { dataDir } : {});
    process.once('disconnect', () => void emulators.stop().then(() => process.exit(0)));
    const { sqsEndpoint, dynamodbEndpoint, accessKeyId } = emulators;
    tell({ started: { sqsEndpoint, dynamodbEndpoint, accessKeyId } });
  } catch (error) {
    tell({ failed: (error as Error).message });
    process.disconnect();
  }
}

if (import.meta.main) void beApart(process.argv[2]);
