/** `Mailboxes` in memory and on the ground chosen. */

import { IMPLEMENTATIONS } from './implementations.ts';
import { mailboxesContract } from './suites/mailboxes.ts';

for (const implementation of IMPLEMENTATIONS) mailboxesContract(implementation);
