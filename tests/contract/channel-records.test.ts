/** `Lives` in memory, on the ground chosen and on one machine. */

import { channelRecordsContract } from '../../packages/testing/src/contract/channel-records.ts';
import { STORES } from './implementations.ts';

for (const implementation of STORES) channelRecordsContract(implementation);
