/** `Cursors` in memory, on the ground chosen and on one machine. */

import { cursorsContract } from '../../packages/testing/src/contract/cursors.ts';
import { STORES } from './implementations.ts';

for (const implementation of STORES) cursorsContract(implementation);
