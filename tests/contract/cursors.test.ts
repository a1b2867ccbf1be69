/** `Cursors` in memory, on the ground chosen and on one machine. */

import { STORES } from './implementations.ts';
import { cursorsContract } from './suites/cursors.ts';

for (const implementation of STORES) cursorsContract(implementation);
