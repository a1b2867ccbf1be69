/** `EventLog` in memory, on the ground chosen and on one machine. */

import { eventLogContract } from '../../packages/testing/src/contract/event-log.ts';
import { STORES } from './implementations.ts';

for (const implementation of STORES) eventLogContract(implementation);
