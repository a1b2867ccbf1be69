/** `Mailboxes` in memory and on the ground chosen. */

import { mailboxesContract } from '../../packages/testing/src/contract/mailboxes.ts';
import { IMPLEMENTATIONS } from './implementations.ts';

for (const implementation of IMPLEMENTATIONS) mailboxesContract(implementation);
