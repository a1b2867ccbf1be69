/** Doorbell's emulators of DynamoDB and SQS in a process of their own, tables and queues made. Argument: the file for what a hub needs to reach them. */

import { rename, writeFile } from 'node:fs/promises';
import { startLocalStack } from '../../../local/emulators/stack.ts';

const [file = ''] = process.argv.slice(2);
const stack = await startLocalStack();
const env: NodeJS.ProcessEnv = {};
stack.lead(env);
Object.assign(env, stack.environment('poll'), stack.environment('publish'));
// Whole once it is there.
await writeFile(`${file}.part`, JSON.stringify(env));
await rename(`${file}.part`, file);
process.on('SIGTERM', () => void stack.stop().then(() => process.exit()));
