/** What functions print, in one file. A disk that is full takes no log, and the functions go on. */

import { appendFileSync } from 'node:fs';

/** Appends to `file`. What could not be written is gone: the first time `tell` is told why, and the file how much it was as soon as it can be written again. */
export function functionLog(file: string, tell: (text: string) => void): (text: string) => void {
  let lost = 0;
  return (text) => {
    try {
      appendFileSync(file, lost === 0 ? text : `${lost} texts before this could not be written\n${text}`);
      lost = 0;
    } catch (error) {
      if (lost === 0) tell(`${file} cannot be written, and the functions go on: ${(error as Error).message}`);
      lost++;
    }
  };
}
