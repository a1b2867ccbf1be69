/** `Directory` in memory, on the ground chosen and on one machine. */

import { directoryContract } from '../../packages/testing/src/contract/directory.ts';
import { STORES } from './implementations.ts';

for (const implementation of STORES) directoryContract(implementation);
