/** `Cursors` in memory and on the emulators. */

import { IMPLEMENTATIONS } from './implementations.ts';
import { cursorsContract } from './suites/cursors.ts';

for (const implementation of IMPLEMENTATIONS) cursorsContract(implementation);
