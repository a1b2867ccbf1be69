/** `ExpectationStore` in memory, on the ground chosen and on one machine. */

import { expectationsContract } from '../../packages/testing/src/contract/expectations.ts';
import { STORES } from './implementations.ts';

for (const implementation of STORES) expectationsContract(implementation);
