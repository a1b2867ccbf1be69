/** `Directory` in memory, on the ground chosen and on one machine. */

import { STORES } from './implementations.ts';
import { directoryContract } from './suites/directory.ts';

for (const implementation of STORES) directoryContract(implementation);
