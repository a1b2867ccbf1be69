/** `Redactions` in memory, on the ground chosen and on one machine. */

import { redactionsContract } from '../../packages/testing/src/contract/redactions.ts';
import { STORES } from './implementations.ts';

for (const implementation of STORES) redactionsContract(implementation);
