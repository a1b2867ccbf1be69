/** `IdDigests` in memory, on the ground chosen and on one machine. */

import { idDigestsContract } from '../../packages/testing/src/contract/id-digests.ts';
import { STORES } from './implementations.ts';

for (const implementation of STORES) idDigestsContract(implementation);
