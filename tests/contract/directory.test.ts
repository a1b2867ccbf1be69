/** `Directory` in memory and on the ground chosen. */

import { IMPLEMENTATIONS } from './implementations.ts';
import { directoryContract } from './suites/directory.ts';

for (const implementation of IMPLEMENTATIONS) directoryContract(implementation);
