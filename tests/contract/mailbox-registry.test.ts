/** `Register` in memory and on the ground chosen. */

import { IMPLEMENTATIONS } from './implementations.ts';
import { mailboxRegistryContract } from './suites/mailbox-registry.ts';

for (const implementation of IMPLEMENTATIONS) mailboxRegistryContract(implementation);
