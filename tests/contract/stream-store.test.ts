/** `StreamStore` in memory, on the ground chosen and on one machine. */

import { STORES } from './implementations.ts';
import { streamStoreContract } from './suites/stream-store.ts';

for (const implementation of STORES) streamStoreContract(implementation);
