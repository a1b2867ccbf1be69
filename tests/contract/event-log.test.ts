/** `EventLog` in memory and on the ground chosen. */

import { IMPLEMENTATIONS } from './implementations.ts';
import { eventLogContract } from './suites/event-log.ts';

for (const implementation of IMPLEMENTATIONS) eventLogContract(implementation);
