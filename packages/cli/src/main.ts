#!/usr/bin/env node
/**
 * `doorbell`, the command line. Results go to standard output, everything else to standard error. `npm run build` makes dist/doorbell.mjs of it, which
 * is what an installed package runs: Node does not strip types below node_modules.
 */

import { run } from './program.ts';
import { systemTerminal } from './terminal.ts';

// Not left to the end of all work: a connection that is kept alive, or an input that nobody reads any more, would hold the process.
process.exit(await run(process.argv.slice(2), systemTerminal(process)));
