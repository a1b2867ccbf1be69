/** `Register` in memory and on the ground chosen. */

import { IMPLEMENTATIONS } from './implementations.ts';
import { registerContract } from './suites/register.ts';

for (const implementation of IMPLEMENTATIONS) registerContract(implementation);
