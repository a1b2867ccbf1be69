/** `Waiters` in memory and on the ground chosen. */

import { waitersContract } from '../../packages/testing/src/contract/waiters.ts';
import { IMPLEMENTATIONS } from './implementations.ts';

for (const implementation of IMPLEMENTATIONS) waitersContract(implementation);
