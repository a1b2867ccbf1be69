/**
 * `npm run reset`: forgets every local event. Refuses while an instance runs on the data folder, whose files would
 * otherwise vanish under it. Removes only what an instance makes there, whatever DATA_DIR says.
 */
import { rm } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { lockOwnerOf } from './data-dir-lock.ts';
import { takesNoArguments } from './no-arguments.ts';

const FILE = 'doorbell.db';
const NAMES = [
  'dynamodb',
  'sqs',
  'instance.json',
  'turn',
  'endpoints.json',
  ...[FILE, `${FILE}-unfinished`].flatMap((file) => [file, `${file}-wal`, `${file}-shm`, `${file}-lock`]),
];
const dataDir = resolve(import.meta.dirname, '..', process.env.DATA_DIR || '.doorbell');
const mayGoOn = takesNoArguments({
  name: 'npm run reset',
  help: 'Forgets every event that is kept in DATA_DIR.',
});
const owner = mayGoOn ? await lockOwnerOf(dataDir) : undefined;
if (owner) {
  console.error(`${dataDir} is in use by process ${owner.pid}. Stop it first.`);
  process.exitCode = 1;
} else if (mayGoOn) {
  for (const name of NAMES) {
    await rm(join(dataDir, name), { recursive: true, force: true });
  }
}
