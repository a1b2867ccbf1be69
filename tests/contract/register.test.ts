/** `Register` in memory and on the emulators. */

import { IMPLEMENTATIONS } from './implementations.ts';
import { registerContract } from './suites/register.ts';

for (const implementation of IMPLEMENTATIONS) registerContract(implementation);
