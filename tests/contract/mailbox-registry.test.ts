/** `Register` in memory and on the ground chosen. */

import { mailboxRegistryContract } from '../../packages/testing/src/contract/mailbox-registry.ts';
import { IMPLEMENTATIONS } from './implementations.ts';

for (const implementation of IMPLEMENTATIONS) mailboxRegistryContract(implementation);
