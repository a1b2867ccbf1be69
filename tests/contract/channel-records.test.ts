/** `Lives` in memory, on the ground chosen and on one machine. */

import { STORES } from './implementations.ts';
import { channelRecordsContract } from './suites/channel-records.ts';

for (const implementation of STORES) channelRecordsContract(implementation);
