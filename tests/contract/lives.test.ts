/** `Lives` in memory and on the ground chosen. */

import { IMPLEMENTATIONS } from './implementations.ts';
import { livesContract } from './suites/lives.ts';

for (const implementation of IMPLEMENTATIONS) livesContract(implementation);
