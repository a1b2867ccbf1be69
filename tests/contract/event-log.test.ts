/** `EventLog` in memory, on the ground chosen and on one machine. */

import { STORES } from './implementations.ts';
import { eventLogContract } from './suites/event-log.ts';

for (const implementation of STORES) eventLogContract(implementation);
