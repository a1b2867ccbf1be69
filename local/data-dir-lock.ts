/**
 * One process per data folder. The holder listens on a loopback port and writes `{ pid, port, token }` into the
 * folder; whoever finds that file asks the port for the token. So a file left by a killed process, whose pid or
 * port may belong to something else by now, is recognised as stale and never locks anybody out. On a full disk the file is a symbolic link whose
 * target is the note: most file systems keep a short target beside the name, where no block is needed.
 */
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { mkdir, readFile, readlink, rm, symlink, writeFile } from 'node:fs/promises';
import { type AddressInfo, connect, createServer } from 'node:net';
import { join } from 'node:path';
import { isNoRoom, noRoomFor } from './no-room.ts';
import { takeTurn } from './turn.mjs';

export interface LockOwner {
  readonly pid: number;
  readonly port: number;
  readonly token: string;
}

/** The holder answers from memory over loopback; a second is far more than it needs. */
const ANSWER_MS = 1_000;

/** Takes the folder, making it when it is missing, and answers how to give it back. Throws when another process has it. */
export async function holdDataDir(dataDir: string): Promise<() => Promise<void>> {
  await mkdir(dataDir, { recursive: true }).catch((error: Error) => {
    throw new Error(`DATA_DIR=${dataDir} cannot be used: ${error.message}`);
  });
  const token = randomUUID();
  const server = createServer((socket) => socket.on('error', () => {}).end(token)).unref();
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const me: LockOwner = { pid: process.pid, port: (server.address() as AddressInfo).port, token };
  try {
    // One after the other: of two that find a dead process's file, the second would remove what the first has put in its place.
    const giveBack = await turnIn(dataDir);
    await write(dataDir, me).finally(giveBack);
  } catch (error) {
    server.close();
    throw error;
  }
  return async () => {
    // The other way round, the file would be nobody's for a moment, and might be another's when it is removed.
    await rm(fileIn(dataDir), { force: true });
    server.close();
  };
}

/** Who holds the folder now; undefined when nobody does, even if a dead process left its file. */
export async function lockOwnerOf(dataDir: string): Promise<LockOwner | undefined> {
  const owner = await read(dataDir);
  return owner && (await answers(owner)) ? owner : undefined;
}

async function turnIn(dataDir: string): Promise<() => void> {
  try {
    return await takeTurn(join(dataDir, 'turn'), () =>
      console.error(`Another process is looking whether ${dataDir} is free; waiting for it …`),
    );
  } catch (error) {
    if (!isNoRoom(error)) throw error;
    // Without a turn two could pass. Of those that can start on a full disk, hubs, the lock of their file lets one in.
    return () => undefined;
  }
}

async function write(dataDir: string, me: LockOwner): Promise<void> {
  const file = fileIn(dataDir);
  for (;;) {
    try {
      await note(file, me);
      return;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw noRoomFor(file, error);
    }
    const owner = await lockOwnerOf(dataDir);
    if (owner) {
      throw new Error(
        `${dataDir} is in use by process ${owner.pid}. Stop that one, or choose another folder by DATA_DIR.`,
      );
    }
    await rm(file, { force: true });
  }
}

/** Throws EEXIST where there is a note already. */
async function note(file: string, me: LockOwner): Promise<void> {
  try {
    await writeFile(file, JSON.stringify(me), { flag: 'wx' });
  } catch (error) {
    if (!isNoRoom(error)) throw error;
    // It was made, and holds less than all of it.
    await rm(file, { force: true });
    // Of fewer than 60 bytes, which ext4 keeps in the inode.
    await symlink([me.pid, me.port, me.token].join(' '), file);
  }
}

async function read(dataDir: string): Promise<LockOwner | undefined> {
  const target = await readlink(fileIn(dataDir)).catch(() => undefined);
  if (target !== undefined) {
    const [pid, port, token = ''] = target.split(' ');
    return { pid: Number(pid), port: Number(port), token };
  }
  try {
    return JSON.parse(await readFile(fileIn(dataDir), 'utf8')) as LockOwner;
  } catch {
    // Missing, or cut short by a crash: nobody can be asked.
    return undefined;
  }
}

async function answers(owner: LockOwner): Promise<boolean> {
  const socket = connect({ host: '127.0.0.1', port: owner.port, signal: AbortSignal.timeout(ANSWER_MS) });
  let answer = '';
  try {
    for await (const chunk of socket.setEncoding('utf8')) answer += chunk;
  } catch {
    return false;
  }
  return answer === owner.token;
}

function fileIn(dataDir: string): string {
  return join(dataDir, 'instance.json');
}
