/** `IdDigests` in memory, on the ground chosen and on one machine. */

import { STORES } from './implementations.ts';
import { idDigestsContract } from './suites/id-digests.ts';

for (const implementation of STORES) idDigestsContract(implementation);
