/** `Lives` in memory, on the ground chosen and on one machine. */

import { STORES } from './implementations.ts';
import { livesContract } from './suites/lives.ts';

for (const implementation of STORES) livesContract(implementation);
