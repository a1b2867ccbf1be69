/** `Cursors` in memory and on the ground chosen. */

import { IMPLEMENTATIONS } from './implementations.ts';
import { cursorsContract } from './suites/cursors.ts';

for (const implementation of IMPLEMENTATIONS) cursorsContract(implementation);
