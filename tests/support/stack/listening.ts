/** Which ports a process listens on, as Linux tells it: /proc/net/tcp names each socket by its inode, /proc/<pid>/fd says whose it is. */

import { readdir, readFile, readlink } from 'node:fs/promises';

export interface ListeningPort {
  /** Whether only this machine can reach it. */
  readonly loopback: boolean;
  readonly port: number;
}

/** Of `/proc/net/tcp`: the state of a socket that listens. */
const LISTEN = '0A';
/** 127.0.0.1 and ::1, as the tables have them: words of four bytes, each with its last byte first. */
const LOOPBACK = ['0100007F', '00000000000000000000000001000000'];

export async function listeningPorts(pid: number): Promise<readonly ListeningPort[]> {
  const sockets = await socketsOf(pid);
  const tables = await Promise.all(
    ['tcp', 'tcp6'].map((name) => readFile(`/proc/${pid}/net/${name}`, 'utf8')),
  );
  return tables.flatMap((table) => table.split('\n').slice(1)).flatMap((line) => portIn(line, sockets));
}

/** The inodes of the sockets that the process has open. */
async function socketsOf(pid: number): Promise<ReadonlySet<string>> {
  const folder = `/proc/${pid}/fd`;
  // A file may be closed between the two calls.
  const links = await Promise.all(
    (await readdir(folder)).map((name) => readlink(`${folder}/${name}`).catch(() => '')),
  );
  return new Set(links.flatMap((link) => /^socket:\[(\d+)\]$/.exec(link)?.[1] ?? []));
}

function portIn(line: string, sockets: ReadonlySet<string>): readonly ListeningPort[] {
  const [, place = '', , state, , , , , , inode = ''] = line.trim().split(/\s+/);
  if (state !== LISTEN || !sockets.has(inode)) return [];
  const [address = '', port = ''] = place.split(':');
  return [{ loopback: LOOPBACK.includes(address), port: Number.parseInt(port, 16) }];
}
