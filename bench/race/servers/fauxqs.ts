/** The SQS emulator alone in a process. Argument: port. */

import { buildApp } from 'fauxqs';

await buildApp({ logger: false }).listen({ host: '127.0.0.1', port: Number(process.argv[2]) });
