/** `Waiters` in memory and on the ground chosen. */

import { IMPLEMENTATIONS } from './implementations.ts';
import { waitersContract } from './suites/waiters.ts';

for (const implementation of IMPLEMENTATIONS) waitersContract(implementation);
