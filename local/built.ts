/** Whether dist/ is as new as what it is made of: building takes some seconds, which a server that starts again need not spend. */
import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { SERVICE_DIR } from './service.ts';

/** What dist/ is made of. */
export const SOURCES = [
  'functions',
  'hub',
  'lib',
  'client',
  'dashboard',
  'local',
  'cli',
  'package-lock.json',
];

/** True when every one of these files in dist/ is there and was written after everything that it could be made of. */
export async function isBuilt(names: readonly string[], root = SERVICE_DIR): Promise<boolean> {
  const [newest, built] = await Promise.all([
    Promise.all(SOURCES.map((source) => newestIn(join(root, source)))),
    Promise.all(names.map((name) => writtenAt(join(root, 'dist', name)))),
  ]);
  return Math.min(...built) > Math.max(...newest);
}

async function newestIn(path: string): Promise<number> {
  const entry = await stat(path);
  if (!entry.isDirectory()) return entry.mtimeMs;
  const names = await readdir(path);
  // A file that was taken away changes its folder.
  return Math.max(entry.mtimeMs, ...(await Promise.all(names.map((name) => newestIn(join(path, name))))));
}

/** 0 where there is none. */
async function writtenAt(path: string): Promise<number> {
  try {
    return (await stat(path)).mtimeMs;
  } catch {
    return 0;
  }
}
