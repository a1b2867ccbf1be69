/** `StreamStore` in memory, on the ground chosen and on one machine. */

import { streamStoreContract } from '../../packages/testing/src/contract/stream-store.ts';
import { STORES } from './implementations.ts';

for (const implementation of STORES) streamStoreContract(implementation);
