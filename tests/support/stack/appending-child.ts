/** A process that appends to the file that it is given, and writes the number of each block to standard output when it is acknowledged, until it is killed. */

import { writeSync } from 'node:fs';
import { durability } from '../../../lib/compose/settings.ts';
import { appendOne, openLog } from './log-file.ts';

const [file = ''] = process.argv.slice(2);
const { log } = openLog(file, { durability: durability(process.env) });
let vid = (await log.last('doors'))?.last ?? 0;
for (;;) {
  vid++;
  // Of all sizes, so that a kill finds it within blocks of many pages too.
  if ((await appendOne(log, 'doors', vid, (vid * 7_919) % 30_000)) !== 'appended')
    throw new Error('conflict');
  writeSync(1, `${vid}\n`);
}
